"""The rota: whose shift it is at an instant, who may write it, past days, copying a week."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm
from hypothesis import given
from hypothesis import strategies as st

from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.models import DutyAssignment, Shift
from grid.rota import actions, hours, queries
from grid.tests.town import TODAY, make_town, worker

MONDAY = hours.monday_of(TODAY)
DAY = timedelta(days=1)


# --- pure -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("starts", "ends", "at", "day"),
    [
        ("07:30", "14:30", "04 07:30", 4),
        ("07:30", "14:30", "04 14:29", 4),
        ("07:30", "14:30", "04 14:30", None),
        ("07:30", "14:30", "04 07:29", None),
        ("22:00", "07:30", "04 23:00", 4),
        ("22:00", "07:30", "04 02:00", 3),
        ("22:00", "07:30", "04 07:30", None),
        ("22:00", "07:30", "04 12:00", None),
        ("08:00", "08:00", "04 07:59", 3),
        ("08:00", "08:00", "04 08:00", 4),
    ],
)
def test_a_shift_belongs_to_the_date_it_begins_on(starts, ends, at, day):
    at = datetime.strptime(f"2026-03-{at}", "%Y-%m-%d %H:%M")  # noqa: DTZ007
    found = hours.date_of(time.fromisoformat(starts), time.fromisoformat(ends), at)
    assert found == (date(2026, 3, day) if day else None)


@given(st.times(), st.times(), st.datetimes(min_value=datetime.fromisoformat("2020-01-02")))
def test_the_instant_lies_within_the_shift_of_its_date(starts, ends, at):
    day = hours.date_of(starts, ends, at)
    if day is not None:
        begin = datetime.combine(day, starts)
        end = datetime.combine(day if starts < ends else day + DAY, ends)
        assert begin <= at < end
    else:
        assert starts < ends or ends <= at.time() < starts


@given(st.dates())
def test_a_week_begins_on_monday_and_holds_its_day(day):
    week = hours.week_of(hours.monday_of(min(day, date(9999, 12, 1))))
    assert week[0].weekday() == 0
    assert min(day, date(9999, 12, 1)) in week


# --- rows -----------------------------------------------------------------------------------
@pytest.fixture
def town(db):
    town = make_town()
    actions.load_shifts()
    town.early, town.late, town.night = Shift.objects.order_by("starts")
    town.ann, town.ben = worker("ann", "collector"), worker("ben", "collector")
    town.leader = worker("shift_leader", "shift_leader")
    assign_perm("grid.oversee_area", town.leader, town.areas["620105"])
    return town


def assign(town, *people, shift="early", day=TODAY, grid=0, by="leader"):
    return actions.assign(
        duty_grid=town.duty[grid], shift=getattr(town, shift), day=day, people=people,
        by=getattr(town, by) if by else None, today=TODAY,
    )  # fmt: skip


def names(town, shift="early", day=TODAY, grid=0):
    rows = DutyAssignment.objects.filter(
        duty_grid=town.duty[grid], shift=getattr(town, shift), date=day
    )
    return sorted(rows.values_list("collector__username", flat=True))


def local(hour, minute=0, day=TODAY):
    """An instant by the clock of Shanghai."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_the_usual_shifts_are_loaded_once(town):
    assert actions.load_shifts() == 0
    assert [s.code for s in Shift.objects.all()] == ["early", "late", "night"]
    assert not town.night.active


def test_on_duty_is_who_the_rota_names_for_the_running_shift(town):
    assign(town, town.ann)
    assign(town, town.ben, shift="late")
    assert queries.on_duty(town.duty[0], local(7, 30)) == [town.ann]
    assert queries.on_duty(town.duty[0], local(14, 30)) == [town.ben]
    assert queries.on_duty(town.duty[0], local(22)) == []
    assert queries.on_duty(town.duty[0], local(9, day=TODAY + DAY)) == []
    assert queries.on_duty(town.duty[1], local(9)) == []
    assert queries.on_duty(None, local(9)) == []


def test_a_night_shift_goes_on_after_midnight(town):
    Shift.objects.filter(code="night").update(active=True)
    assign(town, town.ann, shift="night")
    assert queries.on_duty(town.duty[0], local(2, day=TODAY + DAY)) == [town.ann]
    assert queries.on_duty(town.duty[0], local(2)) == []


def test_assigning_replaces_who_was_there(town):
    assign(town, town.ann)
    assign(town, town.ben)
    assert names(town) == ["ben"]
    assign(town)
    assert names(town) == []
    assert [event.verb for event in AuditEvent.objects.all()] == ["set_rota"] * 3
    assert AuditEvent.objects.first().data["now"] == ["ann"]


def test_past_days_are_locked(town):
    with pytest.raises(NotNow) as refusal:
        assign(town, town.ann, day=TODAY - DAY)
    assert refusal.value.code == "past_locked"
    assert names(town, day=TODAY - DAY) == []


