"""Two processes at once on the same cases: one order of locks, and the outcomes of one order."""

import uuid
from datetime import timedelta
from itertools import combinations_with_replacement

import pytest

from cases.machine import actions
from cases.machine.moves import MOVES
from cases.machine.rules import offers
from cases.models import Case, CaseEvent, ProcessSwitch
from cases.record.chain import broken_cases
from cases.states import Action, State
from cases.tests.cast import MORNING, bring, make_city, report
from cases.tests.racers import racers, step, tick_of
from cases.tests.rows import ASKED_BEFORE, LATER, answers_on, stand_on
from cases.tests.scenes import campaign

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 30
MINUTE = timedelta(minutes=1)
# They leave the case where it is, so every other step is possible after them: each meets the
# next one only.
BESIDE = {
    Action.URGE, Action.INSTRUCT, Action.SUPERVISE, Action.SET_CAMPAIGN, Action.ASSIST_FEEDBACK,
    Action.RESOLVE, Action.REPLY,
}  # fmt: skip
ONE_PER_POST = (
    "collector", "acceptor", "shift_leader", "dispatcher", "leader", "liaison", "handler",
    "street_liaison",
)  # fmt: skip
# A row of the table for every situation in which steps meet: each state, and each open request.
WAITING = {"asks_extend", "asks_suspend", "asks_void", "asks_return", "to_forward", "asks_appeal"}


@pytest.fixture
def city():
    return make_city()


@pytest.fixture(scope="module")
def pair(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), racers(tmp_path_factory.mktemp("media")) as both:
        yield both


def situations():
    """(row, state): one for each state and each request that may be open in it."""
    found = {}
    for row in MOVES:
        for source in sorted(row.sources):
            when = row.condition if row.condition in WAITING else ""
            if row.scope != "system" and (when or row.condition not in ASKED_BEFORE):
                found.setdefault((source, when), (row, source))
    return list(found.values())


def able(city, case):
    """{action: (move, who)} of what may be done on the case now, by somebody whose step it is."""
    situation = actions.context(LATER).situation(case)
    found = {}
    for name in ONE_PER_POST:
        for move in offers(getattr(city, name), situation):
            found.setdefault(move.action, (move, name))
    return found


def meetings(possible):
    """Pairs of actions that meet: any two that take the case on, and each with itself."""
    forward = sorted(action for action in possible if action not in BESIDE)
    beside = sorted(action for action in possible if action in BESIDE)
    return [
        *combinations_with_replacement(forward, 2),
        *((one, other) for one, other in zip(beside, [*beside[1:], *forward[:1]], strict=False)),
    ]


def asked(city, case, possible, action, at):
    """The step that somebody asks for, with valid values for all it needs."""
    move, name = possible[action]
    answers = answers_on(city, case, move)
    pictures = {"photos": ["close"], "after_photos": ["after"]}
    return step(
        case.pk, str(action), getattr(city, name).username, at=at,
        pictures=[kind for need in move.needed for kind in pictures.get(need, [])],
        **{need: answers[need] for need in move.needed if need in answers},
    )  # fmt: skip


def orderly(case):
    """The log holds together and its times do not run backwards."""
    times = list(case.events.order_by("seq").values_list("at", flat=True))
    assert times == sorted(times)
    assert not list(broken_cases(Case.objects.filter(pk=case.pk)))


def judge(pair, case, deeds, results):
    """What happened is what happens when one comes after the other."""
    orderly(case)
    assert "done" in results, results
    assert not [said for said in results if said.startswith("error")], results
    for deed, said in zip(deeds, results, strict=True):
        if said not in ("done", "changed"):
            again = pair.run(deed, tick_of(case.pk, MORNING))[0]
            assert not again.startswith(("done", "error")), (again, results)


