"""What a move does to the case besides its state: clocks, milestones, the requests' overlay.

Used by `transitions` alone, under the lock it holds. Clock rules: workflow §10.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext as _

from cases import clock as clocks
from cases.models import AreaLimit, Case
from cases.states import FINAL, REQUESTS, Action, Stage, State, stage_of
from cases.worktime import Limit, Unit, in_seconds, whole
from citymgmt.lib.errors import NotNow

A, S = Action, State
# Where no row says otherwise; workflow §8. Disposal has its limit from the filing condition.
RECEIVERS = ("collector", "handler", "receiver")
DECIDING = (A.FORWARD, A.APPROVE, A.REFUSE)
STAGE_DEFAULT = Limit(Decimal(30), Unit.MINUTES)


# --- clocks ---------------------------------------------------------------------------------
def leave(event, s):
    """Stop or pause the clock of the step that ends; write what it used into the log row."""
    stage = stage_of(s.case.state, s.case.pending)
    event.stage = stage or ""
    event.received_at = s.case.state_since
    if stage is None:
        return
    clock = clocks.from_json(s.case.clocks[stage])
    event.used_seconds = clocks.used_at(clock, s.now, s.calendar)
    event.limit_seconds = clocks.total(clock, s.calendar)
    event.due_at = clocks.deadline(clock, s.calendar)
    event.overdue = clocks.overdue(clock, s.now, s.calendar)
    s.case.clocks[stage] = clocks.to_json(
        clocks.pause(clock, max(whole(s.now), clock.running_since), s.calendar, event.action)
    )


def enter(s, *, resumed=False):
    """Start or resume the clock of the state just entered, or of the request just asked.

    Disposal is bundled: it resumes for the same department and starts anew for another.
    Acceptance resumes when a verify task answers; every other step starts fresh, so the center
    has its dispatching limit for deciding a return and again for dispatching anew. A resumed
    clock keeps its marks: it is warned of once and found overdue once.
    """
    case = s.case
    case.warned_at = case.overdue_at = case.due_at = None
    stage = stage_of(case.state, case.pending)
    if stage is None:
        return
    kept, marks = case.clocks.get(stage), case.clocks.setdefault("marks", {})
    if kept and (resumed or _goes_on(stage, case)):
        clock = clocks.resume(clocks.from_json(kept), s.now)
        case.warned_at, case.overdue_at = map(_moment, marks.get(stage, (None, None)))
    else:
        clock = clocks.start(_limit(stage, s), s.now)
        marks.pop(stage, None)
        _escalated(case).pop(stage, None)
        if stage == Stage.DISPOSE:  # the lateness of one department is not the next one's
            case.clocks["dispose_for"], case.disposal_overdue = case.department_id, False
    case.clocks[stage] = clocks.to_json(clock)


def _moment(text):
    return datetime.fromisoformat(text) if text else None


def _keep_marks(case):
    marks = [moment and moment.isoformat() for moment in (case.warned_at, case.overdue_at)]
    case.clocks["marks"][stage_of(case.state, case.pending)] = marks


def _escalated(case) -> dict:
    """Stage -> when its clock was found long overdue."""
    return case.clocks.setdefault("escalated", {})


def _goes_on(stage, case):
    if stage == Stage.DISPOSE:
        # Filed anew under another limit, it is another promise.
        same = clocks.from_json(case.clocks[stage]).limit == _promise(case)
        return same and case.clocks.get("dispose_for") == case.department_id
    return stage == Stage.ACCEPT and case.verify_result


def _promise(case) -> Limit:
    return Limit(case.limit_value, Unit(case.limit_unit))


def _limit(stage, s) -> Limit:
    case = s.case
    if stage == Stage.DISPOSE:
        return _promise(case)
    urgency = "urgent" if case.urgent else "ordinary"
    rows = [
        row
        for row in s.stage_limits
        if row.stage == stage
        and row.area_class in ("", case.area_class)
        and row.urgency in ("", urgency)
    ]
    if not rows:
        return STAGE_DEFAULT
    row = max(rows, key=lambda row: (bool(row.urgency), bool(row.area_class)))
    return Limit(row.limit_value, Unit(row.limit_unit))


def set_alarm(s):
    """Store when the holder is late (`due_at`) and when the timer must look again (`next_at`)."""
    case = s.case
    case.next_at = None
    if case.state not in FINAL:
        moments = [*_clock_moments(s), *_other_moments(s)]
        case.next_at = min(moments, default=None)


def _clock_moments(s):
    case = s.case
    if case.state == S.SUSPENDED:
        return [case.suspended_until]
    stage = stage_of(case.state, case.pending)
    clock = clocks.from_json(case.clocks[stage])
    case.due_at = clocks.due_at(clock, s.calendar)
    if case.overdue_at is not None:
        later = clocks.warn_at(clock, s.calendar, s.process.escalate_share)
        return [] if stage in _escalated(case) else [later]
    moments = [case.due_at + timedelta(seconds=1)]  # at the deadline is still on time
    if case.warned_at is None:
        moments.append(clocks.warn_at(clock, s.calendar, s.process.warn_share))
    return moments


def _other_moments(s):
    """A reply that will be late, a hard case that will be stockpiled."""
    case = s.case
    if case.supervised == Case.Supervised.TO_REPLY:
        yield case.reply_due_at + timedelta(seconds=1)
    if case.hard_since and not case.stockpiled_at:
        yield case.hard_since + timedelta(days=s.process.stockpile_days)


def mark_time(s) -> str:
    """Mark the moment that has come; the action to log, or ""."""
    case = s.case
    if case.supervised == Case.Supervised.TO_REPLY and case.reply_due_at < s.now:
        case.supervised = Case.Supervised.LATE
        return A.URGE
    stockpiled = timedelta(days=s.process.stockpile_days)
    if case.hard_since and not case.stockpiled_at and case.hard_since + stockpiled <= s.now:
        case.stockpiled_at = s.now
        return A.STOCKPILE
    return "" if case.state == S.SUSPENDED else _mark_clock(s)


def _mark_clock(s):
    case = s.case
    stage = stage_of(case.state, case.pending)
    clock = clocks.from_json(case.clocks[stage])
    if case.overdue_at is None and clocks.overdue(clock, s.now, s.calendar):
        case.overdue_at = case.due_at
        if stage == Stage.DISPOSE:
            case.disposal_overdue = True
        _keep_marks(case)
        return A.OVERDUE
    warn = clocks.warn_at(clock, s.calendar, s.process.warn_share)
    if case.warned_at is None and case.overdue_at is None and warn <= s.now:
        case.warned_at = warn
        _keep_marks(case)
        return A.WARN
    return _mark_long_overdue(s, stage, clock)


def _mark_long_overdue(s, stage, clock):
    case = s.case
    if case.overdue_at is None or stage in _escalated(case):
        return ""
    moment = clocks.warn_at(clock, s.calendar, s.process.escalate_share)
    if moment > s.now:
        return ""
    _escalated(case)[stage] = moment.isoformat()
    return A.ESCALATE


def retime(s):
    """Store the moments of the running clock anew, as the calendar and the switches are now.

    The limit, extensions and what closed spans counted stay. A mark whose moment lies ahead
    again is taken back, and strikes again in its time; its row stays in the log. Where no clock
    runs there is nothing to store.
    """
    case = s.case
    stage = stage_of(case.state, case.pending)
    if stage is None or not clocks.from_json(case.clocks[stage]).running:
        return
    set_alarm(s)
    if case.overdue_at and case.due_at >= s.now:
        clock = clocks.from_json(case.clocks[stage])
        case.overdue_at = None
        if clocks.warn_at(clock, s.calendar, s.process.warn_share) > s.now:
            case.warned_at = None
        if stage == Stage.DISPOSE:
            case.disposal_overdue = False
        _escalated(case).pop(stage, None)
        _keep_marks(case)
        set_alarm(s)


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
    for attribute in ("username", "code", "isoformat", "pk"):
        if hasattr(value, attribute):
            found = getattr(value, attribute)
            return found() if callable(found) else found
    return value


# --- requests -------------------------------------------------------------------------------
def _ask(row, event, s):
    case = s.case
    case.pending, case.forwarded = REQUESTS[row.action], False
    event.data["request"] = case.pending
    if row.action in (A.SUSPEND, A.SUSPEND_HARD):
        case.suspended_until = s.inputs["until"]
    elif row.action == A.RETURN:
        case.return_kind = s.inputs.get("return_kind", Case.ReturnKind.WRONG_DISPATCH)
        event.data["return_kind"] = case.return_kind
    elif row.action == A.APPEAL:
        case.appeals += 1


def _decide(row, event, s):
    case, kind = s.case, s.case.pending
    event.data["request"] = kind
    if row.action == A.FORWARD:
        case.forwarded = True
        return
    case.pending, case.forwarded = "", False
    if row.action == A.REFUSE:
        case.suspended_until = None
    else:
        GRANTED[kind](case, event, s)


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
    """New deadline = current deadline + once the original limit."""
    clock = clocks.from_json(case.clocks[Stage.DISPOSE])
    seconds = in_seconds(clock.limit, s.calendar)
    case.clocks[Stage.DISPOSE] = clocks.to_json(clocks.extend(clock, seconds))
    case.extensions += 1
    case.warned_at = None
    _keep_marks(case)
    event.data["seconds"] = seconds


GRANTED = {
    "extend": _extend, "suspend": _suspend, "suspend_hard": _suspend_hard, "return_": _return,
    "void": lambda case, event, s: None, "appeal": _exempt,
}  # fmt: skip


# --- steps ----------------------------------------------------------------------------------
def _file(case, event, s, by):
    condition = s.inputs["filing_condition"]
    case.filing_condition, case.filed_by, case.filed_at = condition, by, s.now
    case.urgent = s.inputs.get("urgent", case.urgent)
    special = AreaLimit.objects.filter(condition=condition, area_class=case.area_class).first()
    promise = special or condition
    case.limit_value, case.limit_unit = promise.limit_value, promise.limit_unit
    event.data["limit"] = [str(promise.limit_value), promise.limit_unit]


def _dispatch(case, event, s, by, flag=""):
    """Give the task to its lead and let others assist; `flag` names the special way."""
    lead = s.inputs.get("department") or s.inputs["locality"]
    case.arbitrated = case.arbitrated and lead.pk == case.department_id
    case.department = lead
    case.first_department = case.first_department or lead
    case.handler = None
    case.dispatched_at = case.dispatched_at or s.now
    if flag:
        setattr(case, flag, True)
        event.data[flag] = True
    if helpers := [row for row in s.inputs.get("assist", ()) if row != lead]:
        case.assisting.add(*helpers)
    event.data.pop("assist", None)
    if helpers:
        event.data["assist"] = [row.code for row in helpers]


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


def _merge(case, event, s, by):
    """Link to the main case, which must still be open now that both are locked."""
    main = Case.objects.locked(s.inputs["main_case"].pk)
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
    A.RESUME: _set(suspended_until=None),
    A.MERGE: _merge,
    A.UNMERGE: _unmerge,
    A.CLOSE: _close,
    A.SPECIAL_CLOSE: _set(closed_kind=Case.ClosedKind.SPECIAL),
    A.HAND_OVER: _hand_over,
    A.HAND_OVER_SITE: _set(handed_over_at=lambda s: s.now),
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
    case.pending, case.forwarded, case.supervised, case.reply_due_at = "", False, "", None
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
