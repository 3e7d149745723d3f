"""The demonstration publishes a bulletin of its own, once; no other city is published so."""

import pytest
from django.core.management import CommandError, call_command

from citymgmt.demo.management.commands import demo_bulletin
from citymgmt.lib.errors import NotNow
from evaluation import conftest
from evaluation.bulletins.tests import test_league
from evaluation.bulletins.tests.test_league import DAY, rows
from evaluation.models import Bulletin
from evaluation.results.actions import evaluate
from evaluation.schemes.actions import save_scheme
from evaluation.scoring.scheme_json import to_json
from evaluation.scoring.shipped import SCHEME_A

pytestmark = pytest.mark.django_db
town, publish = conftest.town, test_league.publish  # fixtures


@pytest.fixture
def demonstration(monkeypatch):
    monkeypatch.setattr(demo_bulletin, "marked", lambda: True)


def test_the_demonstration_publishes_once(client, demonstration, town):
    save_scheme(
        scheme=to_json(SCHEME_A),
        settings={"fewest": {"any": {"any": 1}}},
        effective_from=DAY,
        by=town.evaluator,
    )
    evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    for _n in range(2):
        call_command("demo_bulletin")
    bulletin = Bulletin.objects.get()
    assert (bulletin.status, bulletin.approved_by) == ("published", town.leader)
    assert "供水单位" in [row["name"] for row in rows(client)]


def test_nothing_to_publish_without_figures(demonstration, cast):
    call_command("demo_bulletin")
    assert not Bulletin.objects.exists()


def test_a_real_city_is_not_published_by_a_command(publish):
    Bulletin.objects.filter(pk=publish(status="draft").pk).delete()
    with pytest.raises((NotNow, CommandError)):
        call_command("demo_bulletin")
    assert not Bulletin.objects.exists()
