import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.counting.facts import Fact
from evaluation.counting.indicators import (
    EVERY,
    INDICATORS,
    RATES,
    Period,
    change,
    count,
    count_by,
    count_many,
    members,
    percent,
    rates,
    rounded,
    shares,
)
from evaluation.counting.settings import CHOICES, DENOMINATORS, Settings, SettingsError
from evaluation.counting.tests.logs import END, SET_UP, WORK, at, fact

DAY = Period(at(0), at(1440))
PLAIN = Settings()
OWN = Settings(membership="own")


def a(**given):
    """A fact written down directly: reported at the start of the day unless told otherwise."""
    plain = {
        "case_id": 1,
        "number": "1",
        "kind": "event",
        "source": "collector",
        "source_group": "collector",
        "reported_at": at(0),
    }
    return Fact(**{**plain, **given})


def working(**given):
    """Dispatched and in disposal, due at minute 600."""
    plain = {
        "state": "disposing",
        "should_dispose": True,
        "filed_at": at(5),
        "dispatched_at": at(10),
        "due_at": at(600),
    }
    return a(**{**plain, **given})


def done(**given):
    return working(**{"state": "closed", "disposed_at": at(60), "closed_at": at(90), **given})


def seen(facts, settings=PLAIN, period=DAY, cutoff=None):
    found = count(facts, period, settings, cutoff or period.end)
    return {name: number for name, number in found.items() if number}


def test_a_smooth_case_counts_once_everywhere():
    found = seen([fact(*SET_UP, *WORK, *END)])
    once = (
        "reported patrol_reported valid_reported accepted accepted_on_time accepted_accurate"
        " filed filed_on_time filed_accurate should_dispatch dispatched dispatched_on_time"
        " dispatched_accurate should_dispose disposed disposed_on_time should_close"
        " should_close_net closed closed_on_time close_step close_step_on_time should_send_check"
        " check_sent_on_time should_check checked checked_on_time"
    )
    assert {name: found.get(name) for name in INDICATORS if name in found} == dict.fromkeys(
        once.split(), 1
    )
    assert set(found) - set(INDICATORS) < set(EVERY)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"source_group": "public", "should_send_verify": True}, "public_reported"),
        ({"state": "void", "void_origin": "reject", "voided_at": at(3)}, "rejected"),
        ({"state": "void", "void_origin": "decline", "voided_at": at(3)}, "declined"),
        ({"state": "void", "void_origin": "void", "voided_at": at(3)}, "voided"),
        ({"state": "void", "void_origin": "merge", "voided_at": at(3)}, "merged"),
        ({"verify_sent_at": at(3)}, "should_verify"),
        ({"verify_sent_at": at(3), "verify_sent_on_time": True}, "verify_sent_on_time"),
        ({"verified_at": at(3)}, "verified"),
        ({"verified_at": at(3), "verified_on_time": True}, "verified_on_time"),
        ({"missed": True}, "missed"),
        ({"rework_times": 2, "rework_at": at(3)}, "rework rework_times rework_times"),
        ({"returned_times": 2, "returned_at": at(3)}, "returned"),
        ({"shirked_times": 2, "shirked_at": at(3)}, "shirked"),
        ({"forced": True, "closed_at": at(3)}, "forced"),
        ({"state": "suspended", "suspended_at": at(3)}, "suspended"),
        ({"state": "suspended", "suspended_at": at(-3)}, "suspended_old"),
        ({"state": "verifying", "verify_sent_at": at(3), "stage_due_at": at(9)},
         "overdue_unverified should_verify"),
        ({"state": "to_dispatch", "filed_at": at(3), "stage_due_at": at(9)},
         "overdue_undispatched"),
    ],
)  # fmt: skip
def test_each_fact_reaches_its_count(given, names):
    found = seen([a(**given)], OWN)
    for name in names.split():
        assert found[name] == names.split().count(name)
    assert seen([a(**given)], period=Period(at(1440), at(2880))).get("reported") is None


def test_should_close_is_disposed_plus_overdue_undisposed():
    facts = [done(), working(), working(due_at=at(2000)), working(state="to_dispose")]
    found = seen(facts)
    assert (found["disposed"], found["overdue_undisposed"], found["should_close"]) == (1, 2, 3)
    assert found["open_dispose"] == 3


def test_done_exactly_at_the_deadline_is_not_overdue():
    assert "overdue_undisposed" not in seen([working()], cutoff=at(600))
    assert seen([working()], cutoff=at(601))["overdue_undisposed"] == 1


