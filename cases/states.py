"""The state machine on one page: states, actions, and the table of moves.

Pure data. `transitions.move` is the only code that carries a move out; buttons, the HTTP
interface, the test matrix and the diagram in the docs are all read from `MOVES`.
Source: workflow of the field (CJ/T 315, GB/T 30428.8) as the glossary names it.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    REGISTERED = "registered", _("To accept")
    VERIFYING = "verifying", _("Verifying")
    TO_FILE = "to_file", _("To file")
    DECLINE_REVIEW = "decline_review", _("Decline review")
    TO_DISPATCH = "to_dispatch", _("To dispatch")
    TO_DISPOSE = "to_dispose", _("To dispose")
    DISPOSING = "disposing", _("Disposing")
    DEPT_REVIEW = "dept_review", _("Department review")
    FEEDBACK_IN = "feedback_in", _("Feedback in")
    TO_CHECK = "to_check", _("To check")
    CHECKING = "checking", _("Checking")
    TO_CLOSE = "to_close", _("To close")
    CLOSE_REVIEW = "close_review", _("Close review")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")
    VOID = "void", _("Void")


class Action(TextChoices):
    REPORT = "report", _("Report")
    SEND_VERIFY = "send_verify", _("Send verify task")
    VERIFY = "verify", _("Verify")
    ACCEPT = "accept", _("Accept")
    REJECT = "reject", _("Reject")
    FILE = "file", pgettext_lazy("action", "File")
    DECLINE = "decline", _("Decline")
    DISPATCH = "dispatch", _("Dispatch")
    REDISPATCH = "redispatch", _("Re-dispatch")
    ASSIGN = "assign", _("Assign")
    UNASSIGN = "unassign", _("Take back assignment")
    DISPOSE = "dispose", _("Report work done")
    FEEDBACK = "feedback", _("Feedback")
    PASS_CHECK = "pass_check", _("Pass to check")
    SEND_CHECK = "send_check", _("Send check task")
    CHECK = "check", pgettext_lazy("action", "Check")
    REWORK = "rework", _("Rework")
    CLOSE = "close", pgettext_lazy("action", "Close case")
    FORCE_CLOSE = "force_close", _("Forced close")
    SEND_BACK = "send_back", _("Send back")
    RETURN = "return_", _("Ask for return")
    EXTEND = "extend", _("Ask for extension")
    SUSPEND = "suspend", _("Ask for suspension")
    VOID = "void", _("Ask to void")
    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Refuse")
    RESUME = "resume", _("Resume")
    # Deeds of the timer: they change no state.
    WARN = "warn", _("Due soon")
    OVERDUE = "overdue", _("Overdue")


class Stage(TextChoices):
    """What a clock measures. One clock runs per case."""

    ACCEPT = "accept", _("Acceptance")
    VERIFY = "verify", _("Verification")
    FILE = "file", _("Filing")
    DISPATCH = "dispatch", _("Dispatching")
    DISPOSE = "dispose", _("Disposal")
    REVIEW = "review", _("Review of feedback")
    SEND_CHECK = "send_check", _("Sending the check task")
    CHECK = "check", _("Site check")
    CLOSE = "close", _("Closing")
    CITY_REVIEW = "city_review", _("City review")


class Scope(StrEnum):
    """Which people with the verb may act on this case."""

    AREA = "area"  # oversees the area of the case
    DEPT = "dept"  # handles cases for the responsible department
    TASK = "task"  # the collector or handler to whom the task was given
    SYSTEM = "system"  # the timer


S, A = State, Action

STAGE_OF = {
    S.REGISTERED: Stage.ACCEPT, S.VERIFYING: Stage.VERIFY, S.TO_FILE: Stage.FILE,
    S.DECLINE_REVIEW: Stage.CITY_REVIEW, S.TO_DISPATCH: Stage.DISPATCH,
    S.TO_DISPOSE: Stage.DISPOSE, S.DISPOSING: Stage.DISPOSE, S.DEPT_REVIEW: Stage.DISPOSE,
    S.FEEDBACK_IN: Stage.REVIEW, S.TO_CHECK: Stage.SEND_CHECK, S.CHECKING: Stage.CHECK,
    S.TO_CLOSE: Stage.CLOSE, S.CLOSE_REVIEW: Stage.CITY_REVIEW,
}  # fmt: skip
FINAL = frozenset({S.CLOSED, S.VOID})
OPEN = frozenset(S) - FINAL
WITH_DEPARTMENT = frozenset({S.TO_DISPOSE, S.DISPOSING, S.DEPT_REVIEW})

# The post whose turn it is: who "holds" a case in each state.
HOLDER = {
    S.REGISTERED: "acceptor", S.VERIFYING: "collector", S.TO_FILE: "shift_leader",
    S.DECLINE_REVIEW: "shift_leader", S.TO_DISPATCH: "dispatcher", S.TO_DISPOSE: "liaison",
    S.DISPOSING: "handler", S.DEPT_REVIEW: "liaison", S.FEEDBACK_IN: "dispatcher",
    S.TO_CHECK: "acceptor", S.CHECKING: "collector", S.TO_CLOSE: "shift_leader",
    S.CLOSE_REVIEW: "shift_leader", S.SUSPENDED: "liaison",
}  # fmt: skip

# A request is an overlay on the state; while one is open the main way forward is blocked.
REQUESTS = {A.RETURN: "return_", A.EXTEND: "extend", A.SUSPEND: "suspend", A.VOID: "void"}


@dataclass(frozen=True)
class Move:
    """One row of the table.

    `target` None keeps the state. `when` names a condition (`rules.CONDITIONS`) that picks this
    row among several of the same action and source. `guards` (`rules.GUARDS`) refuse with a
    reason. `needs` are inputs that must be given, `takes` may be given; see `actions.INPUTS`.
    `verb`: what the person's post must hold, where it is not the action itself.
    `main`: the way forward, shown as the one big button and blocked by an open request.
    """

    action: Action
    sources: frozenset[State]
    target: State | None
    scope: Scope = Scope.AREA
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ("opinion",)
    guards: tuple[str, ...] = ()
    when: str = ""
    verb: str = ""
    main: bool = False


def _row(action, sources, target, **rest):
    sources = {sources} if isinstance(sources, State) else sources
    return Move(action, frozenset(sources), target, **rest)


TASK, DEPT = Scope.TASK, Scope.DEPT
FURTHER = "approve_further"

MOVES: tuple[Move, ...] = (
    _row(A.SEND_VERIFY, S.REGISTERED, S.VERIFYING, needs=("collector",), guards=("not_verified",)),
    _row(A.VERIFY, S.VERIFYING, S.REGISTERED, scope=TASK, needs=("verify_result", "photos"),
         main=True),
    _row(A.ACCEPT, S.REGISTERED, S.TO_FILE, guards=("verified_if_required",), main=True),
    _row(A.REJECT, S.REGISTERED, S.VOID, needs=("reject_reason", "opinion")),
    _row(A.FILE, S.TO_FILE, S.TO_DISPATCH, needs=("filing_condition",), takes=("urgent", "opinion"),
         main=True),
    _row(A.DECLINE, S.TO_FILE, S.DECLINE_REVIEW, needs=("opinion",), when="two_level"),
    _row(A.DECLINE, S.TO_FILE, S.VOID, needs=("opinion",)),
    _row(A.APPROVE, S.DECLINE_REVIEW, S.VOID, main=True),
    _row(A.REFUSE, S.DECLINE_REVIEW, S.TO_FILE, needs=("opinion",)),
    _row(A.DISPATCH, S.TO_DISPATCH, S.TO_DISPOSE, needs=("department",), main=True),
    _row(A.REDISPATCH, S.TO_DISPOSE, S.TO_DISPOSE, needs=("department", "opinion"),
         guards=("no_open_request", "other_department")),
    _row(A.ASSIGN, S.TO_DISPOSE, S.DISPOSING, scope=DEPT, needs=("handler",), main=True),
    _row(A.UNASSIGN, S.DISPOSING, S.TO_DISPOSE, scope=DEPT, guards=("no_open_request",)),
    _row(A.DISPOSE, S.DISPOSING, S.DEPT_REVIEW, scope=TASK, needs=("after_photos", "opinion"),
         when="dept_review", main=True),
    _row(A.DISPOSE, S.DISPOSING, S.FEEDBACK_IN, scope=TASK, needs=("after_photos", "opinion"),
         main=True),
    _row(A.FEEDBACK, S.DEPT_REVIEW, S.FEEDBACK_IN, scope=DEPT, takes=("opinion", "photos"),
         main=True),
    _row(A.FEEDBACK, S.TO_DISPOSE, S.FEEDBACK_IN, scope=DEPT, needs=("opinion", "after_photos"),
         guards=("no_open_request",)),
    _row(A.PASS_CHECK, S.FEEDBACK_IN, S.TO_CHECK, main=True),
    _row(A.SEND_CHECK, S.TO_CHECK, S.CHECKING, needs=("collector",), main=True),
    _row(A.CHECK, S.CHECKING, S.TO_CHECK, scope=TASK, needs=("check_result", "photos"),
         when="cannot_tell"),
    _row(A.CHECK, S.CHECKING, S.TO_CLOSE, scope=TASK, needs=("check_result", "photos"), main=True),
    _row(A.REWORK, S.TO_CLOSE, S.TO_DISPATCH, needs=("opinion",), guards=("check_failed",)),
    _row(A.CLOSE, S.TO_CLOSE, S.CLOSE_REVIEW, needs=("closing_met",), guards=("check_passed",),
         when="two_level", main=True),
    _row(A.CLOSE, S.TO_CLOSE, S.CLOSED, needs=("closing_met",), guards=("check_passed",),
         main=True),
    _row(A.APPROVE, S.CLOSE_REVIEW, S.CLOSED, main=True),
    _row(A.FORCE_CLOSE, OPEN, S.CLOSED, needs=("opinion",)),
    # One step back, with a reason; not counted as rework. Only by whose turn it is: the verb is
    # that of the way forward.
    _row(A.SEND_BACK, S.TO_FILE, S.REGISTERED, needs=("opinion",), verb="file"),
    _row(A.SEND_BACK, S.TO_DISPATCH, S.REGISTERED, needs=("opinion",), verb="dispatch",
         guards=("no_open_request",)),
    _row(A.SEND_BACK, S.FEEDBACK_IN, S.TO_DISPOSE, needs=("opinion",), verb="pass_check"),
    _row(A.SEND_BACK, S.DEPT_REVIEW, S.DISPOSING, scope=DEPT, needs=("opinion",)),
    _row(A.SEND_BACK, S.CLOSE_REVIEW, S.TO_CLOSE, needs=("opinion",), verb="approve"),
    # Requests: asked for here, decided by `approve` and `refuse` below.
    _row(A.RETURN, S.TO_DISPOSE, None, scope=DEPT, needs=("opinion",),
         guards=("no_open_request", "return_window")),
    _row(A.EXTEND, {S.TO_DISPOSE, S.DISPOSING}, None, scope=DEPT, needs=("opinion",),
         guards=("no_open_request", "not_overdue", "extensions_left")),
    _row(A.SUSPEND, {S.TO_DISPOSE, S.DISPOSING}, None, scope=DEPT, needs=("until", "opinion"),
         guards=("no_open_request", "not_overdue", "not_suspended_before", "within_a_year")),
    _row(A.VOID, S.TO_DISPATCH, None, needs=("opinion",), guards=("no_open_request",)),
    _row(A.APPROVE, S.TO_DISPOSE, S.TO_DISPATCH, when="asks_return"),
    # A suspension and any extension but the first are the commander's to decide (workflow §5).
    _row(A.APPROVE, {S.TO_DISPOSE, S.DISPOSING}, S.SUSPENDED, when="asks_suspend",
         verb=FURTHER, guards=("until_ahead",)),
    _row(A.APPROVE, {S.TO_DISPOSE, S.DISPOSING}, None, when="asks_further_extend",
         verb=FURTHER, guards=("not_overdue",)),
    _row(A.APPROVE, {S.TO_DISPOSE, S.DISPOSING}, None, when="asks_extend",
         guards=("not_overdue",)),
    _row(A.APPROVE, S.TO_DISPATCH, S.VOID, when="asks_void"),
    _row(A.REFUSE, {S.TO_DISPOSE, S.DISPOSING}, None, needs=("opinion",), when="asks_suspend",
         verb=FURTHER),
    _row(A.REFUSE, {S.TO_DISPOSE, S.DISPOSING}, None, needs=("opinion",),
         when="asks_further_extend", verb=FURTHER),
    _row(A.REFUSE, {S.TO_DISPOSE, S.DISPOSING, S.TO_DISPATCH}, None, needs=("opinion",),
         when="asks"),
    _row(A.RESUME, S.SUSPENDED, S.TO_DISPOSE),
    _row(A.WARN, OPEN, None, scope=Scope.SYSTEM),
    _row(A.OVERDUE, OPEN, None, scope=Scope.SYSTEM),
)  # fmt: skip


def moves_from(state: str) -> list[Move]:
    """Rows that can start in a state, in the order of the table."""
    return [move for move in MOVES if state in move.sources]
