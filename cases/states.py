"""The words of the state machine: states, actions, stages and scopes. Pure data.

The table of moves stands in `moves.py`.
Source: workflow of the field (CJ/T 315, GB/T 30428.8) as the glossary names it.
"""

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
ASKING = frozenset({S.TO_DISPOSE, S.DISPOSING})  # where a department may ask for something
CITIZENS_SAY = frozenset({Action.REPORT, Action.UNSOLVED})  # where nobody signed in may act
DISPATCHED = WITH_DEPARTMENT | {
    S.SUSPENDED, S.FEEDBACK_IN, S.TO_CHECK, S.CHECKING, S.TO_CLOSE, S.CLOSE_REVIEW, S.TO_DISPATCH,
}  # fmt: skip

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