def test_a_carried_overdue_case_stays_due_to_close_every_period():
    tomorrow = Period(at(1440), at(2880))
    found = seen([working()], period=tomorrow)
    assert found == {"open_dispose": 1, "overdue_undisposed": 1,
                     "should_close": 1, "should_close_net": 1}  # fmt: skip


def test_membership_by_due_time_alone():
    by_due = Settings(membership="own", should_close_by="due")
    early = done(due_at=at(2000))
    assert "should_close" not in seen([early], by_due)
    assert seen([early], by_due, Period(at(1440), at(2880)))["should_close"] == 1
    assert "should_close" not in seen([working()], by_due, Period(at(1440), at(2880)))
    assert seen([working()], by_due)["should_close"] == 1


@pytest.mark.parametrize(
    ("membership", "day"), [("created", 0), ("filed", 1), ("due", 3), ("closed", 4)]
)
def test_one_moment_of_the_case_decides_for_every_count(membership, day):
    moments = {
        "reported_at": at(10),
        "filed_at": at(1450),
        "dispatched_at": at(1460),
        "disposed_at": at(2900),
        "due_at": at(4330),
        "closed_at": at(5770),
    }
    settings = Settings(membership=membership)
    for number in range(6):
        period = Period(at(1440 * number), at(1440 * (number + 1)))
        found = seen([done(**moments)], settings, period, cutoff=at(10000))
        wanted = {"reported", "filed", "disposed", "should_close", "closed"}
        assert wanted & set(found) == (wanted if number == day else set())


def test_what_happens_after_the_cutoff_is_not_counted():
    assert "closed" not in seen([done()], cutoff=at(80))
    assert "closed" not in seen([done()], Settings(membership="created"), cutoff=at(80))


def test_suspended_cases_are_in_or_out():
    waiting = working(state="suspended", suspended_at=at(20))
    out = seen([waiting])
    assert not {"should_dispose", "open_dispose", "should_close"} & set(out)
    found = seen([waiting], Settings(suspended="in"))
    assert (found["should_dispose"], found["should_close"]) == (1, 1)
    assert "should_close_net" not in found


def test_a_suspension_is_stockpiled_after_sixty_days():
    hard = working(state="suspended", suspended_at=at(20), hard_suspended_at=at(20))
    sixty = at(20) + timedelta(days=60)
    period = Period(at(20) + timedelta(days=30), at(20) + timedelta(days=61))
    assert "stockpiled" not in seen([hard], period=period, cutoff=sixty - timedelta(seconds=1))
    assert seen([hard], period=period, cutoff=sixty)["stockpiled"] == 1


def test_self_disposed_cases_stand_apart():
    own = a(self_disposed=True, state="closed", closed_at=at(9), accepted_at=at(3))
    assert seen([own]) == {"self_disposed": 1, "self_disposed_closed": 1}
    inside = seen([own], Settings(self_disposed="in"))
    assert (inside["accepted"], inside["accepted_on_time"], inside["accepted_accurate"]) == (
        1,
        1,
        1,
    )
    assert "reported" not in inside


def test_an_exempt_case_is_on_time_or_left_out():
    late = done(overdue=True, overdue_multiple=Decimal("0.5"))
    found = seen([late])
    assert (found["disposed_overdue"], found["closed_overdue"]) == (1, 1)
    assert found["overdue_multiple"] == Decimal("0.5")
    excused = seen([replace(late, exempt=True)])
    assert (excused["disposed_on_time"], excused["closed_on_time"]) == (1, 1)
    assert "overdue_multiple" not in excused
    dropped = seen([replace(late, exempt=True)], Settings(exempt="drop"))
    names = {"should_dispose", "disposed", "should_close", "closed", "closed_on_time"}
    assert not names & set(dropped)


def test_accurate_dispatch_has_two_readings():
    moved = working(first_department_id=7, last_department_id=8)
    redone = working(first_department_id=7, last_department_id=7, rework_times=1)
    first, second = Settings(), Settings(dispatched_accurate="B")
    assert [len(members("dispatched_accurate", [moved, redone], DAY, choice, DAY.end))
            for choice in (first, second)] == [1, 1]  # fmt: skip
    assert "dispatched_accurate" not in seen([moved], first)
    assert "dispatched_accurate" not in seen([redone], second)


def test_missed_reports_confirmed_or_taken_from_the_public():
    public = a(source_group="public", verified_exists=True, verified_at=at(9))
    assert "missed" not in seen([public])
    assert seen([public], Settings(missed="public_verified"))["missed"] == 1
    own = replace(public, source_group="collector")
    assert "missed" not in seen([own], Settings(missed="public_verified"))


