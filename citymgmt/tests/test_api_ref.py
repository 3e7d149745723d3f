"""The reference lists: enough for a program to report, to filter and to act without guessing."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cases.machine import inputs
from cases.machine.moves import MOVES
from cases.models import AreaLimit
from cases.states import Scope
from cases.tests.cast import report
from citymgmt.accounts.models import User
from grid.models import Area
from inventory.models import ClassEdition, MatterClass

from .test_api import API, client, given, send, wrong

DATED = ("sources", "classes", "conditions", "editions", "standards", "areas", "departments")
FIXED = ("reasons", "actions")
LISTS = DATED + FIXED
AGES_AGO = "2020-01-01T00:00:00Z"
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
OLD = {
    "kind": "event", "code": "0199", "major": "01", "minor": "99", "name_zh": "旧",
    "name_en": "Old", "major_zh": "旧", "major_en": "Old", "shape": "point",
}  # fmt: skip


def listed(user, name, **query):
    answer = client(user).get(f"{API}ref/{name}/", query)
    assert answer.status_code == 200, answer.content.decode()
    assert set(answer.json()) == {"results", "next"}
    return answer.json()["results"]


@pytest.mark.parametrize("name", LISTS)
def test_api_ref_is_for_those_who_work_here(cast, name):
    assert listed(cast.handler, name)
    wrong(client().get(f"{API}ref/{name}/"), 401)
    nobody = User.objects.create(username="nobody")
    wrong(client(nobody).get(f"{API}ref/{name}/"), 403, "permission_denied")
    wrong(client(cast.leader).post(f"{API}ref/{name}/"), 405)


@pytest.mark.parametrize("name", LISTS)
def test_api_ref_says_whether_it_has_changed(cast, name):
    made = client(cast.leader)
    first = made.get(f"{API}ref/{name}/")
    again = made.get(f"{API}ref/{name}/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", LISTS)
def test_api_ref_costs_the_same_for_every_number_of_rows(cast, name, django_assert_max_num_queries):
    made = client(cast.leader)
    made.get(f"{API}ref/{name}/")
    with django_assert_max_num_queries(6):
        made.get(f"{API}ref/{name}/")


def test_api_ref_pages(cast):
    whole = [row["code"] for row in listed(cast.leader, "areas")]
    seen, after = [], ""
    while after is not None:
        page = client(cast.leader).get(f"{API}ref/areas/", {"limit": 3, "after": after}).json()
        seen += [row["code"] for row in page["results"]]
        after = page["next"]
    assert seen == whole
    assert len(whole) == 4


@pytest.mark.parametrize("name", DATED)
def test_api_ref_tells_what_changed_since_a_moment(cast, name):
    rows = listed(cast.leader, name)
    assert listed(cast.leader, name, updated_since=AGES_AGO) == sorted(rows, key=_moment)
    last = max(map(_moment, rows))
    assert listed(cast.leader, name, updated_since=(last + SECOND).isoformat()) == []
    assert rows[-1] in listed(cast.leader, name, updated_since=rows[-1]["updated_at"])


def _moment(row):
    return datetime.fromisoformat(row["updated_at"])


def test_api_ref_pages_by_change(cast):
    seen, after = [], ""
    while after is not None:
        query = {"limit": 3, "after": after, "updated_since": AGES_AGO}
        page = client(cast.leader).get(f"{API}ref/areas/", query).json()
        seen += [row["code"] for row in page["results"]]
        after = page["next"]
    assert sorted(seen) == sorted(row["code"] for row in listed(cast.leader, "areas"))
    Area.objects.filter(code=seen[0]).update(area_class="B")
    (changed, *_rest) = reversed(listed(cast.leader, "areas", updated_since=AGES_AGO))
    assert (changed["code"], changed["area_class"]) == (seen[0], "B")


@pytest.mark.parametrize("name", FIXED)
def test_api_ref_that_comes_with_the_program_says_why_it_has_no_moments(cast, name):
    answer = client(cast.leader).get(f"{API}ref/{name}/", {"updated_since": AGES_AGO})
    body = wrong(answer, 400, "unknown_field", "updated_since")
    assert "If-None-Match" in body["detail"]


def test_api_ref_classes_change_on_the_day_their_edition_begins(cast):
    """Nothing is written on that day, and still whoever mirrors the list hears of them."""
    today = timezone.localdate()
    before = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    ClassEdition.objects.update(valid_from=today - DAY)
    later = ClassEdition.objects.create(code="later", active=True, valid_from=today + DAY)
    row = _class_of(later)
    assert row.code not in {one["code"] for one in listed(cast.leader, "classes")}
    ClassEdition.objects.filter(pk=later.pk).update(valid_from=today)
    for model in (ClassEdition, MatterClass):
        model.objects.update(updated_at=AGES_AGO)
    since = before.isoformat()
    assert [r["code"] for r in listed(cast.leader, "classes", updated_since=since)] == [row.code]
    (edition,) = listed(cast.leader, "editions", updated_since=since)
    assert (edition["code"], edition["in_force"]) == ("later", True)
    assert [r["code"] for r in listed(cast.leader, "editions") if r["in_force"]] == ["later"]


def _class_of(edition, **values):
    return MatterClass.objects.create(edition=edition, **OLD | values)


def test_api_ref_areas_by_level_and_parent(cast):
    (street,) = listed(cast.leader, "areas", level="street")
    assert (street["code"], street["parent"]) == (cast.street.code, cast.district.code)
    (inside,) = listed(cast.leader, "areas", parent=cast.street.code)
    assert (inside["code"], inside["area_class"]) == (cast.community.code, "A")
    wrong(client(cast.leader).get(f"{API}ref/areas/?level=house"), 400, None, "level")


def test_api_ref_departments_and_sources_tell_what_is_in_use(cast):
    cast.gas.active = False
    cast.gas.save()
    every = {row["code"]: row["active"] for row in listed(cast.leader, "departments")}
    assert every["gas"] is False
    assert "gas" not in [r["code"] for r in listed(cast.leader, "departments", active="true")]
    assert [r["code"] for r in listed(cast.leader, "departments", active="false")] == ["gas"]
    patrol = next(row for row in listed(cast.leader, "sources") if row["code"] == "patrol")
    assert (patrol["group"], patrol["needs_verify"]) == ("collector", False)


def test_api_ref_classes_and_conditions_are_those_in_force(cast):
    old = ClassEdition.objects.create(code="old", active=False)
    _class_of(old)
    codes = [(row["kind"], row["code"]) for row in listed(cast.leader, "classes")]
    assert codes == [("component", "0101"), ("event", "0101")]
    (row,) = listed(cast.leader, "classes", edition="old")
    assert (row["code"], row["geometry"], row["edition"]) == ("0199", "point", "old")
    AreaLimit.objects.create(
        condition=cast.cover_worn, area_class="A", limit_value=1, limit_unit="working_days"
    )
    rows = listed(cast.leader, "conditions", kind="component", **{"class": "0101"})
    assert [row["id"] for row in rows] == [cast.cover_open.pk, cast.cover_worn.pk]
    assert (rows[1]["limit_value"], rows[1]["limit_unit"]) == ("2.00", "working_days")
    assert rows[1]["area_limits"] == [
        {"area_class": "A", "limit_value": "1.00", "limit_unit": "working_days"}
    ]
    cast.edition.active = False
    cast.edition.save()
    assert listed(cast.leader, "conditions") == []


def test_api_ref_reasons_are_every_fixed_answer(cast):
    rows = {(row["input"], row["value"]) for row in listed(cast.leader, "reasons")}
    fixed = [row for row in inputs.DEFINITIONS if row.answers]
    assert rows == {(row.name, value) for row in fixed for value in row.answers}
    assert ("reject_reason", "out_of_scope") in rows


def test_api_ref_actions_are_those_of_the_table_with_their_inputs(cast):
    rows = {row["action"]: row for row in listed(cast.acceptor, "actions")}
    by_people = [move for move in MOVES if move.scope != Scope.SYSTEM]
    assert set(rows) == {str(move.action) for move in by_people}
    for move in by_people:
        told = {one["name"]: one for one in rows[move.action]["inputs"]}
        assert set(told) >= set(move.named)
        for name in move.needed:
            assert move.sources <= set(told[name]["needed_in"])
        assert move.sources <= set(rows[move.action]["states"])
    reject = {one["name"]: one for one in rows["reject"]["inputs"]}
    assert reject["reject_reason"]["required"]
    assert {c["value"] for c in reject["reject_reason"]["choices"]} == set(inputs.REJECT_REASONS)
    after = next(one for one in rows["dispose"]["inputs"] if one["name"] == "after_photos")
    assert (after["sent_as"], after["photo_type"], after["required"]) == ("photos", "after", True)
    assert rows["accept"]["yours"]
    assert not rows["close"]["yours"]


def test_api_ref_is_enough_to_report_and_to_act(cast):
    """Codes from the lists alone: nothing is known beforehand."""
    source = next(
        row["code"] for row in listed(cast.acceptor, "sources", active="true")
        if row["group"] == "public"
    )  # fmt: skip
    kind = next(row for row in listed(cast.acceptor, "classes") if row["kind"] == "event")
    data = given(source=source, photos=None, kind=kind["kind"], class_code=kind["code"])
    answer = client(cast.acceptor).post(f"{API}cases/", data, format="json")
    assert answer.status_code == 201, answer.content.decode()
    reason = next(r for r in listed(cast.acceptor, "reasons") if r["input"] == "reject_reason")
    data = {"reject_reason": reason["value"], "opinion": "不属城管"}
    assert send(cast.acceptor, report(cast), "reject", data).status_code == 200
