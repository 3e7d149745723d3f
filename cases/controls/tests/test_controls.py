"""Control areas: who asks, who decides, what they refuse, and their pages."""

import json
from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import Polygon
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from cases.controls import actions as controls
from cases.models import Case, Source
from cases.models.controls import ControlArea
from cases.tests.cast import MORNING, SOUTH, STEP, WEST, person, report
from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.geometry import STORED

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate(MORNING)
DAY = timedelta(days=1)


def square(west=WEST, south=SOUTH, size=STEP):
    shape = Polygon.from_bbox((west, south, west + size, south + size))
    shape.srid = STORED
    return shape


def geojson(*points):
    return json.dumps({"type": "Polygon", "coordinates": [[*points, points[0]]]})


DRAWN = geojson((WEST, SOUTH), (WEST + STEP, SOUTH), (WEST + STEP, SOUTH + STEP))


def ask(cast, by="acceptor", **rest):
    values = {
        "name": "地铁工地", "message": "地铁施工围挡内不上报", "ground": square(),
        "classes": [cast.cover], "first_day": TODAY, "last_day": TODAY + 9 * DAY, "at": MORNING,
    }  # fmt: skip
    by = getattr(cast, by) if isinstance(by, str) else by
    return controls.ask(by=by, **{**values, **rest})


def approved(cast, **rest):
    row = ask(cast, **rest)
    return controls.decide(area=row, approve=True, by=cast.shift_leader, at=MORNING)


# --- what they refuse -----------------------------------------------------------------------
def test_a_report_inside_is_refused_with_the_message(cast):
    approved(cast)
    with pytest.raises(NotNow, match="地铁施工围挡内不上报") as refusal:
        report(cast)
    assert refusal.value.code == "control_area"
    assert not Case.objects.exists()


def test_other_ground_classes_and_days_are_reported(cast):
    approved(cast)
    assert report(cast, cell=3).pk
    assert report(cast, class_code=cast.litter).pk
    assert report(cast, at=MORNING + 10 * DAY).pk
    assert report(cast, at=MORNING - DAY).pk


@pytest.mark.parametrize("days", [0, 9])
def test_the_first_and_the_last_day_count(cast, days):
    approved(cast)
    with pytest.raises(NotNow):
        report(cast, at=MORNING + days * DAY)


def test_only_what_is_approved_refuses(cast):
    row = ask(cast)
    assert report(cast).pk
    controls.decide(area=row, approve=False, opinion="无依据", by=cast.leader, at=MORNING)
    assert report(cast).pk


def test_an_ended_one_refuses_no_more(cast):
    row = approved(cast)
    controls.end(area=row, by=cast.acceptor, at=MORNING)
    assert report(cast).pk


def test_a_report_sent_again_is_still_known(cast):
    uuid = "6c84fb90-12c4-11e1-840d-7b25c5ee775a"
    first = report(cast, client_uuid=uuid)
    approved(cast)
    assert report(cast, client_uuid=uuid) == first


def test_the_phone_knows_before_it_sends(cast, client):
    today = timezone.localdate()
    approved(cast, first_day=today, last_day=today, at=timezone.now())
    client.force_login(cast.collector)
    here = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}
    said = client.get(reverse("dispatch:field:place"), here).json()["controls"]
    assert [(c["message"], c["classes"]) for c in said] == [
        ("地铁施工围挡内不上报", ["component:0101"])
    ]
    there = {"lon": WEST + STEP * 1.5, "lat": SOUTH + STEP / 2}
    assert client.get(reverse("dispatch:field:place"), there).json()["controls"] == []


# --- asking ---------------------------------------------------------------------------------
@pytest.mark.parametrize("post", POSTS)
def test_who_may_ask(cast, post):
    by = person(cast, f"one_{post}", post, cast.center)
    if "ask_control" in POSTS[post][2]:
        assert ask(cast, by=by).status == "asked"
        assert AuditEvent.objects.get(verb="ask_control").by == by
        return
    with pytest.raises(NotYours):
        ask(cast, by=by)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"message": ""}, "message"),
        ({"classes": []}, "classes"),
        ({"last_day": TODAY - DAY}, "last_day"),
        ({"first_day": TODAY - 5 * DAY, "last_day": TODAY - DAY}, "last_day"),
        ({"ground": ""}, "ground"),
        ({"ground": "nothing"}, "ground"),
        ({"ground": '{"type": "Point", "coordinates": [103.7, 36.1]}'}, "ground"),
        ({"ground": geojson((103.7, 36.1), (103.8, 36.2), (103.8, 36.1), (103.7, 36.2))}, "ground"),
        ({"ground": geojson((36.1, 103.7), (36.2, 103.7), (36.2, 103.8))}, "ground"),
    ],
)
def test_what_cannot_be_asked(cast, wrong, field):
    with pytest.raises(BadInput) as refusal:
        ask(cast, **wrong)
    assert list(refusal.value.fields) == [field]
    assert not ControlArea.objects.exists()


def test_drawn_ground_is_stored_in_degrees(cast):
    row = ask(cast, ground=DRAWN)
    assert row.ground.srid == STORED
    assert row.ground.extent == pytest.approx((WEST, SOUTH, WEST + STEP, SOUTH + STEP))


# --- deciding and ending --------------------------------------------------------------------
@pytest.mark.parametrize("post", POSTS)
def test_who_may_decide(cast, post):
    by, row = person(cast, f"one_{post}", post, cast.center), ask(cast)
    assign_perm("grid.oversee_area", by, cast.district)
    if post in ("shift_leader", "leader"):
        assert controls.may_decide(by, row)
        assert controls.decide(area=row, approve=True, by=by, at=MORNING).status == "approved"
        return
    assert not controls.may_decide(by, row)
    with pytest.raises(NotYours):
        controls.decide(area=row, approve=True, by=by, at=MORNING)


