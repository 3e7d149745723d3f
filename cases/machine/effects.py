"""What a move does to the case besides its state and its clocks: milestones, requests, flags.

Used by `transitions` alone, under the lock it holds.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from cases.machine import timing
from cases.machine.conditions import new_round
from cases.machine.situation import by_shift_leader, decider
from cases.models import AreaLimit, Case, UrgentLimit
from cases.states import FINAL, REQUESTS, Action, Stage, State
from cases.time import clock as clocks
from cases.time.urgent import by_the_clock
from cases.time.worktime import Limit, Unit
from citymgmt.lib.errors import NotNow
from grid.geometry import distance_m

A, S = Action, State
RECEIVERS = ("collector", "handler", "receiver")
DECIDING = (A.FORWARD, A.APPROVE, A.REFUSE, A.WITHDRAW)


# --- what each action leaves on the case ----------------------------------------------------
def apply(row, event, s, by):
    """Common traces, then those of the action."""
    event.opinion = s.inputs.get("opinion", "")
    event.data = {name: _plain(v) for name, v in s.inputs.items() if name != "opinion"}
    event.receiver = next((s.inputs[n] for n in RECEIVERS if n in s.inputs), None)
    if row.action in REQUESTS:
        _ask(row, event, s)
    elif row.action in DECIDING and s.case.pending:
        _decide(row, event, s)
    if effect := EFFECTS.get(row.action):
        effect(s.case, event, s, by)
    if row.target in FINAL:
        _finish(row, event, s)


def _plain(value):
    """An input as JSON for the log; people, departments and cases by their codes."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Case):
        return value.number
    if isinstance(value, Point):
        return [value.x, value.y]
    for attribute in ("username", "code", "isoformat", "pk"):
        if hasattr(value, attribute):
            found = getattr(value, attribute)
            return found() if callable(found) else found
    return value


# --- requests -------------------------------------------------------------------------------
def _ask(row, event, s):
    case = s.case
    case.pending, event.data["request"] = REQUESTS[row.action], REQUESTS[row.action]
    if row.action in (A.SUSPEND, A.SUSPEND_HARD):
        case.suspended_until = s.inputs["until"]
    elif row.action == A.RETURN:
        case.return_kind = s.inputs.get("return_kind", Case.ReturnKind.WRONG_DISPATCH)
        event.data["return_kind"] = case.return_kind
    elif row.action == A.APPEAL:
        case.appeals += 1
    case.to_forward = not by_shift_leader(case)


def _decide(row, event, s):
    case, kind = s.case, s.case.pending
    event.data["request"] = kind
    if row.action == A.FORWARD:
        case.to_forward = False
        return
    if row.action == A.WITHDRAW:
        event.data["asked"] = decider(case)
    case.pending, case.to_forward = "", False
    if row.action == A.APPROVE:
        GRANTED[kind](case, event, s)
        return
    case.suspended_until = None
    if row.action == A.WITHDRAW and kind == "appeal":
        case.appeals -= 1


def _suspend(case, event, s):
    case.suspensions += 1
    case.handler = None


def _suspend_hard(case, event, s):
    _suspend(case, event, s)
    case.hard_since, case.stockpiled_at = s.now, None


def _return(case, event, s):
    """The task is given up: the stretch that ended with the request is the last of it."""
    case.returns += 1
    case.handler = None
    clock = clocks.from_json(case.clocks[Stage.DISPOSE])
    given_up = replace(clock.spans[-1], reason=A.APPROVE)
    clock = replace(clock, spans=(*clock.spans[:-1], given_up))
    case.clocks[Stage.DISPOSE] = clocks.to_json(clock)


def _exempt(case, event, s):
    """The overdue fact stays; statistics ignore it."""
    case.exempt = True


def _extend(case, event, s):
    clock = clocks.from_json(case.clocks[Stage.DISPOSE])
    longer = clocks.extended_once(clock, s.calendar(Stage.DISPOSE))
    case.clocks[Stage.DISPOSE] = clocks.to_json(longer)
    case.extensions += 1
    case.warned_at = None
    timing.keep_marks(case)
    event.data["seconds"] = longer.extensions[-1]


