"""The settings: every section and switch, who may, what is refused, what is on record."""

from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest

from cases.configuration import registry
from cases.configuration.switches import SWITCHES, SwitchForm
from cases.machine.actions import context
from cases.machine.calendars import calendars
from cases.machine.process import Process, process
from cases.models import Calendar, CalendarDay, CalendarSchedule, ProcessSwitch, StageLimit
from cases.states import Action, State
from cases.tests.cast import MORNING, bring
from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import AuditEvent

PAGES = ["", "process/", "deadlines/"]


@pytest.fixture
def admin(cast, client):
    client.force_login(cast.sysadmin)
    return client


def changes():
    return list(AuditEvent.objects.filter(verb="change_setting").order_by("id"))


# --- who ------------------------------------------------------------------------------------
def every_page():
    return [*PAGES, *(f"{s.code}/" for s in registry.every()),
            *(f"{s.code}/new/" for s in registry.every())]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_administrator_opens_every_page(admin, language):
    for page in every_page():
        answer = admin.get(f"/settings/{page}", headers={"accept-language": language})
        assert answer.status_code == 200, page


@pytest.mark.parametrize("name", ["acceptor", "shift_leader", "leader", "evaluator", "liaison"])
def test_nobody_else_does(cast, client, name):
    client.force_login(getattr(cast, name))
    for page in every_page():
        assert client.get(f"/settings/{page}").status_code == 403, page
    assert client.post("/settings/process/", {}).status_code == 403
    assert client.post("/settings/deadlines/", {}).status_code == 403
    pk = StageLimit.objects.first().pk
    assert client.post(f"/settings/stage-limits/{pk}/delete/").status_code == 403


def test_unknown_sections_and_rows_are_not_found(admin):
    assert admin.get("/settings/nothing/").status_code == 404
    assert admin.get("/settings/days/99999/").status_code == 404


# --- switches -------------------------------------------------------------------------------
def given(**changed):
    now = process()
    values = {f.name: getattr(now, f.name) for f in fields(Process)} | changed
    return {k: "on" if v is True else str(v) for k, v in values.items() if v is not False}


def test_every_switch_has_a_sentence():
    assert set(SWITCHES) == {field.name for field in fields(Process)}
    assert all(str(s.label) and str(s.note).endswith((".", "。")) for s in SWITCHES.values())


def test_a_switch_is_stored_in_its_type_and_on_record(admin):
    answer = admin.post(
        "/settings/process/",
        given(dept_review=False, max_extensions=3, warn_share="0.75", accepts="city"),
    )
    assert answer.status_code == 302
    now = process()
    assert (now.dept_review, now.max_extensions, now.accepts) == (False, 3, "city")
    assert now.warn_share == Decimal("0.75")
    (change,) = changes()
    assert change.data["max_extensions"] == ["2", "3"]
    assert audit_broken() == []


def test_nothing_changed_is_nothing_on_record(admin):
    admin.post("/settings/process/", given())
    assert changes() == []
    assert not ProcessSwitch.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"warn_share": "1"}, {"warn_share": "0"}, {"warn_share": "x"}, {"escalate_share": "1"},
        {"max_extensions": "-1"}, {"max_extensions": "2.5"}, {"accepts": "province"},
        {"stockpile_days": ""}, {"arbitrate_after": "0"},
    ],
)  # fmt: skip
def test_switches_out_of_reason_are_refused(admin, wrong):
    assert admin.post("/settings/process/", given(**wrong)).status_code == 422
    assert changes() == []


def test_the_form_shows_what_is_in_force():
    form = SwitchForm(now=Process(max_extensions=7))
    assert form["max_extensions"].value() == 7


# --- calendars ------------------------------------------------------------------------------
def hours(calendar, **rest):
    return {"calendar": calendar.pk, "weekdays": [0, 1, 2, 3, 4], "slots": "09:00-17:00", **rest}


def test_summer_hours_lie_over_the_ordinary_ones(admin):
    calendar = Calendar.objects.get(active=True)
    summer = hours(calendar, valid_from="2026-06-01", valid_to="2026-09-30",
                   slots="08:00-12:00，15:00-19:00")  # fmt: skip
    assert admin.post("/settings/schedules/new/", summer).status_code == 302
    july = calendars().center.day(date(2026, 7, 1)).slots
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in july] == ["08:00-12:00", "15:00-19:00"]
    assert len(calendars().center.day(date(2026, 10, 12)).slots) == 2
    assert "valid_from" in changes()[0].data