def test_races_any_two_steps_end_as_one_after_the_other(city, pair):
    campaign(city)
    met = set()
    for row, state in situations():
        ProcessSwitch.objects.all().delete()
        case = stand_on(city, row, state)
        possible = able(city, case)
        for one, other in meetings(possible):
            if able(city, case) != possible:
                case = stand_on(city, row, state)
            at = zip((one, other), (LATER + MINUTE, LATER), strict=True)
            deeds = [asked(city, case, possible, action, moment) for action, moment in at]
            results = pair.run(*deeds)
            case.refresh_from_db()
            judge(pair, case, deeds, results)
            met.add((state, one, other))
    assert {state for state, _one, _other in met} == {*State}
    assert len(met) > 150


# --- the same race again and again ----------------------------------------------------------
def one_wins(pair, case, *deeds):
    results = pair.run(*deeds)
    assert {*results} <= {"done", "changed", "refused", "wrong_state", "not_yours"}, results
    assert results.count("done") == 1, results
    case.refresh_from_db()
    orderly(case)


def test_races_one_of_two_dispatches(city, pair):
    for _ in range(TIMES):
        case = bring(city, State.TO_DISPATCH)
        roles = "water_supply", "street-620105001"
        one_wins(pair, case, *(
            step(case.pk, "dispatch", "dispatcher", at=LATER, department=role) for role in roles
        ))  # fmt: skip
        assert case.events.filter(action="dispatch").count() == 1


def test_races_one_of_two_handlers(city, pair):
    for _ in range(TIMES):
        case = bring(city, State.TO_DISPOSE)
        one_wins(pair, case, *(
            step(case.pk, "assign", "liaison", at=LATER, handler=who)
            for who in ("handler", "liaison")
        ))  # fmt: skip
        assert case.events.filter(action="assign").count() == 1


def test_races_an_approval_and_a_refusal(city, pair):
    for _ in range(TIMES):
        case = bring(city, State.TO_DISPOSE)
        asks = {"by": city.liaison, "given": {"opinion": "理由"}, "at": LATER}
        actions.perform(case, "extend", **asks)
        one_wins(pair, case, *(
            step(case.pk, answer, "shift_leader", at=LATER, opinion="理由")
            for answer in ("approve", "refuse")
        ))  # fmt: skip
        assert case.extensions == case.events.filter(action="approve").count()


def test_races_one_identifier_acts_once(city, pair):
    for _ in range(TIMES):
        case, key = report(city), uuid.uuid4()
        deed = step(case.pk, "accept", "acceptor", at=LATER, key=key)
        assert pair.run(deed, deed) == ["done", "done"]
        assert CaseEvent.objects.filter(client_uuid=key).count() == 1


def test_races_two_cases_merged_into_each_other(city, pair):
    """Each locks both: one is merged, the other is told that its main case has just ended."""
    for _ in range(TIMES):
        cases = report(city), report(city)
        results = pair.run(*(
            step(one.pk, "merge", "acceptor", at=LATER, main_case=other.number)
            for one, other in (cases, cases[::-1])
        ))  # fmt: skip
        assert results.count("done") == 1, results
        assert {*results} <= {"done", "changed", "refused", "wrong_state"}
        for case in cases:
            case.refresh_from_db()
            orderly(case)
        assert sorted(case.state for case in cases) == [State.REGISTERED, State.VOID]


def test_races_the_timer_and_an_extension_at_the_deadline(city, pair):
    """Whichever has the lock first decides; nothing is both overdue and extended."""
    for _ in range(TIMES):
        case = bring(city, State.TO_DISPOSE, filing_condition=city.cover_open)
        at = case.due_at
        asks = {"by": city.liaison, "given": {"opinion": "理由"}, "at": at}
        actions.perform(case, "extend", **asks)
        results = pair.run(
            step(case.pk, "approve", "shift_leader", at=at), tick_of(case.pk, at + MINUTE)
        )
        case.refresh_from_db()
        orderly(case)
        assert results in (["done", "done"], ["refused", "done"])
        assert case.extensions == (results[0] == "done")
        assert (case.overdue_at is None) == (results[0] == "done")