def test_nobody_decides_on_their_own(cast):
    row = ask(cast, by="shift_leader")
    with pytest.raises(NotYours) as refusal:
        controls.decide(area=row, approve=True, by=cast.shift_leader, at=MORNING)
    assert refusal.value.code == "own_request"


def test_the_place_must_be_overseen(cast):
    with pytest.raises(NotYours):
        controls.decide(area=ask(cast), approve=True, by=cast.outsider, at=MORNING)


def test_a_refusal_needs_a_reason(cast):
    with pytest.raises(BadInput):
        controls.decide(area=ask(cast), approve=False, by=cast.leader, at=MORNING)


def test_a_decision_stands(cast):
    row = approved(cast)
    with pytest.raises(NotNow):
        controls.decide(area=row, approve=False, opinion="改", by=cast.leader, at=MORNING)


def test_what_is_over_is_not_approved(cast):
    row = ask(cast, last_day=TODAY)
    with pytest.raises(NotNow) as refusal:
        controls.decide(area=row, approve=True, by=cast.leader, at=MORNING + DAY)
    assert refusal.value.code == "too_late"


@pytest.mark.parametrize(
    ("who", "may"),
    [("acceptor", True), ("shift_leader", True), ("leader", True), ("dispatcher", False),
     ("collector", False), ("outsider", False)],
)  # fmt: skip
def test_who_may_end(cast, who, may):
    row = approved(cast)
    assert controls.may_end(getattr(cast, who), row) is may
    if may:
        assert controls.end(area=row, by=getattr(cast, who), at=MORNING).status == "ended"
        return
    with pytest.raises(NotYours):
        controls.end(area=row, by=getattr(cast, who), at=MORNING)


def test_only_an_approved_one_is_ended(cast):
    with pytest.raises(NotNow):
        controls.end(area=ask(cast), by=cast.acceptor, at=MORNING)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"last_day": date(2020, 1, 1)}, "ends_after"),
        ({"status": "approved"}, "decided_by_somebody"),
        ({"status": "approved", "decided_by": "acceptor", "decided_at": MORNING}, "who_asked"),
        ({"status": "ended", "decided_by": "leader", "decided_at": MORNING}, "ended_by_somebody"),
    ],
)
def test_constraints(cast, change, name):
    row = ask(cast)
    if "decided_by" in change:
        change = change | {"decided_by": getattr(cast, change["decided_by"])}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ControlArea.objects.filter(pk=row.pk).update(**change)


# --- pages ----------------------------------------------------------------------------------
def form(cast, **rest):
    today = timezone.localdate()
    return {
        "name": "庙会", "message": "庙会期间不上报", "ground": DRAWN, "classes": [cast.litter.pk],
        "first_day": today.isoformat(), "last_day": today.isoformat(), **rest,
    }  # fmt: skip


@pytest.mark.parametrize("post", POSTS)
def test_who_may_open_the_pages(cast, client, post):
    row = ask(cast)
    person(cast, f"one_{post}", post, cast.center)
    client.force_login(getattr(cast, f"one_{post}"))
    may_ask = "ask_control" in POSTS[post][2]
    may_read = may_ask or "approve" in POSTS[post][2]
    pages = {
        reverse("cases:controls"): may_read,
        reverse("cases:control", args=[row.pk]): may_read,
        reverse("cases:control_new"): may_ask,
    }
    answers = {url: client.get(url).status_code for url in pages}
    assert answers == {url: 200 if may else 403 for url, may in pages.items()}


def test_from_asking_to_the_end_by_pages(cast, client):
    client.force_login(cast.acceptor)
    assert client.post(reverse("cases:control_new"), form(cast)).status_code == 302
    row = ControlArea.objects.get()
    page = reverse("cases:control", args=[row.pk])
    assert "control_decide" not in client.get(page).content.decode()
    assert client.post(reverse("cases:control_decide", args=[row.pk])).status_code == 403
    client.force_login(cast.shift_leader)
    assert client.get(page).context["may_decide"]
    client.post(reverse("cases:control_decide", args=[row.pk]), {"decision": "approve"})
    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("approved", cast.shift_leader)
    box = f"{WEST},{SOUTH},{WEST + STEP},{SOUTH + STEP}"
    layer = client.get(reverse("cases:controls_json"), {"bbox": box}).json()
    assert [f["properties"]["name"] for f in layer["features"]] == ["庙会 · 庙会期间不上报"]
    client.post(reverse("cases:control_end", args=[row.pk]))
    row.refresh_from_db()
    assert row.status == "ended"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"ground": ""}, "ground"), ({"ground": "{}"}, "ground"), ({"name": ""}, "name"),
     ({"classes": []}, "classes"), ({"last_day": "2020-01-01"}, "last_day")],
)  # fmt: skip
def test_a_refused_form_keeps_what_was_typed(cast, client, wrong, field):
    client.force_login(cast.acceptor)
    answer = client.post(reverse("cases:control_new"), form(cast, **wrong))
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert "庙会期间不上报" in answer.content.decode()


def test_the_desk_says_why_a_report_is_refused(cast, client):
    today = timezone.localdate()
    approved(cast, first_day=today, last_day=today, at=timezone.now())
    client.force_login(cast.acceptor)
    origin = Source.objects.filter(active=True).exclude(group="collector").first()
    data = {
        "matter": "component:0101", "lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2,
        "source": origin.code, "description": "井盖破损",
    }  # fmt: skip
    answer = client.post(reverse("cases:new"), data)
    assert "地铁施工围挡内不上报" in answer.content.decode()
    assert not Case.objects.exists()