GRANTED = {
    "extend": _extend, "suspend": _suspend, "suspend_hard": _suspend_hard, "return_": _return,
    "void": lambda case, event, s: None, "appeal": _exempt,
}  # fmt: skip


# --- steps ----------------------------------------------------------------------------------
def _file(case, event, s, by):
    condition = s.inputs["filing_condition"]
    case.filing_condition, case.filed_by, case.filed_at = condition, by, s.now
    case.urgent = s.inputs.get("urgent", case.urgent)
    promise = promise_of(condition, case.area_class, case.urgent)
    case.limit_value = promise.value
    case.limit_unit = promise.unit
    event.data["limit"] = [str(promise.value), promise.unit]


def promise_of(condition, area_class, urgent) -> Limit:
    """The disposal limit: of the area class, or of the condition; for an urgent case day and night,
    its own where it has one."""
    if urgent and (own := UrgentLimit.objects.filter(condition=condition).first()):
        return Limit(Decimal(own.limit_value), Unit(own.limit_unit))
    special = AreaLimit.objects.filter(condition=condition, area_class=area_class).first()
    row = special or condition
    limit = Limit(Decimal(row.limit_value), Unit(row.limit_unit))
    return by_the_clock(limit) if urgent else limit


def _dispatch(case, event, s, by, flag=""):
    """Give the task to its lead and let others assist; `flag` names the special way."""
    lead = s.inputs.get("department") or s.inputs["locality"]
    case.arbitrated = case.arbitrated and lead.pk == case.department_id
    case.department = lead
    case.first_department = case.first_department or lead
    case.handler = None
    case.dispatched_at = case.dispatched_at or s.now
    _await_arrival(case, s)
    if flag:
        setattr(case, flag, True)
        event.data[flag] = True
    if helpers := [row for row in s.inputs.get("assist", ()) if row != lead]:
        case.assisting.add(*helpers)
    event.data.pop("assist", None)
    if helpers:
        event.data["assist"] = [row.code for row in helpers]


def _await_arrival(case, s):
    """Somebody of the department just named must be on site; rework needs nobody again."""
    case.arrive_by = case.arrived_at = case.arrival_late_at = None
    minutes = _arrival_minutes(case, s.process) if case.urgent and case.round == 1 else 0
    if minutes:
        case.arrive_by = s.now + timedelta(minutes=minutes)


def _arrival_minutes(case, process) -> int:
    own = UrgentLimit.objects.filter(condition=case.filing_condition_id).first()
    return own.arrival_minutes if own else process.urgent_arrival_minutes


def _arrive(case, event, s, by):
    """On site, as the position says; how far from the case is for people to judge."""
    case.arrived_at = s.now
    here = s.inputs["position"]
    event.data["away_m"] = round(distance_m((case.point.x, case.point.y), (here.x, here.y)))
    event.data["arrive_by"] = case.arrive_by.isoformat()


def _disposal_ends(case, event, s, by):
    """The moment the department passes the case back decides whether it was on time."""
    if case.state == S.DISPOSING and s.process.dept_review:
        return
    case.disposed_at = s.now
    case.disposal_overdue = event.overdue


def _send_back(case, event, s, by):
    if case.state in (S.TO_FILE, S.TO_DISPATCH):
        case.verify_result = ""
    elif case.state == S.FEEDBACK_IN:
        case.handler = None
    elif case.state == S.CLOSE_REVIEW:
        case.closed_kind = ""


def _set(**values):
    def effect(case, event, s, by):
        for name, value in values.items():
            setattr(case, name, value(s) if callable(value) else value)

    return effect


def _rework(case, event, s, by):
    case.round += 1
    case.check_result = ""


def _unsolved(case, event, s, by):
    """A new round; where a case follows instead, this one stays as it ended."""
    if not new_round(s):
        return
    _rework(case, event, s, by)
    case.closed_at, case.closed_kind, case.forced = None, "", False
    case.disposed_at, case.handler = None, None