def test_only_collectors_are_on_the_rota(town):
    with pytest.raises(BadInput, match="shift_leader"):
        assign(town, town.leader)
    town.ann.is_active = False
    with pytest.raises(BadInput, match="ann"):
        assign(town, town.ann)


MAY = {"shift_leader", "sysadmin"}


@pytest.mark.parametrize("post", POSTS)
def test_who_may_write_the_rota(town, post):
    by = worker(f"one_{post}", post)
    assign_perm("grid.oversee_area", by, town.street)
    town.one = by
    if post in MAY:
        assign(town, town.ann, by="one")
        assert names(town) == ["ann"]
        return
    with pytest.raises(NotYours):
        assign(town, town.ann, by="one")
    with pytest.raises(NotYours):
        actions.copy_last_week(monday=MONDAY, duty_grids=town.duty, by=by, today=TODAY)
    assert not queries.plannable(by).exists()


def test_a_shift_leader_plans_areas_overseen_only(town):
    town.stranger = worker("stranger", "shift_leader")
    with pytest.raises(NotYours):
        assign(town, town.ann, by="stranger")
    assign_perm("grid.oversee_area", town.stranger, town.areas["620105002"])
    with pytest.raises(NotYours):
        assign(town, town.ann, by="stranger")
    assert [g.street.code for g in queries.plannable(town.stranger)] == ["620105002"]


def copy(town, monday=MONDAY, today=TODAY):
    return actions.copy_last_week(
        monday=monday, duty_grids=town.duty, by=town.leader, today=today
    )  # fmt: skip


def put(town, person, day, shift="early", grid=0):
    DutyAssignment.objects.create(
        duty_grid=town.duty[grid], shift=getattr(town, shift), date=day, collector=person
    )


def test_copying_fills_the_empty_cells_from_today_on(town):
    for day in hours.week_of(MONDAY - hours.WEEK):
        put(town, town.ann, day)
    put(town, town.ben, TODAY)
    assert copy(town) == 4  # Thursday to Sunday; Monday and Tuesday are past, today is taken
    assert names(town) == ["ben"]
    assert names(town, day=TODAY + DAY) == ["ann"]
    assert names(town, day=TODAY - DAY) == []
    assert copy(town) == 0


def test_copying_leaves_out_who_left_and_shifts_out_of_use(town):
    last = TODAY - hours.WEEK
    put(town, town.ann, last)
    put(town, town.ben, last)
    put(town, town.ben, last, shift="night")
    town.ann.is_active = False
    town.ann.save()
    assert copy(town) == 1
    assert names(town) == ["ben"]


def test_a_past_week_is_not_copied_into(town):
    with pytest.raises(NotNow):
        copy(town, monday=MONDAY - hours.WEEK)


def test_filling_uses_the_own_collectors_by_turns(town):
    town.duty[0].collectors.set([town.ann, town.ben])
    put(town, town.ben, TODAY)
    added = actions.fill(TODAY - DAY, TODAY + hours.WEEK)
    assert added == 2 * 8  # nine days, one of them taken; the other duty grid has no collectors
    assert names(town) == ["ben"]
    early, later = names(town, day=TODAY + DAY), names(town, day=TODAY + hours.WEEK)
    assert {*early, *later} == {"ann", "ben"}
    assert actions.fill(TODAY - DAY, TODAY + hours.WEEK) == 0


def test_own_shifts_come_in_order(town):
    put(town, town.ann, TODAY + DAY)
    put(town, town.ann, TODAY, shift="late")
    put(town, town.ann, TODAY)
    put(town, town.ann, TODAY - DAY)
    put(town, town.ann, TODAY + timedelta(days=7))
    found = queries.shifts_of(town.ann, TODAY, 7)
    assert [(row.date, row.shift.code) for row in found] == [
        (TODAY, "early"), (TODAY, "late"), (TODAY + DAY, "early")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "seen"),
    [
        ((2, 0), [(TODAY - DAY, True), (TODAY, False)]),
        ((7, 29), [(TODAY - DAY, True), (TODAY, False)]),
        ((7, 30), [(TODAY, False)]),
        ((22, 0), [(TODAY, True)]),
    ],
)
def test_the_night_that_runs_is_among_ones_own_shifts(town, clock, seen):
    put(town, town.ann, TODAY - DAY, shift="night")
    put(town, town.ann, TODAY, shift="night")
    put(town, town.ann, TODAY - DAY)
    now = timezone.make_aware(datetime.combine(TODAY, time(*clock)))
    found = queries.shifts_ahead(town.ann, now, 1)
    assert [(row.date, row.running) for row in found] == seen


def test_nobody_is_entered_twice(town):
    put(town, town.ann, TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        put(town, town.ann, TODAY)


def test_only_who_manages_the_grid_saves_shifts(town):
    with pytest.raises(NotYours):
        actions.save_shift(shift=town.early, by=town.leader)
    town.early.starts = time(8)
    actions.save_shift(shift=town.early, by=worker("admin", "sysadmin"))
    assert Shift.objects.get(code="early").starts == time(8)
