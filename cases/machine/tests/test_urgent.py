"""Urgent cases: somebody on site first, then dealt with, both by the clock, day and night."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from cases.machine.actions import strike
from cases.models import ProcessSwitch, UrgentLimit
from cases.states import Action, State
from cases.tests.cast import act, bring, photo, report
from cases.time.urgent import BY_THE_CLOCK, by_the_clock
from cases.time.worktime import Limit, Unit
from citymgmt.lib.errors import BadInput, NotNow

pytestmark = pytest.mark.django_db
SATURDAY = datetime(2026, 3, 7, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("unit", Unit)
def test_an_urgent_limit_runs_by_the_clock(unit):
    found = by_the_clock(Limit(Decimal(3), unit))
    assert found.value == 3
    assert not found.unit.is_working
    assert found.unit == BY_THE_CLOCK.get(unit, unit)


def urgent(cast, at=SATURDAY, **more):
    """An urgent case with the department, dispatched a few minutes after it was reported."""
    case = report(cast, urgent=True, at=at)
    return bring(cast, State.TO_DISPOSE, case=case, **more)


def on_site(cast, case, at, **changes):
    here = f"{case.point.x + 0.001},{case.point.y}"
    given = {"position": here, "photos": [photo("wide")]} | changes
    return act(cast, case, "arrive", "liaison", at=at, **given)


def test_a_danger_of_saturday_is_not_due_on_monday(cast):
    """The worn cover has three working days."""
    case = urgent(cast)
    assert case.limit_unit == Unit.URGENT_DAYS
    assert case.due_at - case.dispatched_at == timedelta(days=float(case.limit_value))


def test_an_ordinary_case_keeps_its_working_time(cast):
    case = bring(cast, State.TO_DISPOSE, case=report(cast, at=SATURDAY))
    assert case.limit_unit == Unit.WORKING_DAYS
    assert case.arrive_by is None


def test_a_condition_has_limits_of_its_own(cast):
    UrgentLimit.objects.create(
        condition=cast.cover_worn, arrival_minutes=20, limit_value=2, limit_unit="urgent_hours"
    )
    case = urgent(cast)
    assert case.arrive_by - case.dispatched_at == timedelta(minutes=20)
    assert case.due_at - case.dispatched_at == 2 * HOUR


def test_somebody_is_on_site_with_position_and_photo(cast):
    case = urgent(cast)
    at = case.dispatched_at + timedelta(minutes=30)
    with pytest.raises(BadInput):
        on_site(cast, case, at, position="")
    with pytest.raises(BadInput):
        on_site(cast, case, at, photos=[])
    with pytest.raises(BadInput):
        on_site(cast, case, at, position="somewhere")
    case = on_site(cast, case, at)
    event = case.events.get(action=Action.ARRIVE)
    assert case.arrived_at == at
    assert case.state == State.TO_DISPOSE
    assert 80 < event.data["away_m"] < 100
    assert event.attachments.count() == 1
    with pytest.raises(NotNow):
        on_site(cast, case, at + HOUR)


def test_nobody_in_time_is_marked_once_and_told(cast):
    case = urgent(cast)
    strike(at=case.arrive_by)
    assert not case.events.filter(action=Action.ARRIVAL_LATE).exists()
    for minutes in (1, 2, 30):
        strike(at=case.arrive_by + timedelta(minutes=minutes))
    assert case.events.filter(action=Action.ARRIVAL_LATE).count() == 1
    case.refresh_from_db()
    assert case.arrival_late_at == case.arrive_by
    assert case.state == State.TO_DISPOSE
    case = on_site(cast, case, case.arrive_by + HOUR)
    assert case.arrived_at
    assert case.arrival_late_at


def test_who_was_there_in_time_is_not_looked_for_again(cast):
    case = urgent(cast)
    on_site(cast, case, case.dispatched_at + timedelta(minutes=5))
    strike(at=case.arrive_by + timedelta(minutes=5))
    assert not case.events.filter(action=Action.ARRIVAL_LATE).exists()


def test_the_next_department_has_its_own_arrival(cast):
    case = urgent(cast)
    later = case.dispatched_at + timedelta(minutes=50)
    other = {"department": cast.street_office.code, "opinion": "改派"}
    moved = act(cast, case, "redispatch", "dispatcher", at=later, **other)
    assert moved.arrive_by == later + timedelta(minutes=60)
    assert moved.arrived_at is None


@pytest.mark.parametrize(("minutes", "asked"), [(0, False), (15, True)])
def test_how_long_is_a_setting(cast, minutes, asked):
    ProcessSwitch.objects.create(key="urgent_arrival_minutes", value=minutes)
    case = urgent(cast)
    assert bool(case.arrive_by) is asked


def test_the_case_shows_by_when_somebody_must_be_there(cast):
    case = urgent(cast)
    client = Client()
    client.force_login(cast.liaison)
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert "等待到场" in page
    form = client.get(f"/cases/{case.number}/do/arrive/").content.decode()
    assert "data-here-value" in form
