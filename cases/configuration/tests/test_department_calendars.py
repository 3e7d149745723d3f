"""Calendars of departments: which clock is counted on which, and what a change of them does.

The town's center works Monday to Friday; `cleaning` works every day from 06:00 and through
holidays, eight hours counting as a day; `short` has the center's hours, six counting as a day.
"""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from cases.configuration import deadlines
from cases.machine import actions
from cases.machine.calendars import calendars
from cases.models import Calendar, CalendarSchedule, DepartmentCalendar, StageLimit
from cases.presenting import words as presenting
from cases.states import Action, Stage, State
from cases.tests.cast import AFTER, act, bring
from cases.time.worktime import SHANGHAI
from citymgmt.accounts.models import AuditEvent, Department
from citymgmt.lib.errors import NotNow

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
EARLY = ((time(6), time(12)), (time(14), time(18)))
WEEK = tuple(range(7))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


FRIDAY, SATURDAY = at("2026-03-06 16:00"), at("2026-03-07 08:00")


# --- rows -----------------------------------------------------------------------------------
@pytest.fixture
def cleaning(cast):
    row = Calendar.objects.create(name="环卫作业", active=False, observes_holidays=False)
    slots = [["06:00", "12:00"], ["14:00", "18:00"]]
    CalendarSchedule.objects.create(calendar=row, weekdays=list(WEEK), slots=slots)
    return row


@pytest.fixture
def short(cast):
    row = Calendar.objects.create(name="六小时", active=False, minutes_per_day=360)
    slots = [["08:00", "12:00"], ["14:00", "18:00"]]
    CalendarSchedule.objects.create(calendar=row, slots=slots)
    return row


def give(department, calendar):
    return DepartmentCalendar.objects.create(department=department, calendar=calendar)


def names(*departments):
    found = calendars()
    return [found.of(department.pk).name for department in departments]


def test_the_nearest_row_up_the_tree_decides(cast, cleaning, short):
    center = Calendar.objects.get(active=True).name
    like = Department.objects.create(
        code="water", name_zh="水务", kind="department", parent=cast.center
    )
    both = (cast.government, cast.water, cast.street_office, cast.center, like)
    assert names(*both) == [center] * 5
    give(cast.government, cleaning)
    assert names(*both) == [cleaning.name] * 3 + [center] * 2
    row = give(cast.street_office.parent, short)
    assert names(*both) == [cleaning.name] * 2 + [short.name] + [center] * 2
    give(cast.street_office, Calendar.objects.get(active=True))
    assert names(cast.street_office, cast.street_office.parent) == [center, short.name]
    row.delete()
    assert names(cast.street_office.parent) == [cleaning.name]


def test_a_department_has_one_and_a_calendar_in_use_stays(cast, cleaning, short):
    give(cast.water, cleaning)
    with pytest.raises(IntegrityError), transaction.atomic():
        give(cast.water, short)
    with pytest.raises(ProtectedError):
        cleaning.delete()


def asked():
    with CaptureQueriesContext(connection) as seen:
        calendars()
    return len(seen)


def test_queries_do_not_grow_with_departments_and_nothing_is_made_twice(cast, cleaning, short):
    assert asked() == 4
    give(cast.water, cleaning)
    assert asked() == 5
    give(cast.gas, short)
    give(cast.government, cleaning)
    assert asked() == 5
    before = calendars()
    assert calendars() is before
    cleaning.minutes_per_day = 600
    cleaning.save()
    assert calendars().of(cast.water.pk).minutes_per_day == 600
    assert calendars().of(cast.gas.pk) is before.of(cast.gas.pk)


# --- cases ----------------------------------------------------------------------------------
def dispatched(cast, **rest):
    """In `to_dispose` with the water department since Friday 16:00, two working days."""
    case = bring(cast, State.TO_DISPOSE, at=FRIDAY - 3 * MINUTE, **rest)
    assert case.state_since == FRIDAY
    return case


def log(case, action):
    return case.events.filter(action=action).latest("seq")


