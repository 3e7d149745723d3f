"""The state machine on one page: the table of moves.

`transitions.move` is the only code that carries a move out; buttons, the HTTP interface, the test
matrix and the diagram in the docs are all read from `MOVES`. A row names its inputs, guards and
condition as objects, so that a name that does not exist is an error before anything runs.
Source: workflow of the field (CJ/T 315, GB/T 30428.8) as the glossary names it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cases.machine.conditions import (
    asks,
    asks_appeal,
    asks_extend,
    asks_further_extend,
    asks_return,
    asks_return_other,
    asks_suspend,
    asks_suspend_hard,
    asks_void,
    cannot_tell,
    dept_review,
    new_round,
    returning,
    suspended_again,
    to_forward,
    to_forward_return,
    two_level,
)
from cases.machine.guards import (
    Guard,
    appeals_left,
    arrival_awaited,
    campaign_ran,
    check_failed,
    check_passed,
    collector_stays,
    disposed_late,
    extensions_left,
    force_close_on,
    is_merged,
    is_supervised,
    lately_closed,
    looked_at,
    no_open_request,
    not_overdue,
    not_ruled,
    not_self_disposed,
    not_supervised,
    not_suspended_before,
    not_verified,
    nothing_follows,
    nothing_merged,
    other_department,
    other_person,
    reply_ahead,
    return_window,
    returned_enough,
    self_disposed,
    special_close_on,
    until_ahead,
    verified_if_required,
    within_a_year,
)
from cases.machine.inputs import (
    AFTER_PHOTOS,
    ASSIST,
    CAMPAIGN,
    CHECK_RESULT,
    CLOSING_MET,
    COLLECTOR,
    DEFECTIVE,
    DEPARTMENT,
    FILING_CONDITION,
    HANDLER,
    LOCALITY,
    MAIN_CASE,
    OPINION,
    PHOTOS,
    POSITION,
    RECEIVER,
    REJECT_REASON,
    REPLY_BY,
    RETURN_KIND,
    SUPERVISE_TYPE,
    UNTIL,
    URGENT,
    VERIFY_RESULT,
    Input,
)
from cases.machine.situation import Situation
from cases.states import ASKING, DISPATCHED, OPEN, WITH_DEPARTMENT, Action, Scope, State

S, A = State, Action


@dataclass(frozen=True)
class Move:
    """One row of the table.

    `target` None keeps the state. `when` picks this row among several of the same action and
    source (`conditions.py`). `guards` refuse with a reason (`guards.py`). `needs` are inputs that
    must be given, `takes` may be given, and an opinion always (`inputs.py`).
    `verb`: what the person's post must hold, where it is not the action itself.
    `main`: the way forward, shown as the one big button and blocked by an open request.
    `turns`: another clock runs afterwards although the state stays.
    `level`: the process setting that says whether the city or the district does this.
    """

    action: Action
    sources: frozenset[State]
    target: State | None
    scope: Scope = Scope.AREA
    needs: tuple[Input, ...] = ()
    takes: tuple[Input, ...] = ()
    guards: tuple[Guard, ...] = ()
    when: Callable[[Situation], bool] | None = None
    verb: str = ""
    main: bool = False
    turns: bool = False
    level: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of what must be given."""
        return tuple(row.name for row in self.needs)

    @property
    def named(self) -> tuple[str, ...]:
        """The names of all that may be given."""
        return tuple(row.name for row in self.inputs)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All that may be given, each once."""
        return tuple(dict.fromkeys((*self.needs, *self.takes, OPINION)))

    @property
    def condition(self) -> str:
        """The name of `when`; "" for a row that always applies."""
        return self.when.__name__ if self.when else ""

    def applies(self, situation: Situation) -> bool:
        return self.when is None or self.when(situation)


def _row(action, sources, target, **rest):
    sources = {sources} if isinstance(sources, State) else sources
    return Move(action, frozenset(sources), target, **rest)


TASK, DEPT, SYSTEM = Scope.TASK, Scope.DEPT, Scope.SYSTEM
FURTHER, HARD, APPEALS = "approve_further", "approve_hard", "decide_appeal"
ACCEPTS, DISPATCHES, CHECKS, REVIEWS = "accepts", "dispatches", "sends_checks", "approves"

# fmt: off
MOVES: tuple[Move, ...] = (
    # --- set-up
    _row(A.SEND_VERIFY, S.REGISTERED, S.VERIFYING, needs=(COLLECTOR,), level=ACCEPTS,
         guards=(not_verified, not_self_disposed)),
    _row(A.VERIFY, S.VERIFYING, S.REGISTERED, scope=TASK, needs=(VERIFY_RESULT, PHOTOS),
         main=True),
    _row(A.ARCHIVE, S.REGISTERED, S.CLOSED, guards=(self_disposed,), level=ACCEPTS, main=True),
    _row(A.ACCEPT, S.REGISTERED, S.TO_FILE, level=ACCEPTS, main=True,
         guards=(verified_if_required, not_self_disposed)),
    _row(A.REJECT, S.REGISTERED, S.VOID, needs=(REJECT_REASON, OPINION), level=ACCEPTS),
    _row(A.MERGE, {S.REGISTERED, S.TO_FILE, S.TO_DISPATCH}, S.VOID, needs=(MAIN_CASE,),
         guards=(no_open_request, nothing_merged), level=ACCEPTS),
    _row(A.UNMERGE, S.VOID, S.REGISTERED, needs=(OPINION,), guards=(is_merged,),
         level=ACCEPTS),
    _row(A.FILE, S.TO_FILE, S.TO_DISPATCH, needs=(FILING_CONDITION,), takes=(URGENT, OPINION),
         level=ACCEPTS, main=True),
    _row(A.DECLINE, S.TO_FILE, S.DECLINE_REVIEW, needs=(OPINION,), when=two_level,
         level=ACCEPTS),
    _row(A.DECLINE, S.TO_FILE, S.VOID, needs=(OPINION,), level=ACCEPTS),
    _row(A.APPROVE, S.DECLINE_REVIEW, S.VOID, level=REVIEWS, main=True),
    _row(A.REFUSE, S.DECLINE_REVIEW, S.TO_FILE, needs=(OPINION,), level=REVIEWS),
    # --- dispatch
    _row(A.DISPATCH, S.TO_DISPATCH, S.TO_DISPOSE, needs=(DEPARTMENT,),
         takes=(ASSIST, OPINION), level=DISPATCHES, main=True),
    _row(A.NO_PARTY, S.TO_DISPATCH, S.TO_DISPOSE, needs=(LOCALITY, OPINION),
         guards=(no_open_request,), level=DISPATCHES),
    _row(A.PROXY_DISPOSE, S.TO_DISPATCH, S.TO_DISPOSE, needs=(LOCALITY, OPINION),
         guards=(no_open_request,), level=DISPATCHES),
    _row(A.ARBITRATE, S.TO_DISPATCH, S.TO_DISPOSE, needs=(DEPARTMENT, OPINION),
         takes=(ASSIST, PHOTOS), guards=(no_open_request, returned_enough)),
    _row(A.REDISPATCH, S.TO_DISPOSE, S.TO_DISPOSE, needs=(DEPARTMENT, OPINION),
         takes=(ASSIST,), guards=(no_open_request, other_department), level=DISPATCHES),
    # --- disposal and feedback
    _row(A.ASSIGN, S.TO_DISPOSE, S.DISPOSING, scope=DEPT, needs=(HANDLER,), main=True),
    _row(A.UNASSIGN, S.DISPOSING, S.TO_DISPOSE, scope=DEPT, guards=(no_open_request,)),
    _row(A.ARRIVE, WITH_DEPARTMENT, None, scope=DEPT, needs=(POSITION, PHOTOS),
         guards=(arrival_awaited,)),
    _row(A.HAND_OVER_SITE, WITH_DEPARTMENT, None, scope=DEPT, takes=(OPINION, PHOTOS),
         guards=(collector_stays,)),
    _row(A.DISPOSE, S.DISPOSING, S.DEPT_REVIEW, scope=TASK, needs=(AFTER_PHOTOS, OPINION),
         when=dept_review, main=True),
    _row(A.DISPOSE, S.DISPOSING, S.FEEDBACK_IN, scope=TASK, needs=(AFTER_PHOTOS, OPINION),
         main=True),
    _row(A.FEEDBACK, S.DEPT_REVIEW, S.FEEDBACK_IN, scope=DEPT, takes=(OPINION, PHOTOS),
         main=True),
    _row(A.FEEDBACK, S.TO_DISPOSE, S.FEEDBACK_IN, scope=DEPT, needs=(OPINION, AFTER_PHOTOS),
         guards=(no_open_request,)),
    _row(A.ASSIST_FEEDBACK, DISPATCHED, None, scope=Scope.ASSIST, needs=(OPINION,),
         takes=(PHOTOS,)),
    _row(A.PASS_CHECK, S.FEEDBACK_IN, S.TO_CHECK, level=DISPATCHES, main=True),
    # --- check and close
    _row(A.SEND_CHECK, S.TO_CHECK, S.CHECKING, needs=(COLLECTOR,), level=CHECKS, main=True),
    _row(A.CHECK, S.CHECKING, S.TO_CHECK, scope=TASK, needs=(CHECK_RESULT, PHOTOS),
         when=cannot_tell),
    _row(A.CHECK, S.CHECKING, S.TO_CLOSE, scope=TASK, needs=(CHECK_RESULT, PHOTOS), main=True),
    _row(A.REWORK, S.TO_CLOSE, S.TO_DISPATCH, needs=(OPINION,), guards=(check_failed,)),
    _row(A.CLOSE, S.TO_CLOSE, S.CLOSE_REVIEW, needs=(CLOSING_MET,), takes=(DEFECTIVE,),
         guards=(check_passed,), when=two_level, main=True),
    _row(A.CLOSE, S.TO_CLOSE, S.CLOSED, needs=(CLOSING_MET,), takes=(DEFECTIVE,),
         guards=(check_passed,), main=True),
    _row(A.SPECIAL_CLOSE, S.TO_CLOSE, S.CLOSE_REVIEW, needs=(OPINION,), when=two_level,
         verb="close", guards=(special_close_on,)),
    _row(A.SPECIAL_CLOSE, S.TO_CLOSE, S.CLOSED, needs=(OPINION,), verb="close",
         guards=(special_close_on,)),
    _row(A.APPROVE, S.CLOSE_REVIEW, S.CLOSED, level=REVIEWS, main=True),
    _row(A.FORCE_CLOSE, OPEN, S.CLOSED, needs=(OPINION,), guards=(force_close_on,)),
    # --- one step back, with a reason; not counted as rework. Only by whose turn it is: the verb
    # is that of the way forward.
    _row(A.SEND_BACK, S.TO_FILE, S.REGISTERED, needs=(OPINION,), verb="file", level=ACCEPTS),
    _row(A.SEND_BACK, S.TO_DISPATCH, S.REGISTERED, needs=(OPINION,), verb="dispatch",
         guards=(no_open_request,), level=DISPATCHES),
    _row(A.SEND_BACK, S.FEEDBACK_IN, S.TO_DISPOSE, needs=(OPINION,), verb="pass_check",
         level=DISPATCHES),
    _row(A.SEND_BACK, S.DEPT_REVIEW, S.DISPOSING, scope=DEPT, needs=(OPINION,)),
    _row(A.SEND_BACK, S.CLOSE_REVIEW, S.TO_CLOSE, needs=(OPINION,), verb="approve",
         level=REVIEWS),
    # --- requests: asked for here, decided by `approve` and `refuse` below.
    _row(A.RETURN, S.TO_DISPOSE, None, scope=DEPT, needs=(OPINION,),
         takes=(RETURN_KIND, PHOTOS), turns=True,
         guards=(no_open_request, not_ruled, return_window)),
    _row(A.EXTEND, ASKING, None, scope=DEPT, needs=(OPINION,),
         guards=(no_open_request, not_overdue, extensions_left)),
    _row(A.SUSPEND, ASKING, None, scope=DEPT, needs=(UNTIL, OPINION),
         guards=(no_open_request, not_overdue, not_suspended_before, within_a_year)),
    _row(A.SUSPEND_HARD, ASKING, None, scope=DEPT, needs=(UNTIL, OPINION), takes=(PHOTOS,),
         guards=(no_open_request, not_overdue, not_suspended_before, within_a_year)),
    _row(A.VOID, S.TO_DISPATCH, None, needs=(OPINION,), guards=(no_open_request,)),
    _row(A.APPEAL, S.CLOSED, None, scope=DEPT, needs=(OPINION,), takes=(PHOTOS,),
         guards=(no_open_request, disposed_late, appeals_left)),
    # The dispatch section looks first and passes on, or turns down, what others decide.
    _row(A.FORWARD, {*ASKING, S.CLOSED}, None, when=to_forward),
    _row(A.REFUSE, S.TO_DISPOSE, None, needs=(OPINION,), when=to_forward_return,
         verb="forward", turns=True),
    _row(A.REFUSE, {*ASKING, S.CLOSED}, None, needs=(OPINION,), when=to_forward,
         verb="forward"),
    _row(A.APPROVE, S.TO_DISPOSE, S.TO_DISPATCH, when=asks_return),
    _row(A.REFUSE, S.TO_DISPOSE, None, needs=(OPINION,), when=asks_return, turns=True),
    _row(A.APPROVE, S.TO_DISPOSE, S.TO_DISPATCH, when=asks_return_other, verb=FURTHER,
         guards=(looked_at,)),
    _row(A.REFUSE, S.TO_DISPOSE, None, needs=(OPINION,), when=asks_return_other, verb=FURTHER,
         turns=True),
    # A suspension and any extension but the first are the commander's to decide (workflow §5).
    _row(A.APPROVE, ASKING, S.SUSPENDED, when=asks_suspend, verb=FURTHER,
         guards=(looked_at, until_ahead)),
    _row(A.REFUSE, ASKING, None, needs=(OPINION,), when=asks_suspend, verb=FURTHER),
    _row(A.APPROVE, ASKING, S.SUSPENDED, when=asks_suspend_hard, verb=HARD,
         guards=(looked_at, until_ahead)),
    _row(A.REFUSE, ASKING, None, needs=(OPINION,), when=asks_suspend_hard, verb=HARD),
    _row(A.APPROVE, ASKING, None, when=asks_further_extend, verb=FURTHER,
         guards=(looked_at, not_overdue)),
    _row(A.REFUSE, ASKING, None, needs=(OPINION,), when=asks_further_extend, verb=FURTHER),
    _row(A.APPROVE, ASKING, None, when=asks_extend, guards=(not_overdue,)),
    _row(A.APPROVE, S.TO_DISPATCH, S.VOID, when=asks_void),
    _row(A.REFUSE, {*ASKING, S.TO_DISPATCH}, None, needs=(OPINION,), when=asks),
    _row(A.APPROVE, S.CLOSED, None, when=asks_appeal, verb=APPEALS, guards=(looked_at,)),
    _row(A.REFUSE, S.CLOSED, None, needs=(OPINION,), when=asks_appeal, verb=APPEALS),
    # Whoever asked may take it back while it waits: as a refusal, but it does not count.
    _row(A.WITHDRAW, S.TO_DISPOSE, None, scope=DEPT, when=returning, turns=True),
    _row(A.WITHDRAW, ASKING, None, scope=DEPT, when=asks),
    _row(A.WITHDRAW, S.TO_DISPATCH, None, when=asks_void, level=DISPATCHES),
    _row(A.WITHDRAW, S.CLOSED, None, scope=DEPT, when=asks_appeal),
    _row(A.RESUME, S.SUSPENDED, S.TO_DISPOSE),
    # Who reported says that a closed case is not solved: a new round of it, or a case that follows
    # (`actions.perform` enters that one).
    _row(A.UNSOLVED, S.CLOSED, S.TO_DISPATCH, scope=Scope.CITIZEN, needs=(OPINION,),
         when=new_round, guards=(no_open_request, lately_closed)),
    _row(A.UNSOLVED, S.CLOSED, None, scope=Scope.CITIZEN, needs=(OPINION,),
         guards=(lately_closed, nothing_follows)),
    # --- words and hands beside the way of the case
    _row(A.SUPERVISE, WITH_DEPARTMENT | {S.SUSPENDED}, None, needs=(SUPERVISE_TYPE, OPINION),
         takes=(REPLY_BY,), guards=(not_supervised, reply_ahead)),
    _row(A.REPLY, DISPATCHED, None, scope=DEPT, needs=(OPINION,), takes=(PHOTOS,),
         guards=(is_supervised,)),
    _row(A.RESOLVE, OPEN, None, verb="supervise", guards=(is_supervised,)),
    _row(A.URGE, OPEN, None, needs=(OPINION,)),
    _row(A.INSTRUCT, OPEN, None, needs=(OPINION,)),
    _row(A.HAND_OVER, {S.VERIFYING, S.CHECKING, S.DISPOSING}, None, scope=Scope.DUTY,
         needs=(RECEIVER,), guards=(other_person,)),
    _row(A.SET_CAMPAIGN, {S.REGISTERED, S.TO_FILE}, None, needs=(CAMPAIGN,), verb="accept",
         guards=(campaign_ran,), level=ACCEPTS),
    _row(A.WARN, OPEN, None, scope=SYSTEM),
    _row(A.OVERDUE, OPEN, None, scope=SYSTEM),
    _row(A.ESCALATE, OPEN, None, scope=SYSTEM),
    _row(A.ARRIVAL_LATE, OPEN, None, scope=SYSTEM),
    _row(A.STOCKPILE, OPEN, None, scope=SYSTEM),
    _row(A.RETIME, OPEN, None, scope=SYSTEM),
    _row(A.TAKE_BACK, S.TO_DISPOSE, S.SUSPENDED, scope=SYSTEM, when=suspended_again),
    _row(A.TAKE_BACK, State, None, scope=SYSTEM),
)
# fmt: on


def moves_from(state: str) -> list[Move]:
    """Rows that can start in a state, in the order of the table."""
    return [move for move in MOVES if state in move.sources]
