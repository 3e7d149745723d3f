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
    ASSIST_FEEDBACK = "assist_feedback", _("Assist feedback")
    REWORK = "rework", _("Rework")
    CLOSE = "close", pgettext_lazy("action", "Close case")
    SPECIAL_CLOSE = "special_close", _("Special close")
    FORCE_CLOSE = "force_close", _("Forced close")
    ARCHIVE = "archive", _("Archive")
    SEND_BACK = "send_back", _("Send back")
    MERGE = "merge", _("Merge")
    UNMERGE = "unmerge", _("Undo the merge")
    NO_PARTY = "no_party", _("No responsible party")
    PROXY_DISPOSE = "proxy_dispose", _("Proxy disposal")
    ARBITRATE = "arbitrate", _("Arbitrate")
    RETURN = "return_", _("Ask for return")
    EXTEND = "extend", _("Ask for extension")
    SUSPEND = "suspend", _("Ask for suspension")
    SUSPEND_HARD = "suspend_hard", _("Ask for hard-case suspension")
    VOID = "void", _("Ask to void")
    APPEAL = "appeal", _("Appeal")
    FORWARD = "forward", _("Pass on the request")
    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Refuse")
    WITHDRAW = "withdraw", _("Withdraw the request")
    RESUME = "resume", _("Resume")
    # Words and hands beside the way of the case: they change no state.
    SUPERVISE = "supervise", _("Supervise")
    REPLY = "reply", _("Reply to supervision")
    RESOLVE = "resolve", _("End supervision")
    URGE = "urge", _("Urge")
    INSTRUCT = "instruct", _("Instruct")
    HAND_OVER = "hand_over", _("Hand over")
    ARRIVE = "arrive", _("Arrive on site")
    HAND_OVER_SITE = "hand_over_site", _("Take over the site")
    SET_CAMPAIGN = "set_campaign", _("Set the campaign")
    UNSOLVED = "unsolved", _("Still not solved")
    # Deeds of the timer: they change no state.
    WARN = "warn", _("Due soon")
    OVERDUE = "overdue", _("Overdue")
    ESCALATE = "escalate", _("Long overdue")
    ARRIVAL_LATE = "arrival_late", _("Nobody on site in time")
    STOCKPILE = "stockpile", _("Stockpile")
    RETIME = "retime", _("Deadline recomputed")
    TAKE_BACK = "take_back", _("Marks taken back")


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
    ASSIST = "assist"  # handles cases for a department that assists
    TASK = "task"  # the collector or handler to whom the task was given
    DUTY = "duty"  # that person, or whoever oversees the area
    CITIZEN = "citizen"  # who reported, without an account; or whoever oversees the area
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
REQUESTS = {
    A.RETURN: "return_", A.EXTEND: "extend", A.SUSPEND: "suspend", A.SUSPEND_HARD: "suspend_hard",
    A.VOID: "void", A.APPEAL: "appeal",
}  # fmt: skip


def stage_of(state: str, pending: str = "") -> Stage | None:
    """Which clock runs: that of the state, but an open return is the center's to decide."""
    if pending == "return_" and state == S.TO_DISPOSE:
        return Stage.DISPATCH
    return STAGE_OF.get(state)


