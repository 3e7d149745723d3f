"""Whatever stands in an address, a page answers: with what fits, a refusal, or nothing.

Every name that a page, a file, a sheet of paper or a list of the interface looks up in its query
is asked for with each of `ODD`, or a few where the same code has read it for another page, and so
is every part of a path. The names are found by looking (`asked.py`); one that stands in the code
and was not met fails the test.
"""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from cases.models.campaigns import Campaign
from cases.tests.cast import person
from citymgmt.accounts import lists
from citymgmt.accounts.posts import POSTS, SCREEN
from citymgmt.tests import asked
from evaluation.bulletins import actions as bulletins
from evaluation.results.actions import evaluate
from hotline.calls.actions import take_call

# No characters, no numbers, numbers no row has, days that there are not or that nobody can
# reckon with, and more of everything than fits: a server takes no line above 16 KiB.
ODD = (
    "", " \u3000 ", "\x00\x01\x1f\x7f", "a\x00b", "\ud800", "\uffff", "²", "-1", "-" + "9" * 22,
    "9" * 22, "9" * 10_000, "1e999", "nan", "inf", "0001-01-01", "9999-12-31", "2026-02-30",
    "1900-13", "9999-12-31T23:59:59-11:00~1", "0001-01-01T00:00:00+14:00~1",
    "9" * 17 + "-" + "9" * 18, "'\"<%_\\",
    "井" * 1_700,
)  # fmt: skip


FEW = ("\x00\x01\x1f\x7f", "9" * 10_000, "9999-12-31")
# With what fits, with the page that it is on, or with what is wrong; never "too many".
ANSWERS = {200, 204, 302, 304, 400, 403, 404, 405, 409, 422}
# Pages of one row that the town has none of: their addresses hold a number and ask for nothing.
EMPTY = {
    "accounts/services/<int:pk>/", "grid/build/<int:pk>/", "grid/build/<int:pk>/cells.json",
    "grid/jobs/<int:pk>/progress/", "grid/check/<int:pk>/", "grid/check/<int:pk>/findings.csv",
    "grid/controls/<int:pk>/", "standards/editions/<str:kind>/<int:pk>/",
    "grid/responsibilities/<int:pk>/", "hotline/call-backs/<int:pk>/",
    "hotline/call-backs/<str:number>/<int:citizen>/", "public/track/photo/<uuid:uuid>/",
    "record/anchors/<slug:name>.<slug:form>",
}  # fmt: skip
# Parts of paths that no link of the town says.
NAMED = {"picture": ["desk-acceptor"], "token": ["00000000-0000-0000-0000-000000000000"]}


@pytest.fixture
def everybody(town):
    """Somebody with every post of the town, who oversees it and works for a department; with what
    else there is to look at: a campaign, a call, scores and a bulletin."""
    made = person(town, "everybody", set(POSTS) - {SCREEN}, town.center)
    assign_perm("grid.oversee_area", made, town.district)
    assign_perm("accounts.handle_department", made, town.water)
    day = timezone.localdate(timezone.now() - timedelta(hours=30))
    town.campaign = Campaign.objects.create(name_zh="井盖", first_day=day, last_day=day, by=made)
    town.campaign.classes.add(town.cover)
    take_call(by=made, kind="consult", content="x", answer="y", phone="13893101234")
    bulletins.draft(evaluation=evaluate(scheme="A", start=day, end=day, by=made), by=made)
    return made


def given(town):
    """What scripts ask with."""
    x, y = town.cells[0].geometry.centroid.coords
    return {"lon": x, "lat": y, "bbox": f"{x - 0.1},{y - 0.1},{x + 0.1},{y + 0.1}",
            "matter_class": town.cover.pk, "matter": town.cover.code}  # fmt: skip


def test_no_value_in_an_address_breaks_an_answer(town, everybody, client, monkeypatch):
    monkeypatch.setattr("django.core.handlers.wsgi.QueryDict", asked.Watched)
    client.force_login(everybody)
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    asker = asked.Asker(client)
    named = NAMED | {"code": [town.cells[0].code], "pk": [str(town.campaign.pk)]}
    house = asked.House(asker, given(town), words=named)
    assert {route for route, status in house.closed.items() if status != 405} == EMPTY
    assert asked.reads() - asked.seen == set()
    broken = {}
    for path, query, headers in house.questions(ODD, FEW, lists.FORMS):
        answer, _text = asker.get(path, query, headers)
        if answer.status_code not in ANSWERS:
            broken[path[:60], str(query)[:200]] = answer.status_code
    assert broken == {}
