"""Every row of the table of moves with a case it applies to, who may take it and what it needs."""

from datetime import timedelta

from cases.machine.guards import check_failed
from cases.machine.inputs import DEFINITIONS
from cases.machine.moves import MOVES
from cases.models import Case
from cases.states import Action, Scope, State
from cases.tests.cast import AFTER, MORNING, act, bring, photo, report
from cases.tests.scenes import campaign, switch
from citymgmt.accounts.posts import POSTS

LATER = MORNING + timedelta(hours=2)
UNTIL = MORNING + timedelta(days=9)
PEOPLE = (
    "collector", "acceptor", "shift_leader", "dispatcher", "liaison", "handler", "inspector",
    "leader", "evaluator", "sysadmin", "street_liaison", "street_handler", "collector2", "outsider",
)  # fmt: skip
CENTER = ("acceptor", "shift_leader", "dispatcher", "inspector", "leader")
ROWS = [
    (number, row, source)
    for number, row in enumerate(MOVES)
    for source in sorted(row.sources)
    if row.scope != Scope.SYSTEM
]
ASKED_BEFORE = {  # condition: the request that must be open, and whether it was passed on
    "asks": "extend", "asks_extend": "extend", "asks_further_extend": "extend",
    "asks_suspend": "suspend", "asks_suspend_hard": "suspend_hard", "asks_void": "void",
    "returning": "return_", "asks_return": "return_", "asks_return_other": "return_",
    "to_forward": "suspend",
    "to_forward_return": "return_",
    "asks_appeal": "appeal",
}  # fmt: skip


def name_of(case):
    number, row, source = case
    return f"{number}-{source}-{row.action}"


def stand_on(cast, row, source):
    """A case on which exactly this row applies and no guard refuses."""
    cast.main = report(cast, cell=1)
    if source in (State.DECLINE_REVIEW, State.CLOSE_REVIEW) or row.condition == "two_level":
        switch("two_level", True)
    if row.action == Action.DISPOSE and row.when is None:
        switch("dept_review", False)
    if row.action == Action.SET_CAMPAIGN:
        campaign(cast)
    if row.condition == "new_round":
        switch("unsolved_goes_back", True)
    if row.action == Action.ARBITRATE:
        switch("arbitrate_after", 0)
    case = go_to(cast, reported(cast, row), row, source)
    if row.condition in ASKED_BEFORE:
        ask(cast, case, row.condition)
    if row.action in (Action.REPLY, Action.RESOLVE):
        Case.objects.filter(pk=case.pk).update(supervised="open")
    if row.action == Action.ARRIVE:
        Case.objects.filter(pk=case.pk).update(arrive_by=LATER)
    case.refresh_from_db()
    return case


def reported(cast, row):
    if row.action == Action.ARCHIVE:
        return report(cast, self_disposed=True, photos=[photo("before"), *AFTER])
    if State.VERIFYING in row.sources and row.action == Action.VERIFY:
        return report(cast, by=None, source="web", photos=[])
    return report(cast, on_guard=row.action == Action.HAND_OVER_SITE)


def go_to(cast, case, row, source):
    """Take the case to the state, through a dispatch with an assisting department."""
    if source == State.VERIFYING:
        return act(cast, case, "send_verify", "acceptor", collector=cast.collector)
    if source == State.DECLINE_REVIEW:
        return act(cast, bring(cast, State.TO_FILE, case=case), "decline", "shift_leader",
                   opinion="否")  # fmt: skip
    if source == State.VOID:
        return act(cast, case, "merge", "acceptor", main_case=cast.main.number)
    if source == State.TO_DISPATCH and row.scope in (Scope.DEPT, Scope.ASSIST):
        return returned(cast, dispatched(cast, case))
    if row.scope == Scope.ASSIST:
        case = dispatched(cast, case)
    if source == State.SUSPENDED:
        return suspended(cast, bring(cast, State.DISPOSING, case=case))
    if source == State.CLOSE_REVIEW:
        case = bring(cast, State.TO_CLOSE, case=case)
        return act(cast, case, "close", "shift_leader", at=LATER, closing_met=True)
    if row.guards == (check_failed,):
        return bring(cast, source, case=case, check_result="fail")
    late = {"minutes": 100, "filing_condition": cast.cover_open} if source == State.CLOSED else {}
    return bring(cast, source, case=case, **late)


def dispatched(cast, case):
    case = bring(cast, State.TO_DISPATCH, case=case)
    given = {"department": cast.water, "assist": [cast.street_office.code]}
    return act(cast, case, "dispatch", "dispatcher", **given)


def returned(cast, case):
    act(cast, case, "return_", "liaison", at=LATER, opinion="非本单位")
    return act(cast, case, "approve", "shift_leader", at=LATER)


def suspended(cast, case):
    act(cast, case, "suspend", "liaison", at=LATER, until=UNTIL, opinion="缺件")
    act(cast, case, "forward", "dispatcher", at=LATER)
    return act(cast, case, "approve", "leader", at=LATER)


def ask(cast, case, when):
    """Leave the request open that the condition names, passed on where it must be."""
    kind = ASKED_BEFORE[when]
    if case.state == State.TO_DISPATCH:
        kind = "void"
    elif case.state == State.CLOSED:
        kind = "appeal"
    given = {"opinion": "理由"}
    if kind.startswith("suspend"):
        given["until"] = UNTIL
    if when in ("asks_return_other", "to_forward", "to_forward_return") and kind == "return_":
        given["return_kind"] = "other"
    if when == "asks_further_extend":
        ask(cast, case, "asks_extend")
        act(cast, case, "approve", "shift_leader", at=LATER)
    act(cast, case, kind, "dispatcher" if kind == "void" else "liaison", at=LATER, **given)
    if case.to_forward and not when.startswith("to_forward"):
        act(cast, case, "forward", "dispatcher", at=LATER)


def answers_on(cast, case, row) -> dict:
    """A valid plain value, as a form or a program sends it, for every input the row may have."""
    check_result = "cannot_tell" if row.condition == "cannot_tell" else "pass"
    first = {one.name: next(iter(one.answers)) for one in DEFINITIONS if one.answers}
    return first | {
        "collector": "collector", "handler": "handler", "verify_result": "exists",
        "reject_reason": "invalid", "closing_met": True, "until": UNTIL.isoformat(),
        "opinion": "理由", "check_result": check_result,
        "department": "street-620105001" if case.department_id else "water_supply",
        "filing_condition": cast.cover_worn.pk, "locality": "street-620105001",
        "main_case": cast.main.number, "supervise_type": "timeout", "campaign": "none",
        "receiver": "liaison" if case.state == State.DISPOSING else "collector2",
        "urgent": True, "assist": ["street-620105001"], "defective": True,
        "return_kind": "other", "reply_by": UNTIL.isoformat(),
        "position": f"{case.point.x},{case.point.y}",
    }  # fmt: skip


def allowed(row, source, who):
    """By the table and the posts alone, whoever has the task or the oversight in the cast."""
    post = who.removeprefix("street_").rstrip("2")
    if who == "outsider" or (row.verb or row.action) not in POSTS[post][2]:
        return False
    holder = "handler" if source == State.DISPOSING else "collector"
    return who in {
        Scope.TASK: (holder,), Scope.DUTY: (holder, *CENTER), Scope.DEPT: ("liaison", "handler"),
        Scope.ASSIST: ("street_liaison", "street_handler"), Scope.AREA: CENTER,
        Scope.CITIZEN: CENTER,
    }[row.scope]  # fmt: skip