def test_satisfaction_counts_voices_of_the_phone_and_of_the_public_page():
    facts = [done(called=(100, 80)), done(called=(50,), rated=(0,)), done(rated=(-100,)), done()]
    found = count(facts, DAY, PLAIN, DAY.end)
    assert (found["satisfaction_answers"], found["satisfaction_points"]) == (5, 130)
    assert (found["satisfaction_called"], found["satisfaction_rated"]) == (3, 2)
    assert rates(found, PLAIN)["satisfied_rate"] == 40


def test_of_the_closed_cases_one_is_satisfied_by_the_average_of_its_voices():
    facts = [done(called=(100, 80)), done(called=(100,), rated=(0,)), done(rated=(100,)), done()]
    of_closed = Settings(denominators={"satisfied_rate": "closed"})
    assert rates(count(facts, DAY, of_closed, DAY.end), of_closed)["satisfied_rate"] == 50


def test_a_merged_case_was_never_filed():
    assert "filed" not in seen([a(filed_at=at(3), state="void", void_origin="merge")])


def test_posts_answer_for_what_their_holders_did():
    case = fact("report", "send_verify", "verify", *SET_UP[1:], *WORK, *END, reporter_id=1)
    one = count_by("collector", [case], DAY, PLAIN, DAY.end)
    assert (one[1]["reported"], one[1]["verified"], one[1]["checked"]) == (1, 0, 0)
    assert (one[102]["verified"], one[111]["checked"]) == (1, 1)
    assert "accepted" not in one[1]
    assert count_by("shift_leader", [case], DAY, PLAIN, DAY.end)[104]["filed"] == 1


def test_a_returned_case_is_the_returning_departments():
    case = working(last_department_id=8, returned_department_id=7, returned_times=1,
                   returned_at=at(20))  # fmt: skip
    found = count_by("department", [case], DAY, PLAIN, DAY.end)
    assert (found[7]["returned"], found[8]["returned"]) == (1, 0)
    assert (found[7]["should_dispose"], found[8]["should_dispose"]) == (0, 1)


def test_areas_sum_to_the_whole():
    facts = [done(case_id=n, street_id=n % 3, major=str(n % 2)) for n in range(10)]
    streets = count_by("street", facts, DAY, PLAIN, DAY.end)
    whole = count(facts, DAY, PLAIN, DAY.end)
    assert {n: counts["closed"] for n, counts in streets.items()} == {0: 4, 1: 3, 2: 3}
    assert all(sum(c[name] for c in streets.values()) == whole[name] for name in EVERY)
    found = shares("major", facts, DAY, PLAIN, DAY.end)
    assert [(share.key, share.filed, share.percent) for share in found] == [
        ("0", 5, 50),
        ("1", 5, 50),
    ]


def test_several_levels_at_once_have_figures_of_their_own():
    facts = [done(case_id=n, street_id=n % 2, major=str(n % 3)) for n in range(6)]
    tomorrows = done(case_id=9, street_id=1, reported_at=at(1500), filed_at=at(1501),
                     dispatched_at=at(1502), disposed_at=at(1503), closed_at=at(1504),
                     due_at=at(2000))  # fmt: skip
    groupings = {"street": ("closed",), ("street", "major"): ("closed", "filed")}
    found = count_many(groupings, [*facts, tomorrows], DAY, PLAIN, DAY.end)
    assert found["street"] == {0: {"closed": 3}, 1: {"closed": 3}}
    assert found["street", "major"] == {
        (street, major): {"filed": 1, "closed": 1} for street in (0, 1) for major in "012"
    }


def test_no_facts_are_zeros():
    assert count([], DAY, PLAIN, DAY.end) == dict.fromkeys(EVERY, 0)
    assert count([], DAY, OWN, DAY.end) == dict.fromkeys(INDICATORS, 0)
    assert shares("source", [], DAY, PLAIN, DAY.end) == []


def test_the_cases_behind_a_figure():
    facts = [done(case_id=3, street_id=1), working(case_id=4, street_id=1), done(case_id=5)]
    assert members("closed", facts, DAY, PLAIN, DAY.end) == [3, 5]
    assert members("should_close", facts, DAY, PLAIN, DAY.end) == [3, 4, 5]
    assert members("closed", facts, DAY, PLAIN, DAY.end, by="street", of=[1]) == [3]
    with pytest.raises(KeyError, match="'closed' is not a count of acceptor"):
        members("closed", facts, DAY, PLAIN, DAY.end, by="acceptor", of=[1])


