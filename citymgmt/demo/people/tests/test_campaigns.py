"""The demonstration's campaigns: one that runs, one that was ended; past reports join them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from cases.models import Campaign
from cases.tests.cast import report
from citymgmt.demo.people.duty import run_campaigns

pytestmark = pytest.mark.django_db


def test_one_runs_and_one_was_ended(cast):
    assign_perm("grid.oversee_area", cast.leader, cast.elsewhere)
    run_campaigns(cast.leader)
    running, ended = Campaign.objects.order_by("-first_day")
    today, now = timezone.localdate(), timezone.now()
    assert (running.status(today), ended.status(today)) == ("running", "over")
    assert ended.closed_at < now
    past = now - timedelta(days=15)
    assert report(cast, class_code=cast.litter, at=past).campaign == running
    assert report(cast, class_code=cast.cover, at=past).campaign == ended
    assert report(cast, class_code=cast.cover, at=now).campaign is None
