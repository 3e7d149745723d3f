"""One meaning of each light: the lane of a list, the light of a row, of a task and of the page's
clock are the same at every moment, whether or not a timer ran."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.machine import actions
from cases.models import Case
from cases.presenting import words as presenting
from cases.record.chain import broken_cases
from cases.states import State
from cases.tests.cast import MORNING, act, bring, report
from cases.tests.rows import suspended
from cases.tests.scenes import stand, switch
from cases.time import clock
from cases.time.lights import light_of, lights
from dispatch.field.queries import task_of
from dispatch.terminal.queries import LIGHTS, lane

SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
AROUND = (-SECOND, -SECOND / 1000, timedelta(0), SECOND / 2, SECOND, 2 * SECOND)
MOMENTS = ("warn_at", "due_at", "arrive_by", "reply_due_at", "suspended_until", "next_at")


def shown(case, now) -> set:
    """The lanes in which the case stands, and the lights it shows, at this moment."""
    lanes = [light for light in LIGHTS if lane(Case.objects.filter(pk=case.pk), light, now)]
    assert len(lanes) == 1
    chip = presenting.chip(case, actions.context(now))
    return {*lanes, chip.light, task_of(case, now=now).light, light_of(case, now)}


def moments_of(case) -> list:
    found = [getattr(case, name) for name in MOMENTS]
    return [moment + by for moment in found if moment for by in AROUND]


def ordinary(cast):
    return bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)


def urgent(cast):
    """Somebody must be on site long before the light turns yellow."""
    case = bring(cast, State.TO_FILE, case=report(cast))
    act(cast, case, "file", "shift_leader", filing_condition=cast.cover_worn, urgent=True)
    bring(cast, State.TO_DISPOSE, case=case)
    assert case.arrive_by < case.warn_at
    return case


def supervised(cast):
    case = ordinary(cast)
    act(cast, case, "supervise", "leader", at=MORNING + 10 * MINUTE, opinion="快办",
        supervise_type="timeout", reply_by=MORNING + 20 * MINUTE)  # fmt: skip
    return case


def paused(cast):
    case = ordinary(cast)
    suspended(cast, case)
    return case


def on_site(cast):
    """A reply is still awaited while a collector checks."""
    return bring(cast, State.CHECKING, case=supervised(cast))


MADE = [ordinary, urgent, supervised, paused, on_site]


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("struck", [False, True])
def test_lane_and_light_are_one_to_the_second(cast, made, struck):
    case = made(cast)
    for now in sorted(moments_of(case)):
        if struck:
            actions.strike(at=now)
            case.refresh_from_db()
        assert len(shown(case, now)) == 1, now
    assert not list(broken_cases())


@pytest.mark.parametrize("made", MADE)
def test_lane_and_light_are_one_at_any_moment(cast, made):
    case = made(cast)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(-3600_000, 5 * 86_400_000))
    def at_any(milliseconds):
        assert len(shown(case, MORNING + timedelta(milliseconds=milliseconds))) == 1

    at_any()


@pytest.mark.parametrize("state", list(State))
def test_lane_and_light_are_one_in_every_state(cast, state):
    case = stand(cast, state)
    for now in [MORNING, MORNING + DAY, *moments_of(case)]:
        assert len(shown(case, now)) == 1, now


def test_nobody_on_site_is_not_due_soon(cast):
    """The alarm of the arrival has passed, and no timer ran."""
    case = urgent(cast)
    now = case.arrive_by + MINUTE
    assert case.next_at <= now
    assert shown(case, now) == {"green"}
    assert shown(case, case.warn_at) == {"yellow"}
    assert shown(case, case.due_at + SECOND) == {"red"}


def test_it_turns_yellow_without_a_timer_and_back_with_an_extension(cast):
    case = ordinary(cast)
    at = case.warn_at
    assert shown(case, at - SECOND) == {"green"}
    assert shown(case, at) == {"yellow"}
    actions.strike(at=at)
    act(cast, case, "extend", "liaison", at=at, opinion="待料")
    act(cast, case, "approve", "shift_leader", at=at)
    case.refresh_from_db()
    assert case.warn_at > at
    assert shown(case, at) == {"green"}


def test_a_clock_that_stands_has_no_moment(cast):
    case = paused(cast)
    assert (case.warn_at, case.due_at) == (None, None)
    assert shown(case, case.suspended_until) == {"grey"}


def test_the_timer_warns_when_the_light_turns(cast):
    """Also where the share was changed and the moments were not recomputed."""
    case = ordinary(cast)
    switch("warn_share", 0.9)
    assert actions.strike(at=case.warn_at - SECOND) == 0
    assert actions.strike(at=case.warn_at) == 1
    stored = case.warn_at
    case.refresh_from_db()
    assert case.warned_at == stored


def test_every_light_is_a_lane():
    assert set(lights(MORNING)) == set(clock.Light) == set(LIGHTS)
    assert (
        light_of(SimpleNamespace(state="closed", due_at=MORNING, warn_at=None), MORNING) == "grey"
    )