def test_disposal_is_promised_on_the_department_s_calendar(cast, cleaning):
    give(cast.water, cleaning)
    case = dispatched(cast)
    assert case.due_at == at("2026-03-08 10:00")  # Friday 2 h, Saturday 10 h, Sunday 4 h
    act(cast, case, "assign", "liaison", at=SATURDAY, handler=cast.handler)
    assert case.due_at == at("2026-03-08 10:00")
    act(cast, case, "dispose", "handler", at=SATURDAY, opinion="已修复", photos=AFTER)
    act(cast, case, "feedback", "liaison", at=SATURDAY + MINUTE)
    row = log(case, Action.FEEDBACK)
    assert (row.used_seconds, row.limit_seconds) == (4 * 3600 + 60, 2 * 480 * 60)
    assert row.due_at == at("2026-03-08 10:00")


def test_the_steps_of_the_center_stay_on_its_calendar(cast, cleaning):
    give(cast.water, cleaning)
    StageLimit.objects.all().delete()
    StageLimit.objects.create(stage=Stage.REVIEW, limit_value=30, limit_unit="working_minutes")
    case = dispatched(cast)
    act(cast, case, "feedback", "liaison", at=SATURDAY, opinion="已修复", photos=AFTER)
    assert case.due_at == at("2026-03-09 08:30")
    act(cast, case, "pass_check", "dispatcher", at=at("2026-03-09 08:40"))
    row = log(case, Action.PASS_CHECK)
    assert (row.used_seconds, row.overdue) == (40 * 60, True)


def test_redispatch_ends_on_one_calendar_and_begins_on_the_other(cast, cleaning, short):
    give(cast.water, cleaning)
    give(cast.street_office, short)
    case = dispatched(cast)
    act(cast, case, "redispatch", "dispatcher", at=SATURDAY, department=cast.street_office,
        opinion="错派")  # fmt: skip
    row = log(case, Action.REDISPATCH)
    assert (row.used_seconds, row.limit_seconds) == (4 * 3600, 2 * 480 * 60)
    assert row.due_at == at("2026-03-08 10:00")
    assert case.due_at == at("2026-03-10 12:00")  # two days of six hours: Monday, Tuesday morning
    monday = at("2026-03-09 10:00")
    act(cast, case, "feedback", "street_liaison", at=monday, opinion="已修复", photos=AFTER)
    row = log(case, Action.FEEDBACK)
    assert (row.used_seconds, row.limit_seconds) == (2 * 3600, 2 * 360 * 60)


def test_redispatch_to_whom_the_center_s_calendar_holds_and_back(cast, cleaning):
    give(cast.water, cleaning)
    case = dispatched(cast)
    there = {"department": cast.street_office, "opinion": "错派"}
    act(cast, case, "redispatch", "dispatcher", at=SATURDAY, **there)
    assert case.due_at == at("2026-03-10 18:00")
    back = {"department": cast.water, "opinion": "改回"}
    act(cast, case, "redispatch", "dispatcher", at=SATURDAY + MINUTE, **back)
    assert log(case, Action.REDISPATCH).used_seconds == 0  # nobody works there on a Saturday
    assert case.due_at == at("2026-03-08 16:01")


def test_a_return_waits_for_the_center_s_hours(cast, cleaning):
    give(cast.water, cleaning)
    StageLimit.objects.filter(stage=Stage.DISPATCH).delete()
    StageLimit.objects.create(stage=Stage.DISPATCH, limit_value=15, limit_unit="working_minutes")
    case = dispatched(cast)
    act(cast, case, "return_", "liaison", at=SATURDAY, opinion="不属我单位")
    row = log(case, Action.RETURN)
    assert (row.stage, row.used_seconds) == (Stage.DISPOSE, 4 * 3600)
    assert case.due_at == at("2026-03-09 08:15")
    monday = at("2026-03-09 08:05")
    act(cast, case, "approve", "shift_leader", at=monday, opinion="同意")
    assert log(case, Action.APPROVE).used_seconds == 5 * 60
    act(cast, case, "dispatch", "dispatcher", at=monday, department=cast.street_office)
    assert case.due_at == at("2026-03-11 08:05")


def test_a_refused_return_goes_on_where_the_department_stood(cast, cleaning):
    give(cast.water, cleaning)
    case = dispatched(cast)
    act(cast, case, "return_", "liaison", at=SATURDAY, opinion="不属我单位")
    act(cast, case, "refuse", "shift_leader", at=at("2026-03-07 16:00"), opinion="属于")
    assert case.due_at == at("2026-03-08 18:00")  # 12 h left: Saturday 2 h, Sunday 10 h


