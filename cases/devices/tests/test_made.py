"""The moment of an act and the moment of its arrival: both kept, and one of them counts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime

from cases.devices.made import Made, counted, moment, read
from cases.machine import actions
from cases.models import Attachment, CaseEvent, ProcessSwitch
from cases.record.chain import broken_cases
from cases.states import State
from cases.tests.cast import AFTER, MORNING, SOUTH, WEST, act, bring, photo, report
from citymgmt.lib.errors import BadInput

ARRIVED = datetime(2026, 3, 2, 4, 8, tzinfo=UTC)
BEGAN = ARRIVED - timedelta(hours=3)


def before(**length):
    return ARRIVED - timedelta(**length)


# --- which moment counts --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("at", "last_act", "bound", "believed"),
    [
        (before(minutes=130), None, 240, True),
        (before(minutes=130), None, 130, True),
        (before(minutes=131), None, 130, False),  # further back than the bound
        (BEGAN, None, 240, True),
        (BEGAN - timedelta(seconds=1), None, 240, False),  # before the step began
        (ARRIVED, None, 240, True),
        (ARRIVED + timedelta(seconds=1), None, 240, False),  # in the future
        (before(minutes=10), before(minutes=10), 240, True),
        (before(minutes=10), before(minutes=9), 240, False),  # they did something else after it
        (before(minutes=10), before(hours=9), 240, True),
    ],
)
def test_the_moment_of_a_device_counts_where_it_can_be_believed(at, last_act, bound, believed):
    told = counted(Made(at), arrived=ARRIVED, began=BEGAN, last_act=last_act, bound_minutes=bound)
    assert told == (at if believed else ARRIVED)


def test_without_a_word_of_the_device_the_arrival_counts():
    told = counted(None, arrived=ARRIVED, began=BEGAN, last_act=None, bound_minutes=240)
    assert told == ARRIVED


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("2026-03-02T04:08:00Z", ARRIVED),
        ("2026-03-02T12:08:00+08:00", ARRIVED),
        ("2026-03-02T12:08:00", ARRIVED),  # local time
        ("2026-03-02T04:08:00.987Z", ARRIVED),
        (str(int(ARRIVED.timestamp() * 1000)), ARRIVED),
        (ARRIVED, ARRIVED),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_read(given, at):
    assert moment("made_at", given) == at


@pytest.mark.parametrize("given", ["yesterday", "2026-02-31T00:00:00Z", "9" * 30, "２"])
def test_what_is_no_moment_is_refused(given):
    with pytest.raises(BadInput) as refusal:
        moment("made_at", given)
    assert list(refusal.value.fields) == ["made_at"]


@pytest.mark.parametrize(
    ("lon", "lat", "place"),
    [
        ("103.70000001", "36.1", (103.7, 36.1)),
        (None, None, (None, None)),
        ("103.7", "", (None, None)),
    ],
)
def test_a_position_is_read_beside_it(lon, lat, place):
    made = read("2026-03-02T04:08:00Z", lon, lat)
    assert (made.lon, made.lat) == place


def test_a_position_that_is_none_is_refused():
    with pytest.raises(BadInput):
        read("2026-03-02T04:08:00Z", "36.1", "103.7")


# --- cases ----------------------------------------------------------------------------------
@pytest.fixture
def checking(cast):
    return bring(cast, State.CHECKING)


def switch(**values):
    for key, value in values.items():
        ProcessSwitch.objects.create(key=key, value=value)


def answer(cast, case, *, made, at):
    return act_made(cast, case, "check", "collector", made, at, check_result="pass")


def act_made(cast, case, action, by, made, at, photos=None, **given):
    event = actions.perform(
        case, action, by=getattr(cast, by), given=given, photos=photos or [photo()], at=at,
        made=Made(made),
    )  # fmt: skip
    case.refresh_from_db()
    return event


@pytest.mark.parametrize(
    ("switches", "late"),
    [
        ({}, False),
        ({"count_by_device": True, "device_minutes": 240}, False),
        ({"count_by_device": False}, True),
        ({"device_minutes": 60}, True),
    ],
)
def test_an_answer_given_in_time_and_sent_later_is_late_as_the_setting_says(
    cast, checking, switches, late
):
    switch(**switches)
    due = checking.due_at
    given, comes = due - timedelta(minutes=10), due + timedelta(hours=2)
    event = answer(cast, checking, made=given, at=comes)
    assert (event.at, event.made_at, event.overdue) == (comes, given, late)
    end = comes if late else given
    assert event.used_seconds == (end - event.received_at).total_seconds()
    assert checking.state == State.TO_CLOSE
    assert list(broken_cases()) == []


def test_what_the_timer_marked_meanwhile_is_taken_back(cast):
    """A disposal in time keeps its light through a further round, though it arrived late."""
    case = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    given, comes = case.due_at - timedelta(minutes=5), case.due_at + timedelta(hours=2)
    actions.strike(at=case.due_at + timedelta(minutes=1))
    case.refresh_from_db()
    assert case.disposal_overdue
    assert case.overdue_at
    event = act_made(cast, case, "dispose", "handler", given, comes, AFTER, opinion="已修复")
    assert not event.overdue
    assert (case.disposal_overdue, case.overdue_at) == (False, None)
    act(cast, case, "send_back", "liaison", at=comes, opinion="照片不清")
    assert case.overdue_at is None


def test_an_act_at_a_desk_counts_when_it_arrives(cast):
    """Nobody takes a case on in the past: only what is done on site may come later."""
    case = report(cast)
    made, comes = MORNING + timedelta(minutes=5), MORNING + timedelta(hours=2)
    event = act_made(cast, case, "accept", "acceptor", made, comes, photos=[])
    assert event.overdue
    assert event.made_at == made


def test_a_report_keeps_both_moments_and_its_clock_starts_when_it_arrives(cast):
    case = report(cast, made=Made(MORNING - timedelta(hours=2), WEST, SOUTH))
    event = case.events.get()
    assert (event.at, event.made_at) == (MORNING, MORNING - timedelta(hours=2))
    assert (event.made_lon, event.made_lat) == (WEST, SOUTH)
    assert case.due_at == MORNING + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("taken", "kept"),
    [
        ("2026-02-20T01:00:00Z", datetime(2026, 2, 20, 1, tzinfo=UTC)),  # from the gallery
        ("2026-03-02T05:00:00Z", None),  # a clock that is wrong
        (None, None),
    ],
)
def test_a_photo_says_when_it_was_taken(cast, taken, kept):
    report(cast, photos=[(*photo(), taken)])
    assert Attachment.objects.get().made_at == kept


# --- the interface and the pages ------------------------------------------------------------
def test_the_interface_takes_moment_and_position_of_an_act(cast, checking, monkeypatch):
    due = checking.due_at
    given, comes = due - timedelta(minutes=10), due + timedelta(hours=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: comes)
    client = Client()
    client.force_login(cast.collector)
    kind, raw = photo()
    sent = {
        "check_result": "pass", "photos": _file(raw), "photo_types": kind,
        "photos_made_at": given.isoformat(), "made_at": given.isoformat(),
        "made_lon": WEST, "made_lat": SOUTH,
    }  # fmt: skip
    reply = client.post(f"/api/v1/cases/{checking.number}/actions/check/", sent)
    assert reply.status_code == 200, reply.content
    event = reply.json()["events"][-1]
    assert parse_datetime(event["made_at"]) == given
    assert (event["made_lon"], event["made_lat"], event["overdue"]) == (WEST, SOUTH, False)
    row = CaseEvent.objects.get(case=checking, action="check")
    assert row.attachments.get().made_at == given


def _file(raw):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("p.jpg", raw, "image/jpeg")


def test_the_pages_show_both_moments_side_by_side(cast, checking):
    given, comes = MORNING + timedelta(minutes=18), MORNING + timedelta(minutes=148)
    actions.perform(
        checking, "check", by=cast.collector, given={"check_result": "pass"}, at=comes,
        photos=[(*photo(), given)], made=Made(given),
    )  # fmt: skip
    client = Client()
    client.force_login(cast.shift_leader)
    page = client.get(f"/cases/{checking.number}/").content.decode()
    assert "03-02 09:18（手机）完成 · 03-02 11:28 到达" in page
    assert "03-02 09:18 拍摄（手机）" in page


def test_an_act_that_arrives_at_once_is_shown_once(cast, checking):
    at = MORNING + timedelta(minutes=18)
    answer(cast, checking, made=at - timedelta(seconds=30), at=at)
    client = Client()
    client.force_login(cast.shift_leader)
    assert "step-made" not in client.get(f"/cases/{checking.number}/").content.decode()


def test_the_switches_are_on_the_settings_page(cast):
    client = Client()
    cast.sysadmin.is_superuser = True
    cast.sysadmin.save()
    client.force_login(cast.sysadmin)
    page = client.get("/settings/process/").content.decode()
    assert 'name="count_by_device"' in page
    assert 'name="device_minutes"' in page
