"""Every row of the table of moves, tried by every post: allowed as the table says, or refused."""

from datetime import timedelta

import pytest

from cases import actions
from cases.models import ProcessSwitch
from cases.states import MOVES, REQUESTS, Action, Scope, State
from cases.tests.cast import AFTER, MORNING, act, bring, photo, report
from citymgmt.accounts.posts import POSTS
from citymgmt.lib.errors import NotNow, NotYours

LATER = MORNING + timedelta(hours=2)
UNTIL = MORNING + timedelta(days=9)
PEOPLE = (
    "collector", "acceptor", "shift_leader", "dispatcher", "liaison", "handler", "inspector",
    "leader", "evaluator", "sysadmin", "outsider",
)  # fmt: skip
STRANGERS = ("street_liaison", "street_handler", "collector2", "outsider")
GIVEN = {
    "collector": "collector", "handler": "handler", "verify_result": "exists",
    "reject_reason": "invalid", "closing_met": True, "until": UNTIL, "opinion": "理由",
    "check_result": "pass",
}  # fmt: skip
ROWS = [
    (number, row, source)
    for number, row in enumerate(MOVES)
    for source in sorted(row.sources)
    if row.scope != Scope.SYSTEM
]


def name_of(case):
    number, row, source = case
    return f"{number}-{source}-{row.action}"


@pytest.fixture
def stand(cast):
    """stand(row, source): a case on which exactly this row applies and no guard refuses."""

    def make(row, source):
        if source in (State.DECLINE_REVIEW, State.CLOSE_REVIEW) or row.when == "two_level":
            ProcessSwitch.objects.create(key="two_level", value=True)
        if row.action == Action.DISPOSE and row.when == "":
            ProcessSwitch.objects.create(key="dept_review", value=False)
        return prepare(cast, row, source)

    return make


def prepare(cast, row, source):
    if row.action == Action.ASSIGN and row.when:
        raise AssertionError(row)
    if source == State.VERIFYING:
        case = report(cast, by=None, source="web", photos=[])
        return act(cast, case, "send_verify", "acceptor", collector=cast.collector)
    if source == State.DECLINE_REVIEW:
        return act(cast, bring(cast, State.TO_FILE), "decline", "shift_leader", opinion="否")
    if source == State.CLOSE_REVIEW:
        return act(
            cast, bring(cast, State.TO_CLOSE), "close", "shift_leader", at=LATER, closing_met=True
        )
    if source == State.SUSPENDED:
        return suspended(cast)
    case = bring(cast, State.CHECKING if row.guards == ("check_failed",) else source)
    if row.guards == ("check_failed",):
        photos = [photo()]
        return act(cast, case, "check", "collector", at=LATER, check_result="fail", photos=photos)
    if row.when.startswith("asks"):
        ask(cast, case, row.when)
        case.refresh_from_db()
    return case


def suspended(cast):
    case = bring(cast, State.DISPOSING)
    act(cast, case, "suspend", "liaison", at=LATER, until=UNTIL, opinion="缺件")
    return act(cast, case, "approve", "leader", at=LATER)


def ask(cast, case, when):
    """Leave the request open that the condition names."""
    if when == "asks_void":
        act(cast, case, "void", "dispatcher", at=LATER, opinion="重复")
    elif when == "asks_return":
        act(cast, case, "return_", "liaison", at=LATER, opinion="非本单位")
    elif when == "asks_suspend":
        act(cast, case, "suspend", "liaison", at=LATER, until=UNTIL, opinion="缺件")
    else:
        if when == "asks_further_extend":
            ask(cast, case, "asks_extend")
            act(cast, case, "approve", "shift_leader", at=LATER)
        plain = case.state == State.TO_DISPATCH
        if plain:
            return ask(cast, case, "asks_void")
        act(cast, case, "extend", "liaison", at=LATER, opinion="待料")
    return None


def attempt(cast, case, row, who):
    given = {name: GIVEN[name] for name in row.needs if name in GIVEN}
    if "department" in row.needs:
        given["department"] = cast.street_office if case.department_id else cast.water
    if "filing_condition" in row.needs:
        given["filing_condition"] = cast.cover_worn
    if row.when == "cannot_tell":
        given["check_result"] = "cannot_tell"
    return actions.perform(
        case, row.action, by=getattr(cast, who), given=given,
        photos=[*AFTER, photo("before")], at=LATER + timedelta(minutes=5),
    )  # fmt: skip


def allowed(row, who):
    """By the table and the posts alone, whoever has the task or the oversight in the cast."""
    if who == "outsider":
        return False
    if (row.verb or row.action) not in POSTS[who][2]:
        return False
    if row.scope == Scope.TASK:
        return who == ("handler" if row.action == Action.DISPOSE else "collector")
    if row.scope == Scope.DEPT:
        return who in ("liaison", "handler")
    return who in ("acceptor", "shift_leader", "dispatcher", "inspector", "leader")


@pytest.mark.parametrize("case_of_table", ROWS, ids=name_of)
def test_matrix_every_post(cast, stand, case_of_table):
    _number, row, source = case_of_table
    case = stand(row, source)
    assert case.state == source
    before = (case.events_count, case.state, case.pending)
    for who in (*PEOPLE, *STRANGERS):
        if who in PEOPLE and allowed(row, who):
            continue
        with pytest.raises(NotYours):
            attempt(cast, case, row, who)
        case.refresh_from_db()
        assert (case.events_count, case.state, case.pending) == before
    who = next(who for who in PEOPLE if allowed(row, who))
    event = attempt(cast, case, row, who)
    case.refresh_from_db()
    assert case.state == (row.target or source) == event.state_to
    assert event.by == getattr(cast, who)
    if row.action in REQUESTS:
        assert case.pending == REQUESTS[row.action]


@pytest.mark.parametrize("state", [s for s in State if s != State.DECLINE_REVIEW])
def test_matrix_every_other_action_is_not_possible(cast, stand, state):
    """409 for whatever the table does not list for the state."""
    if state in (State.CLOSED, State.CLOSE_REVIEW):
        target = State.CLOSED if state == State.CLOSED else None
        if target is None:
            ProcessSwitch.objects.create(key="two_level", value=True)
            case = prepare(cast, MOVES[0], State.CLOSE_REVIEW)
        else:
            case = bring(cast, target)
    elif state == State.VOID:
        case = act(
            cast, report(cast), "reject", "acceptor", reject_reason="invalid", opinion="无效"
        )
    else:
        case = prepare(cast, MOVES[0], state)
    listed = {row.action for row in MOVES if state in row.sources and not row.when}
    for action in set(Action) - listed - {Action.REPORT}:
        if any(row.action == action and state in row.sources for row in MOVES):
            continue
        with pytest.raises(NotNow) as refused:
            actions.perform(case, action, by=cast.shift_leader, at=LATER)
        assert refused.value.code == "wrong_state"


@pytest.mark.parametrize("row", [row for row in MOVES if row.scope == Scope.SYSTEM])
def test_matrix_nobody_plays_the_timer(cast, row):
    case = report(cast)
    for who in PEOPLE:
        with pytest.raises(NotYours):
            actions.perform(case, row.action, by=getattr(cast, who), at=LATER)