def test_a_task_is_returned_within_a_day_of_the_department(cast, cleaning):
    limits = {"at": at("2026-03-07 14:01"), "opinion": "不属我单位"}  # 6 + 2 h are over at noon
    first = dispatched(cast)
    give(cast.water, cleaning)
    second = dispatched(cast)
    with pytest.raises(NotNow):
        act(cast, second, "return_", "liaison", **limits)
    act(cast, second, "return_", "liaison", at=at("2026-03-07 12:00"), opinion="不属我单位")
    DepartmentCalendar.objects.all().delete()
    act(cast, first, "return_", "liaison", **limits)


def test_an_extension_is_as_many_hours_as_the_department_s_days_have(cast, short):
    give(cast.water, short)
    case = dispatched(cast)
    assert case.due_at == at("2026-03-10 10:00")  # 12 h: Friday 2, Monday 8, Tuesday 2
    act(cast, case, "extend", "liaison", at=FRIDAY + MINUTE, opinion="待料")
    act(cast, case, "approve", "shift_leader", at=FRIDAY + 2 * MINUTE, opinion="同意")
    assert log(case, Action.APPROVE).data["seconds"] == 2 * 360 * 60
    assert case.due_at == at("2026-03-11 16:00")


def test_the_timer_strikes_by_the_department_s_calendar(cast, cleaning):
    give(cast.water, cleaning)
    own = dispatched(cast)
    other = dispatched(cast, department=cast.street_office)
    assert own.next_at == at("2026-03-08 06:48")  # 80 % of 16 h
    actions.strike(at=own.next_at)
    actions.strike(at=own.due_at)
    own.refresh_from_db()
    assert (own.warned_at, own.overdue_at) == (at("2026-03-08 06:48"), None)
    actions.strike(at=own.due_at + SECOND)
    for case in (own, other):
        case.refresh_from_db()
    assert own.overdue_at == at("2026-03-08 10:00")
    assert own.disposal_overdue
    assert own.next_at == at("2026-03-09 08:00")  # half as much again: 8 h more
    assert (other.warned_at, other.overdue_at) == (None, None)


def test_urgent_hours_are_the_same_on_every_calendar(cast, cleaning):
    give(cast.water, cleaning)
    case = dispatched(cast, filing_condition=cast.cover_open)
    assert case.due_at == FRIDAY + timedelta(hours=2)


# --- a changed calendar ---------------------------------------------------------------------
def test_another_calendar_moves_promises_when_they_are_recomputed(cast, cleaning):
    case = dispatched(cast)
    old, new = at("2026-03-10 16:00"), at("2026-03-08 10:00")
    assert case.due_at == old
    row = give(cast.government, cleaning)
    ctx = actions.context(FRIDAY + MINUTE)
    (one,) = deadlines.differences(ctx)
    assert one.due == (old, new)
    assert cleaning.name in one.why
    case.refresh_from_db()
    assert case.due_at == old
    assert deadlines.recompute([one], ctx) == 1
    case.refresh_from_db()
    assert case.due_at == new
    assert log(case, Action.RETIME).data["due_to"] == case.due_at.isoformat()
    row.delete()
    ctx = actions.context(FRIDAY + 2 * MINUTE)
    (one,) = deadlines.differences(ctx)
    assert one.due == (new, old)
    assert cleaning.name not in one.why


def test_what_closed_stretches_counted_stays(cast, cleaning):
    give(cast.water, cleaning)
    case = dispatched(cast)
    act(cast, case, "feedback", "liaison", at=SATURDAY, opinion="已修复", photos=AFTER)
    DepartmentCalendar.objects.all().delete()
    monday = at("2026-03-09 08:00")
    act(cast, case, "send_back", "dispatcher", at=monday, opinion="不清楚")
    assert case.due_at == at("2026-03-10 12:00")  # 12 of 16 h left


# --- in words -------------------------------------------------------------------------------
def said(client, case):
    return client.get(f"/cases/{case.number}/clock/").content.decode()


def test_the_explanation_names_a_calendar_that_is_not_the_center_s(cast, cleaning, client):
    client.force_login(cast.dispatcher)
    case, urgent = dispatched(cast), dispatched(cast, filing_condition=cast.cover_open)
    center = Calendar.objects.get(active=True)
    assert center.name not in said(client, case)
    give(cast.water, cleaning)
    assert cleaning.name in said(client, case)
    assert cleaning.name not in said(client, urgent)  # day and night, on any calendar
    assert presenting.account(case, actions.context(SATURDAY))["slots"][1]["start"] == at(
        "2026-03-07 06:00"
    )
    act(cast, case, "feedback", "liaison", at=SATURDAY, opinion="已修复", photos=AFTER)
    assert cleaning.name not in said(client, case)  # the review of the center