MINUTES = st.none() | st.integers(0, 4000).map(at)
FACTS = st.lists(
    st.builds(
        working,
        case_id=st.integers(1, 50),
        state=st.sampled_from(["disposing", "closed", "suspended", "void", "to_check"]),
        disposed_at=MINUTES,
        closed_at=MINUTES,
        due_at=MINUTES,
        overdue=st.booleans(),
        exempt=st.booleans(),
        self_disposed=st.booleans(),
    ),
    max_size=6,
)
SETTINGS = st.builds(Settings, **{name: st.sampled_from(c) for name, c in CHOICES.items()})


@given(FACTS, SETTINGS)
def test_a_figure_and_its_cases_agree(facts, settings):
    found = count(facts, DAY, settings, DAY.end)
    for name in ("closed", "should_dispose", "should_close", "accepted", "suspended", "missed"):
        assert found[name] == len(members(name, facts, DAY, settings, DAY.end))
    assert found["closed_on_time"] + found["closed_overdue"] == found["closed"]
    assert found["disposed_on_time"] + found["disposed_overdue"] == found["disposed"]


ZEROS = dict.fromkeys(INDICATORS, 0)


@pytest.mark.parametrize(
    ("choice", "empty", "over"), [("none", None, None), ("zero", 0, 0), ("zero_one", 0, 100)]
)
def test_a_rate_over_nothing(choice, empty, over):
    settings = Settings(zero_denominator=choice)
    found = rates({**ZEROS, "closed": 2}, settings)
    assert (found["rework_rate"], found["close_rate"]) == (empty, over)


@pytest.mark.parametrize(
    ("rate", "denominator"), [(r, d) for r, choices in DENOMINATORS.items() for d in choices]
)
def test_every_choice_of_denominator(rate, denominator):
    numbers = dict.fromkeys(INDICATORS, 7)
    for name in denominator.split("+"):
        numbers[name] = 12
    numbers[RATES[rate].numerator] = 3
    if "+" in denominator:
        numbers["filed"] = 9
    found = rates(numbers, Settings(denominators={rate: denominator}))
    assert found[rate] == 25


def test_every_rate_is_made_of_counts():
    assert set(rates(ZEROS, PLAIN)) == set(RATES)
    assert rates({"closed": 1, "should_close": 3}, PLAIN) == {
        "close_rate": Decimal(100) / Decimal(3)
    }


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        ("93.7250", 2, "93.73%"),
        ("0.005", 2, "0.01%"),
        ("97.85", 1, "97.9%"),
        ("93.5", 0, "94%"),
        ("100", 2, "100.00%"),
    ],
)
def test_display_rounds_half_up(value, decimals, shown):
    assert percent(Decimal(value), decimals) == shown


def test_no_value_is_a_dash():
    assert percent(None) == "–"
    assert rounded(None, 2) is None
    assert change(None, Decimal(1)) is None
    assert change(Decimal("93.5"), Decimal("94")) == Decimal("-0.5")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"membership": "late"}, "membership: 'late' is not one of due_or_done, own"),
        ({"decimals": 3}, "decimals: 3 is not one of"),
        ({"decimals": True}, "decimals: True"),
        ({"denominators": {"file_rate": "filed"}}, "'file_rate' leaves no choice"),
        ({"denominators": {"extend_rate": "filed"}}, "extend_rate: 'filed' is not one of"),
        ({"denominators": 3}, "expected an object"),
        ({"speed": 1}, "unknown: speed"),
        (["own"], "expected an object, not list"),
    ],
)
def test_settings_that_do_not_exist_are_refused(given, message):
    with pytest.raises(SettingsError, match=message):
        Settings.from_json(given)


def test_settings_survive_their_stored_shape():
    own = Settings(exempt="drop", decimals=0, denominators={"close_rate": "dispatched"})
    assert Settings.from_json(own.to_json()) == own


def test_six_thousand_cases_of_seventy_departments_take_a_moment():
    base = fact(*SET_UP, *WORK, *END)
    facts = [replace(base, case_id=n, last_department_id=n % 70) for n in range(6000)]
    started = time.process_time()
    found = count_by("department", facts, DAY, PLAIN, DAY.end)
    spent = time.process_time() - started
    assert len(found) == 70
    assert sum(counts["closed"] for counts in found.values()) == 6000
    assert spent < 2  # 60,000 are to take under 5 s; room for a busy machine