@dataclass(frozen=True)
class Move:
    """One row of the table.

    `target` None keeps the state. `when` names a condition (`rules.CONDITIONS`) that picks this
    row among several of the same action and source. `guards` (`rules.GUARDS`) refuse with a
    reason. `needs` are inputs that must be given, `takes` may be given; see `inputs.INPUTS`.
    `verb`: what the person's post must hold, where it is not the action itself.
    `main`: the way forward, shown as the one big button and blocked by an open request.
    `turns`: another clock runs afterwards although the state stays.
    `level`: the process setting that says whether the city or the district does this.
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
    turns: bool = False
    level: str = ""


def _row(action, sources, target, **rest):
    sources = {sources} if isinstance(sources, State) else sources
    return Move(action, frozenset(sources), target, **rest)


TASK, DEPT, SYSTEM = Scope.TASK, Scope.DEPT, Scope.SYSTEM
FURTHER, HARD, APPEALS = "approve_further", "approve_hard", "decide_appeal"
ACCEPTS, DISPATCHES, CHECKS, REVIEWS = "accepts", "dispatches", "sends_checks", "approves"
ASKING = frozenset({S.TO_DISPOSE, S.DISPOSING})  # where a department may ask for something
CITIZENS_SAY = frozenset({Action.REPORT, Action.UNSOLVED})  # where nobody signed in may act
DISPATCHED = WITH_DEPARTMENT | {
    S.SUSPENDED, S.FEEDBACK_IN, S.TO_CHECK, S.CHECKING, S.TO_CLOSE, S.CLOSE_REVIEW, S.TO_DISPATCH,
}  # fmt: skip

MOVES: tuple[Move, ...] = (
    # --- set-up
    _row(A.SEND_VERIFY, S.REGISTERED, S.VERIFYING, needs=("collector",), level=ACCEPTS,
         guards=("not_verified", "not_self_disposed")),
    _row(A.VERIFY, S.VERIFYING, S.REGISTERED, scope=TASK, needs=("verify_result", "photos"),
         main=True),
    _row(A.ARCHIVE, S.REGISTERED, S.CLOSED, guards=("self_disposed",), level=ACCEPTS, main=True),
    _row(A.ACCEPT, S.REGISTERED, S.TO_FILE, level=ACCEPTS, main=True,
         guards=("verified_if_required", "not_self_disposed")),
    _row(A.REJECT, S.REGISTERED, S.VOID, needs=("reject_reason", "opinion"), level=ACCEPTS),
    _row(A.MERGE, {S.REGISTERED, S.TO_FILE, S.TO_DISPATCH}, S.VOID, needs=("main_case",),
         guards=("no_open_request", "nothing_merged"), level=ACCEPTS),
    _row(A.UNMERGE, S.VOID, S.REGISTERED, needs=("opinion",), guards=("is_merged",),
         level=ACCEPTS),
    _row(A.FILE, S.TO_FILE, S.TO_DISPATCH, needs=("filing_condition",), takes=("urgent", "opinion"),
         level=ACCEPTS, main=True),
    _row(A.DECLINE, S.TO_FILE, S.DECLINE_REVIEW, needs=("opinion",), when="two_level",
         level=ACCEPTS),
    _row(A.DECLINE, S.TO_FILE, S.VOID, needs=("opinion",), level=ACCEPTS),
    _row(A.APPROVE, S.DECLINE_REVIEW, S.VOID, level=REVIEWS, main=True),
    _row(A.REFUSE, S.DECLINE_REVIEW, S.TO_FILE, needs=("opinion",), level=REVIEWS),
    # --- dispatch
    _row(A.DISPATCH, S.TO_DISPATCH, S.TO_DISPOSE, needs=("department",),
         takes=("assist", "opinion"), level=DISPATCHES, main=True),
    _row(A.NO_PARTY, S.TO_DISPATCH, S.TO_DISPOSE, needs=("locality", "opinion"),
         guards=("no_open_request",), level=DISPATCHES),
    _row(A.PROXY_DISPOSE, S.TO_DISPATCH, S.TO_DISPOSE, needs=("locality", "opinion"),
         guards=("no_open_request",), level=DISPATCHES),
    _row(A.ARBITRATE, S.TO_DISPATCH, S.TO_DISPOSE, needs=("department", "opinion"),
         takes=("assist", "photos"), guards=("no_open_request", "returned_enough")),
    _row(A.REDISPATCH, S.TO_DISPOSE, S.TO_DISPOSE, needs=("department", "opinion"),
         takes=("assist",), guards=("no_open_request", "other_department"), level=DISPATCHES),
    # --- disposal and feedback
    _row(A.ASSIGN, S.TO_DISPOSE, S.DISPOSING, scope=DEPT, needs=("handler",), main=True),
    _row(A.UNASSIGN, S.DISPOSING, S.TO_DISPOSE, scope=DEPT, guards=("no_open_request",)),
    _row(A.ARRIVE, WITH_DEPARTMENT, None, scope=DEPT, needs=("position", "photos"),
         guards=("arrival_awaited",)),
    _row(A.HAND_OVER_SITE, WITH_DEPARTMENT, None, scope=DEPT, takes=("opinion", "photos"),
         guards=("collector_stays",)),
    _row(A.DISPOSE, S.DISPOSING, S.DEPT_REVIEW, scope=TASK, needs=("after_photos", "opinion"),
         when="dept_review", main=True),
    _row(A.DISPOSE, S.DISPOSING, S.FEEDBACK_IN, scope=TASK, needs=("after_photos", "opinion"),
         main=True),
    _row(A.FEEDBACK, S.DEPT_REVIEW, S.FEEDBACK_IN, scope=DEPT, takes=("opinion", "photos"),
         main=True),
    _row(A.FEEDBACK, S.TO_DISPOSE, S.FEEDBACK_IN, scope=DEPT, needs=("opinion", "after_photos"),
         guards=("no_open_request",)),
    _row(A.ASSIST_FEEDBACK, DISPATCHED, None, scope=Scope.ASSIST, needs=("opinion",),
         takes=("photos",)),
    _row(A.PASS_CHECK, S.FEEDBACK_IN, S.TO_CHECK, level=DISPATCHES, main=True),
    # --- check and close
    _row(A.SEND_CHECK, S.TO_CHECK, S.CHECKING, needs=("collector",), level=CHECKS, main=True),
    _row(A.CHECK, S.CHECKING, S.TO_CHECK, scope=TASK, needs=("check_result", "photos"),
         when="cannot_tell"),
    _row(A.CHECK, S.CHECKING, S.TO_CLOSE, scope=TASK, needs=("check_result", "photos"), main=True),
    _row(A.REWORK, S.TO_CLOSE, S.TO_DISPATCH, needs=("opinion",), guards=("check_failed",)),
    _row(A.CLOSE, S.TO_CLOSE, S.CLOSE_REVIEW, needs=("closing_met",), takes=("defective",),
         guards=("check_passed",), when="two_level", main=True),
    _row(A.CLOSE, S.TO_CLOSE, S.CLOSED, needs=("closing_met",), takes=("defective",),
         guards=("check_passed",), main=True),
    _row(A.SPECIAL_CLOSE, S.TO_CLOSE, S.CLOSE_REVIEW, needs=("opinion",), when="two_level",
         verb="close", guards=("special_close_on",)),
    _row(A.SPECIAL_CLOSE, S.TO_CLOSE, S.CLOSED, needs=("opinion",), verb="close",
         guards=("special_close_on",)),
    _row(A.APPROVE, S.CLOSE_REVIEW, S.CLOSED, level=REVIEWS, main=True),
    _row(A.FORCE_CLOSE, OPEN, S.CLOSED, needs=("opinion",), guards=("force_close_on",)),
    # --- one step back, with a reason; not counted as rework. Only by whose turn it is: the verb
    # is that of the way forward.
    _row(A.SEND_BACK, S.TO_FILE, S.REGISTERED, needs=("opinion",), verb="file", level=ACCEPTS),
    _row(A.SEND_BACK, S.TO_DISPATCH, S.REGISTERED, needs=("opinion",), verb="dispatch",
         guards=("no_open_request",), level=DISPATCHES),
    _row(A.SEND_BACK, S.FEEDBACK_IN, S.TO_DISPOSE, needs=("opinion",), verb="pass_check",
         level=DISPATCHES),
    _row(A.SEND_BACK, S.DEPT_REVIEW, S.DISPOSING, scope=DEPT, needs=("opinion",)),
    _row(A.SEND_BACK, S.CLOSE_REVIEW, S.TO_CLOSE, needs=("opinion",), verb="approve",
         level=REVIEWS),
    # --- requests: asked for here, decided by `approve` and `refuse` below.
    _row(A.RETURN, S.TO_DISPOSE, None, scope=DEPT, needs=("opinion",),
         takes=("return_kind", "photos"), turns=True,
         guards=("no_open_request", "not_ruled", "return_window")),
    _row(A.EXTEND, ASKING, None, scope=DEPT, needs=("opinion",),
         guards=("no_open_request", "not_overdue", "extensions_left")),
    _row(A.SUSPEND, ASKING, None, scope=DEPT, needs=("until", "opinion"),
         guards=("no_open_request", "not_overdue", "not_suspended_before", "within_a_year")),
    _row(A.SUSPEND_HARD, ASKING, None, scope=DEPT, needs=("until", "opinion"), takes=("photos",),
         guards=("no_open_request", "not_overdue", "not_suspended_before", "within_a_year")),
    _row(A.VOID, S.TO_DISPATCH, None, needs=("opinion",), guards=("no_open_request",)),
    _row(A.APPEAL, S.CLOSED, None, scope=DEPT, needs=("opinion",), takes=("photos",),
         guards=("no_open_request", "disposed_late", "appeals_left")),
    # The dispatch section looks first and passes on, or turns down, what others decide.
    _row(A.FORWARD, {*ASKING, S.CLOSED}, None, when="to_forward"),
    _row(A.REFUSE, S.TO_DISPOSE, None, needs=("opinion",), when="to_forward_return",
         verb="forward", turns=True),
    _row(A.REFUSE, {*ASKING, S.CLOSED}, None, needs=("opinion",), when="to_forward",
         verb="forward"),
    _row(A.APPROVE, S.TO_DISPOSE, S.TO_DISPATCH, when="asks_return"),
    _row(A.REFUSE, S.TO_DISPOSE, None, needs=("opinion",), when="asks_return", turns=True),
    _row(A.APPROVE, S.TO_DISPOSE, S.TO_DISPATCH, when="asks_return_other", verb=FURTHER,
         guards=("looked_at",)),
    _row(A.REFUSE, S.TO_DISPOSE, None, needs=("opinion",), when="asks_return_other", verb=FURTHER,
         turns=True),
    # A suspension and any extension but the first are the commander's to decide (workflow §5).
    _row(A.APPROVE, ASKING, S.SUSPENDED, when="asks_suspend", verb=FURTHER,
         guards=("looked_at", "until_ahead")),
    _row(A.REFUSE, ASKING, None, needs=("opinion",), when="asks_suspend", verb=FURTHER),
    _row(A.APPROVE, ASKING, S.SUSPENDED, when="asks_suspend_hard", verb=HARD,
         guards=("looked_at", "until_ahead")),
    _row(A.REFUSE, ASKING, None, needs=("opinion",), when="asks_suspend_hard", verb=HARD),
    _row(A.APPROVE, ASKING, None, when="asks_further_extend", verb=FURTHER,
         guards=("looked_at", "not_overdue")),
    _row(A.REFUSE, ASKING, None, needs=("opinion",), when="asks_further_extend", verb=FURTHER),
    _row(A.APPROVE, ASKING, None, when="asks_extend", guards=("not_overdue",)),
    _row(A.APPROVE, S.TO_DISPATCH, S.VOID, when="asks_void"),
    _row(A.REFUSE, {*ASKING, S.TO_DISPATCH}, None, needs=("opinion",), when="asks"),
    _row(A.APPROVE, S.CLOSED, None, when="asks_appeal", verb=APPEALS, guards=("looked_at",)),
    _row(A.REFUSE, S.CLOSED, None, needs=("opinion",), when="asks_appeal", verb=APPEALS),
    # Whoever asked may take it back while it waits: as a refusal, but it does not count.
    _row(A.WITHDRAW, S.TO_DISPOSE, None, scope=DEPT, when="returning", turns=True),
    _row(A.WITHDRAW, ASKING, None, scope=DEPT, when="asks"),
    _row(A.WITHDRAW, S.TO_DISPATCH, None, when="asks_void", level=DISPATCHES),
    _row(A.WITHDRAW, S.CLOSED, None, scope=DEPT, when="asks_appeal"),
    _row(A.RESUME, S.SUSPENDED, S.TO_DISPOSE),
    # Who reported says that a closed case is not solved: a new round of it, or a case that follows
    # (`actions.perform` enters that one).
    _row(A.UNSOLVED, S.CLOSED, S.TO_DISPATCH, scope=Scope.CITIZEN, needs=("opinion",),
         when="new_round", guards=("no_open_request", "lately_closed")),
    _row(A.UNSOLVED, S.CLOSED, None, scope=Scope.CITIZEN, needs=("opinion",),
         guards=("lately_closed", "nothing_follows")),
    # --- words and hands beside the way of the case
    _row(A.SUPERVISE, WITH_DEPARTMENT | {S.SUSPENDED}, None, needs=("supervise_type", "opinion"),
         takes=("reply_by",), guards=("not_supervised", "reply_ahead")),
    _row(A.REPLY, DISPATCHED, None, scope=DEPT, needs=("opinion",), takes=("photos",),
         guards=("is_supervised",)),
    _row(A.RESOLVE, OPEN, None, verb="supervise", guards=("is_supervised",)),
    _row(A.URGE, OPEN, None, needs=("opinion",)),
    _row(A.INSTRUCT, OPEN, None, needs=("opinion",)),
    _row(A.HAND_OVER, {S.VERIFYING, S.CHECKING, S.DISPOSING}, None, scope=Scope.DUTY,
         needs=("receiver",), guards=("other_person",)),
    _row(A.SET_CAMPAIGN, {S.REGISTERED, S.TO_FILE}, None, needs=("campaign",), verb="accept",
         guards=("campaign_ran",), level=ACCEPTS),
    _row(A.WARN, OPEN, None, scope=SYSTEM),
    _row(A.OVERDUE, OPEN, None, scope=SYSTEM),
    _row(A.ESCALATE, OPEN, None, scope=SYSTEM),
    _row(A.ARRIVAL_LATE, OPEN, None, scope=SYSTEM),
    _row(A.STOCKPILE, OPEN, None, scope=SYSTEM),
    _row(A.RETIME, OPEN, None, scope=SYSTEM),
    _row(A.TAKE_BACK, S.TO_DISPOSE, S.SUSPENDED, scope=SYSTEM, when="suspended_again"),
    _row(A.TAKE_BACK, State, None, scope=SYSTEM),
)  # fmt: skip


def moves_from(state: str) -> list[Move]:
    """Rows that can start in a state, in the order of the table."""
    return [move for move in MOVES if state in move.sources]