def test_the_chip_is_coloured_by_the_department_s_calendar(cast, cleaning):
    give(cast.water, cleaning)
    case = dispatched(cast)
    chip = presenting.chip(case, actions.context(at("2026-03-08 07:00")))
    assert (chip.light, chip.warn) == ("yellow", at("2026-03-08 06:48"))


# --- settings -------------------------------------------------------------------------------
PAGE = "/settings/department-calendars/"


def test_the_administrator_adds_changes_and_removes(cast, cleaning, short, client):
    client.force_login(cast.sysadmin)
    given = {"department": cast.water.pk, "calendar": cleaning.pk}
    assert client.post(f"{PAGE}new/", given).status_code == 302
    assert client.post(f"{PAGE}new/", given).status_code == 422  # it has one
    row = DepartmentCalendar.objects.get()
    page = client.get(PAGE).content.decode()
    assert str(cast.water) in page
    assert cleaning.name in page
    assert client.post(f"{PAGE}{row.pk}/", given | {"calendar": short.pk}).status_code == 302
    assert names(cast.water) == [short.name]
    assert client.post(f"{PAGE}{row.pk}/delete/").status_code == 302
    assert names(cast.water) == [Calendar.objects.get(active=True).name]
    kept = AuditEvent.objects.filter(verb="change_setting").order_by("id")
    assert [event.data["calendar"] for event in kept] == [
        ["", str(cleaning.pk)], [str(cleaning.pk), str(short.pk)], [str(short.pk), ""],
    ]  # fmt: skip


@pytest.mark.parametrize("post", ["leader", "shift_leader", "liaison", "evaluator"])
def test_no_other_post_does(cast, cleaning, client, post):
    row = give(cast.gas, cleaning)
    client.force_login(getattr(cast, post))
    given = {"department": cast.water.pk, "calendar": cleaning.pk}
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}new/", given).status_code == 403
    assert client.post(f"{PAGE}{row.pk}/delete/").status_code == 403
    assert DepartmentCalendar.objects.get() == row


def test_a_calendar_in_use_cannot_be_taken_away_or_left_without_work(cast, cleaning, client):
    client.force_login(cast.sysadmin)
    give(cast.water, cleaning)
    hours = cleaning.schedules.get()
    client.post(f"/settings/calendars/{cleaning.pk}/delete/")
    over = {"calendar": cleaning.pk, "weekdays": WEEK, "slots": "06:00-12:00",
            "valid_to": "2020-12-31"}  # fmt: skip
    assert client.post(f"/settings/schedules/{hours.pk}/", over).status_code == 422
    elsewhere = {**over, "calendar": Calendar.objects.create(name="空", active=False).pk}
    assert client.post(f"/settings/schedules/{hours.pk}/", elsewhere).status_code == 422
    client.post(f"/settings/schedules/{hours.pk}/delete/")
    assert names(cast.water) == [cleaning.name]
    assert calendars().of(cast.water.pk).day(date(2026, 3, 7)).slots == EARLY


def test_a_calendar_without_work_ahead_is_given_to_nobody(cast, cleaning, client):
    client.force_login(cast.sysadmin)
    cleaning.schedules.update(valid_to=date(2020, 12, 31))
    given = {"department": cast.water.pk, "calendar": cleaning.pk}
    assert client.post(f"{PAGE}new/", given).status_code == 422
    assert not DepartmentCalendar.objects.exists()


def test_a_calendar_of_a_department_may_become_the_center_s_and_back(cast, cleaning, client):
    client.force_login(cast.sysadmin)
    give(cast.water, cleaning)
    first = Calendar.objects.get(active=True)
    on = {"name": cleaning.name, "minutes_per_day": 480, "active": "on"}
    assert client.post(f"/settings/calendars/{cleaning.pk}/", on).status_code == 302
    assert calendars().center == calendars().of(cast.water.pk)
    on = {"name": first.name, "minutes_per_day": 480, "active": "on", "observes_holidays": "on"}
    assert client.post(f"/settings/calendars/{first.pk}/", on).status_code == 302
    assert names(cast.water, cast.gas) == [cleaning.name, first.name]
