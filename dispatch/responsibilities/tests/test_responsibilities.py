"""Who answers where: routing asks these rows first; overlaps and strangers are refused; pages."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.machine import choices
from cases.models import ProcessSwitch
from cases.tests.cast import MORNING, person, report
from citymgmt.accounts.models import AuditEvent, User
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from dispatch.choosing import candidates, offers
from dispatch.models import Responsibility
from dispatch.responsibilities import actions as responsibilities
from dispatch.routing import queries
from dispatch.routing.suggesting import Answer, Facts, Rule, Unit, suggest
from grid.geometry import STORED
from grid.models import Position, Shift
from grid.rota import actions as rota

DAY = timedelta(days=1)


# --- pure -----------------------------------------------------------------------------------
PLACES = (("duty", 7), ("area", 3), ("area", 2), ("area", 1))
FACTS = Facts("event", "01", "c1", locality=Unit("gov", "Gov"), places=PLACES)


def one(name, place, **matter):
    return Answer(Unit(name, name), place, "ground", "matter", "2026-01-01", **matter)


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ([], "rule"),
        ([one("a", ("area", 1), kind="event")], "a"),
        ([one("a", ("area", 9), kind="event")], "rule"),
        ([one("a", ("area", 1), kind="component")], "rule"),
        ([one("a", ("area", 1), kind="event", major="02")], "rule"),
        ([one("a", ("area", 1), matter_class="c2")], "rule"),
        ([one("a", ("area", 1), matter_class="c1"), one("b", ("duty", 7), kind="event")], "b"),
        ([one("a", ("area", 2), kind="event"), one("b", ("area", 2), matter_class="c1")], "b"),
        (
            [one("a", ("area", 2), kind="event"), one("b", ("area", 2), kind="event", major="01")],
            "b",
        ),
    ],
)
def test_the_closest_answer_speaks_before_the_rules(answers, first):
    rules = [Rule(1, "fixed", unit=Unit("rule", "Rule"))]
    assert suggest(FACTS, rules, answers)[0].department == first


def test_the_owner_still_speaks_first():
    facts = Facts("component", "01", "c1", owner=Unit("own", "Own"), places=PLACES)
    found = suggest(facts, [], [one("a", ("duty", 7), kind="component")])
    assert [s.department for s in found] == ["own", "a"]


def test_an_answer_says_why():
    found = suggest(FACTS, [], [one("a", ("duty", 7), kind="event")])
    assert found[0].reason.key == "answers"
    assert "2026-01-01" in str(found[0].reason)


# --- rows -----------------------------------------------------------------------------------
def save(cast, **rest):
    values = {"department": cast.gas, "matter_class": cast.litter,
              "valid_from": timezone.localdate(), "by": cast.sysadmin}  # fmt: skip
    if "area" not in rest and "duty_grid" not in rest:
        values["area"] = cast.street
    return responsibilities.answer(**{**values, **rest})


def first_for(cast, **rest):
    case = report(cast, class_code=cast.litter, **rest)
    found = queries.suggestions_for(case)
    return found[0].department if found else None


def test_the_dispatcher_is_offered_who_answers(cast):
    row = save(cast)
    found = queries.suggestions_for(report(cast, class_code=cast.litter))[0]
    assert found.department == cast.gas
    assert str(row.area) in str(found.reason)


def test_the_duty_grid_goes_before_the_street(cast):
    save(cast)
    save(cast, department=cast.water, duty_grid=cast.duty_grid)
    assert first_for(cast) == cast.water


def test_only_rows_in_force_answer(cast):
    today = timezone.localdate()
    save(cast, valid_from=today + DAY)
    assert first_for(cast) != cast.gas
    save(cast, valid_from=today - 9 * DAY, valid_to=today)
    assert first_for(cast) != cast.gas
    assert len(queries.answers_in_force(day=today + DAY)) == 1


@pytest.mark.parametrize(
    ("begin", "end", "overlaps"),
    [(0, None, True), (5, None, True), (0, 10, True), (-5, 1, True), (-5, 0, False),
     (10, None, False), (-5, None, True), (9, 11, True)],
)  # fmt: skip
def test_overlaps_are_refused(cast, begin, end, overlaps):
    today = timezone.localdate()
    save(cast, valid_to=today + 10 * DAY)
    days = {"valid_from": today + begin * DAY, "valid_to": end and today + end * DAY}
    if end == 0:
        days["valid_to"] = today
    if overlaps:
        with pytest.raises(NotNow) as refusal:
            save(cast, department=cast.water, **days)
        assert refusal.value.code == "overlap"
    else:
        assert save(cast, department=cast.water, **days).pk


def test_another_matter_or_ground_does_not_overlap(cast):
    save(cast)
    save(cast, area=cast.district)
    save(cast, duty_grid=cast.duty_grid)
    save(cast, matter_class=cast.cover)
    save(cast, matter_class=None, kind="event")
    save(cast, matter_class=None, kind="event", major="01")
    assert Responsibility.objects.count() == 6


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"area": None}, "area"),
        ({"duty_grid": "duty_grid", "area": "street"}, "area"),
        ({"matter_class": None}, "kind"),
        ({"matter_class": None, "kind": "weather"}, "kind"),
        ({"department": "center"}, "department"),
        ({"valid_to": timezone.localdate() - 400 * DAY}, "valid_to"),
    ],
)
def test_what_is_refused(cast, wrong, field):
    wrong = {n: getattr(cast, v) if isinstance(v, str) and n != "kind" else v
             for n, v in wrong.items()}  # fmt: skip
    with pytest.raises(BadInput) as refusal:
        save(cast, **wrong)
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize("post", POSTS)
def test_only_who_manages_the_grid_may(cast, post):
    by = person(cast, f"one_{post}", post, cast.center)
    if post == "sysadmin":
        assert save(cast, by=by).by == by
        return
    with pytest.raises(NotYours):
        save(cast, by=by)
    row = save(cast)
    with pytest.raises(NotYours):
        responsibilities.end(row=row, on=timezone.localdate() + DAY, by=by)


def test_ending_keeps_the_history(cast):
    today = timezone.localdate()
    row = save(cast, valid_from=today - 5 * DAY)
    responsibilities.end(row=row, on=today, by=cast.sysadmin)
    row.refresh_from_db()
    assert row.valid_to == today
    with pytest.raises(NotNow):
        responsibilities.end(row=row, on=today + DAY, by=cast.sysadmin)
    later = save(cast, valid_from=today + 5 * DAY)
    responsibilities.end(row=later, on=today, by=cast.sysadmin)
    assert list(Responsibility.objects.all()) == [row]
    assert AuditEvent.objects.filter(verb="end_responsibility").count() == 2


def test_the_past_is_not_rewritten(cast):
    row = save(cast, valid_from=timezone.localdate() - 5 * DAY)
    with pytest.raises(BadInput):
        responsibilities.end(row=row, on=timezone.localdate() - DAY, by=cast.sysadmin)


def test_handing_on(cast):
    today = timezone.localdate()
    row = save(cast, valid_from=today - 5 * DAY, valid_to=today + 9 * DAY)
    new = responsibilities.hand_on(row=row, department=cast.water, on=today + DAY, by=cast.sysadmin)
    row.refresh_from_db()
    assert (row.valid_to, new.valid_from, new.valid_to) == (
        today + DAY,
        today + DAY,
        today + 9 * DAY,
    )


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"duty_grid": "duty_grid"}, "on_one_ground"),
        ({"area": None}, "on_one_ground"),
        ({"kind": "event"}, "for_one_matter"),
        ({"matter_class": None}, "for_one_matter"),
        ({"valid_to": timezone.localdate() - 400 * DAY}, "ends_after"),
    ],
)
def test_constraints(cast, values, name):
    row = save(cast)
    values = {n: getattr(cast, v) if n == "duty_grid" else v for n, v in values.items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Responsibility.objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("ground", ["area", "duty_grid"])
@pytest.mark.parametrize("matter", ["class", "kind"])
def test_one_open_row_for_ground_and_matter(cast, ground, matter):
    where = {ground: cast.street if ground == "area" else cast.duty_grid}
    what = {"matter_class": cast.litter} if matter == "class" else {"kind": "event", "major": "01"}
    values = {"department": cast.gas, **where, **what}
    day = timezone.localdate()
    Responsibility.objects.create(valid_from=day, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Responsibility.objects.create(valid_from=day + DAY, **values)


# --- pages ----------------------------------------------------------------------------------
@pytest.mark.parametrize("post", POSTS)
def test_who_may_open_the_pages(cast, client, post):
    row = save(cast)
    client.force_login(person(cast, f"one_{post}", post, cast.center))
    reads = post in ("sysadmin", "dispatcher", "shift_leader", "leader")  # who sends or rules
    addresses = (
        reverse("dispatch:responsibilities"),
        reverse("dispatch:responsibility", args=[row.pk]),
    )
    for address in addresses:
        assert client.get(address).status_code == (200 if reads else 403)
        assert client.post(address).status_code == (200 if post == "sysadmin" else 403)


def post(client, cast, **rest):
    data = {
        "department": cast.gas.pk, "ground": f"area:{cast.street.code}",
        "matter": f"class:{cast.litter.pk}", "valid_from": timezone.localdate().isoformat(), **rest,
    }  # fmt: skip
    return client.post(reverse("dispatch:responsibilities"), data)


def test_saying_and_ending_by_pages(cast, client):
    client.force_login(cast.sysadmin)
    assert post(client, cast).status_code == 302
    assert post(client, cast, department=cast.water.pk).status_code == 422
    assert post(client, cast, matter="event:01").status_code == 302
    assert post(client, cast, matter="event").status_code == 302
    assert post(client, cast, ground=f"duty:{cast.duty_grid.code}").status_code == 302
    assert post(client, cast, ground="area:999").status_code == 422
    row = Responsibility.objects.get(matter_class=cast.litter, area=cast.street)
    url = reverse("dispatch:responsibility", args=[row.pk])
    later = (timezone.localdate() + DAY).isoformat()
    assert client.post(url, {"department": cast.water.pk, "on": later}).status_code == 302
    assert client.post(url, {"on": "2020-01-01"}).status_code == 422
    page = client.get(url).content.decode()
    assert str(cast.water) in page
    new = Responsibility.objects.get(department=cast.water)
    client.post(reverse("dispatch:responsibility", args=[new.pk]), {"on": later})
    assert not Responsibility.objects.filter(pk=new.pk).exists()


def test_the_list_is_searched_and_shows_what_is_over(cast, client):
    today = timezone.localdate()
    save(cast, valid_from=today - 9 * DAY, valid_to=today)
    save(cast, matter_class=cast.cover)
    client.force_login(cast.sysadmin)
    url = reverse("dispatch:responsibilities")
    assert len(client.get(url).context["page"].object_list) == 1
    assert len(client.get(url, {"past": 1}).context["page"].object_list) == 2
    assert len(client.get(url, {"q": "私搭", "past": 1}).context["page"].object_list) == 1
    assert not client.get(url, {"q": "nothing"}).context["page"].object_list


# --- whom a task is sent to -----------------------------------------------------------------
def test_the_rota_goes_before_the_fixed_collectors(cast):
    rota.load_shifts()
    early = Shift.objects.get(code="early")
    case = report(cast, by="acceptor", source="hotline_12345")
    first = candidates.collectors_for(case, now=MORNING)[0]
    assert (first.user, first.on_rota) == (cast.collector, False)
    rota.assign(
        duty_grid=cast.duty_grid, shift=early, day=timezone.localdate(MORNING),
        people=[cast.collector2], by=None, today=timezone.localdate(MORNING),
    )  # fmt: skip
    found = candidates.collectors_for(case, now=MORNING)
    assert [(c.user, c.on_rota) for c in found] == [
        (cast.collector2, True), (cast.collector, False)
    ]  # fmt: skip
    evening = candidates.collectors_for(case, now=MORNING + timedelta(hours=8))
    assert [c.on_rota for c in evening] == [False, False]


def stand(case, person, degrees, accuracy=8, at=MORNING):
    """A position so many degrees east of the case."""
    point = Point(case.point.x + degrees, case.point.y, srid=STORED)
    Position.objects.create(user=person, point=point, accuracy_m=accuracy, at=at)


@pytest.fixture
def two(cast):
    """A case, and two collectors on duty of whom neither has the duty grid."""
    cast.duty_grid.collectors.clear()
    cast.case = report(cast, by="acceptor", source="hotline_12345")
    return cast


def test_who_is_off_duty_is_not_offered_whatever_the_rota_says(two):
    rota.load_shifts()
    day = timezone.localdate(MORNING)
    rota.assign(
        duty_grid=two.duty_grid, shift=Shift.objects.get(code="early"), day=day,
        people=[two.collector2], by=None, today=day,
    )  # fmt: skip
    User.objects.filter(pk=two.collector2.pk).update(on_duty=False)
    assert [c.user for c in candidates.collectors_for(two.case, now=MORNING)] == [two.collector]
    assert [c.value for c in choices.collectors(two.case, two.acceptor)] == ["collector"]


def test_where_nobody_is_on_duty_all_are_listed_and_marked(two):
    User.objects.update(on_duty=False)
    assert candidates.collectors_for(two.case, now=MORNING) == []
    found = choices.collectors(two.case, two.acceptor)
    assert {"collector", "collector2"} <= {choice.value for choice in found}
    assert {choice.note for choice in found} == {"离岗"}


def test_the_nearer_reach_goes_before_the_rota(two):
    stand(two.case, two.collector, 0.004)
    stand(two.case, two.collector2, 0.08)
    rota.load_shifts()
    day = timezone.localdate(MORNING)
    rota.assign(
        duty_grid=two.duty_grid, shift=Shift.objects.get(code="early"), day=day,
        people=[two.collector2], by=None, today=day,
    )  # fmt: skip
    found = candidates.collectors_for(two.case, now=MORNING)
    assert [c.user for c in found] == [two.collector, two.collector2]


@pytest.mark.parametrize("accuracy", [101, 3_000, 20_000])
def test_a_vague_position_makes_nobody_the_nearest(two, accuracy):
    stand(two.case, two.collector, 0.003)
    stand(two.case, two.collector2, 0.0005, accuracy)
    first, second = candidates.collectors_for(two.case, now=MORNING)
    assert (first.user, second.user) == (two.collector, two.collector2)
    assert second.distance_m is None


def test_an_exact_position_before_a_vague_one_still_tells(two):
    stand(two.case, two.collector2, 0.001, at=MORNING - timedelta(minutes=9))
    stand(two.case, two.collector2, 0.0005, 5_000)
    found = {c.user: c.distance_m for c in candidates.collectors_for(two.case, now=MORNING)}
    assert 80 < found[two.collector2] < 100


def test_how_exact_is_a_setting(two):
    stand(two.case, two.collector2, 0.0005, 300)
    ProcessSwitch.objects.create(key="position_accuracy_m", value=500)
    assert candidates.collectors_for(two.case, now=MORNING)[0].user == two.collector2


def test_the_offer_says_that_somebody_is_on_the_rota(cast):
    said = offers._person(candidates.Candidate(cast.collector, True, None, 0, True)).note
    plain = offers._person(candidates.Candidate(cast.collector, True, None, 0)).note
    assert said.endswith(plain)
    assert said != plain


def test_a_collector_sees_own_shifts_on_the_phone(cast, client):
    rota.load_shifts()
    client.force_login(cast.collector)
    url = reverse("dispatch:field:me")
    assert client.get(url).context["shifts"] == []
    day = timezone.localdate() + DAY
    rota.assign(
        duty_grid=cast.duty_grid, shift=Shift.objects.get(code="late"), day=day,
        people=[cast.collector], by=None, today=day,
    )  # fmt: skip
    assert "14:30" in client.get(url).content.decode()