def _merge(case, event, s, by):
    """Link to the main case, which `move` has locked as well and which must still be open."""
    main = s.inputs["main_case"]
    if main.state in FINAL:
        raise NotNow(_("The main case has just ended."), "changed")
    case.merged_into = main


def _unmerge(case, event, s, by):
    event.data["main_case"] = case.merged_into.number
    case.merged_into, case.void_origin = None, ""


def _hand_over(case, event, s, by):
    held = "handler" if case.state == S.DISPOSING else "collector"
    event.data["from"] = _plain(getattr(case, held))
    setattr(case, held, s.inputs["receiver"])


def _set_campaign(case, event, s, by):
    case.campaign = s.inputs["campaign"]
    event.data["campaign_name"] = str(case.campaign or "")


def _supervise(case, event, s, by):
    case.reply_due_at = s.inputs.get("reply_by")
    kinds = Case.Supervised
    case.supervised = kinds.TO_REPLY if case.reply_due_at else kinds.OPEN


def _close(case, event, s, by):
    case.closed_kind = Case.ClosedKind.DEFECTIVE if s.inputs.get("defective") else ""


EFFECTS = {
    A.SEND_VERIFY: _set(collector=lambda s: s.inputs["collector"]),
    A.SEND_CHECK: _set(collector=lambda s: s.inputs["collector"]),
    A.VERIFY: _set(verify_result=lambda s: s.inputs["verify_result"]),
    A.CHECK: _set(check_result=lambda s: s.inputs["check_result"]),
    A.FILE: _file,
    A.DISPATCH: _dispatch,
    A.REDISPATCH: _dispatch,
    A.NO_PARTY: partial(_dispatch, flag="no_party"),
    A.PROXY_DISPOSE: partial(_dispatch, flag="proxy_disposal"),
    A.ARBITRATE: partial(_dispatch, flag="arbitrated"),
    A.ASSIGN: _set(handler=lambda s: s.inputs["handler"]),
    A.UNASSIGN: _set(handler=None),
    A.DISPOSE: _disposal_ends,
    A.FEEDBACK: _disposal_ends,
    A.SEND_BACK: _send_back,
    A.REWORK: _rework,
    A.UNSOLVED: _unsolved,
    A.RESUME: _set(suspended_until=None),
    A.MERGE: _merge,
    A.UNMERGE: _unmerge,
    A.CLOSE: _close,
    A.SPECIAL_CLOSE: _set(closed_kind=Case.ClosedKind.SPECIAL),
    A.HAND_OVER: _hand_over,
    A.ARRIVE: _arrive,
    A.HAND_OVER_SITE: _set(handed_over_at=lambda s: s.now),
    A.SET_CAMPAIGN: _set_campaign,
    A.SUPERVISE: _supervise,
    A.REPLY: _set(supervised=Case.Supervised.REPLIED, reply_due_at=None),
    A.RESOLVE: _set(supervised="", reply_due_at=None),
}
VOID_ORIGIN = {
    A.REJECT: Case.VoidOrigin.REJECT, A.DECLINE: Case.VoidOrigin.DECLINE,
    A.MERGE: Case.VoidOrigin.MERGE,
}  # fmt: skip


def _finish(row, event, s):
    """What an end leaves behind; `merged` in the log names those who end with the case."""
    case = s.case
    case.pending, case.to_forward, case.supervised, case.reply_due_at = "", False, "", None
    if merged := list(case.merged.order_by("pk").values_list("number", flat=True)):
        event.data["merged"] = merged
    if row.target == S.VOID:
        declined = case.state == S.DECLINE_REVIEW
        origin = Case.VoidOrigin.DECLINE if declined else Case.VoidOrigin.VOID
        case.void_origin = VOID_ORIGIN.get(row.action, origin)
        return
    case.closed_at = s.now
    case.forced = row.action == A.FORCE_CLOSE
    kinds = Case.ClosedKind
    if case.forced:
        case.closed_kind = kinds.SPECIAL
    elif not case.closed_kind:
        case.closed_kind = kinds.OVERDUE if case.disposal_overdue else kinds.NORMAL