@pytest.mark.parametrize(
    "wrong",
    [
        {"slots": "8-12"}, {"slots": ""}, {"slots": "12:00-08:00"}, {"slots": "25:00-26:00"},
        {"slots": "08:00-12:00, 11:00-14:00"}, {"weekdays": []}, {"weekdays": [7]},
        {"valid_from": "2026-09-01", "valid_to": "2026-06-01"},
        {},  # the ordinary schedule holds these weekdays from the same (no) date on
    ],
)  # fmt: skip
def test_schedules_that_make_no_sense_are_refused(admin, wrong):
    calendar = Calendar.objects.get(active=True)
    assert admin.post("/settings/schedules/new/", hours(calendar, **wrong)).status_code == 422
    assert CalendarSchedule.objects.count() == 1
    assert changes() == []


def test_a_special_day_counts_at_once_and_only_once(admin):
    calendar = Calendar.objects.get(active=True)
    day = {"calendar": calendar.pk, "date": "2027-01-01", "name": "元旦"}
    assert admin.post("/settings/days/new/", day).status_code == 302
    assert calendars().center.day(date(2027, 1, 1)).name == "元旦"
    assert not calendars().center.assumes(date(2027, 1, 1))
    assert calendars().center.assumes(date(2027, 1, 4))
    assert admin.post("/settings/days/new/", day).status_code == 422
    row = CalendarDay.objects.get()
    assert admin.post(f"/settings/days/{row.pk}/delete/").status_code == 302
    assert calendars().center.assumes(date(2027, 1, 1))
    assert len(changes()) == 2


def test_one_calendar_is_in_force(admin):
    first = Calendar.objects.get(active=True)
    new = {"name": "夏时制", "minutes_per_day": 360, "active": "on"}
    assert admin.post("/settings/calendars/new/", new).status_code == 302
    assert Calendar.objects.get(active=True).name == "夏时制"
    assert context(MORNING).calendars.center.minutes_per_day == 360
    other = Calendar.objects.get(active=True)
    off = {"name": other.name, "minutes_per_day": 360}
    assert admin.post(f"/settings/calendars/{other.pk}/", off).status_code == 422
    assert admin.post(f"/settings/calendars/{first.pk}/", {"name": "x", "minutes_per_day": 0}
                      ).status_code == 422  # fmt: skip
    admin.post(f"/settings/calendars/{other.pk}/delete/")
    assert Calendar.objects.filter(active=True).count() == 1


# --- limits and others ----------------------------------------------------------------------
def test_a_stage_limit_is_changed_for_clocks_to_come(admin, cast):
    case = bring(cast, State.TO_FILE)
    due = case.due_at
    row = StageLimit.objects.get(stage="file", urgency="")
    form = {"stage": "file", "area_class": "", "urgency": "", "limit_value": "90",
            "limit_unit": "minutes"}  # fmt: skip
    assert admin.post(f"/settings/stage-limits/{row.pk}/", form).status_code == 302
    case.refresh_from_db()
    assert case.due_at == due
    assert bring(cast, State.TO_FILE).due_at - due > (due - due)
    assert changes()[0].data == {"limit_value": ["15.00", "90"]}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("stage-limits", {"stage": "dispose", "limit_value": 1, "limit_unit": "minutes"}),
        ("stage-limits", {"stage": "close", "limit_value": 0, "limit_unit": "minutes"}),
        ("stage-limits", {"stage": "close", "limit_value": 5, "limit_unit": "fortnights"}),
        ("stage-limits", {"stage": "close", "limit_value": 5, "limit_unit": "minutes"}),  # twice
        ("area-limits", {"area_class": "D", "limit_value": 1, "limit_unit": "minutes"}),
        ("duplicates", {"kind": "event", "radius_m": 2000, "days": 3}),
        ("duplicates", {"kind": "event", "radius_m": 20, "days": 400}),
        ("escalation", {"moment": "warn", "scope": "area", "channel": "in_app"}),
        ("escalation", {"moment": "report", "scope": "holder", "channel": "in_app"}),
    ],
)
def test_rows_that_make_no_sense_are_refused(admin, code, wrong):
    assert admin.post(f"/settings/{code}/new/", wrong).status_code == 422
    assert changes() == []


def test_recomputing_is_shown_then_written_and_on_record(admin, cast):
    case = bring(cast, State.TO_DISPOSE)
    calendar = Calendar.objects.get(active=True)
    CalendarDay.objects.create(calendar=calendar, date="2026-03-03", works=False, name="停工日")
    assert "停工日" in admin.get("/settings/deadlines/").content.decode()
    assert not case.events.filter(action=Action.RETIME).exists()
    assert admin.post("/settings/deadlines/").status_code == 302
    row = case.events.get(action=Action.RETIME)
    assert row.by == cast.sysadmin
    assert AuditEvent.objects.get(verb="recompute_deadlines").data == {"moved": 1}
    assert "停工日" not in admin.get("/settings/deadlines/").content.decode()
