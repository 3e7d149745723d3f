"""What a move does to the case besides its state: clocks, milestones, the requests' overlay.

Used by `transitions` alone, under the lock it holds. Clock rules: workflow §10.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from cases import clock as clocks
from cases.models import AreaLimit, Case
from cases.states import FINAL, REQUESTS, STAGE_OF, WITH_DEPARTMENT, Action, Stage, State
from cases.worktime import Limit, Unit, in_seconds, whole

A, S = Action, State
# Where no row says otherwise; workflow §8. Disposal has its limit from the filing condition.
STAGE_DEFAULT = Limit(Decimal(30), Unit.MINUTES)


# --- clocks ---------------------------------------------------------------------------------
def leave(event, s):
    """Stop or pause the clock of the step that ends; write what it used into the log row."""
    stage = STAGE_OF.get(s.case.state)
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
    """Start or resume the clock of the state just entered.

    Disposal is bundled: it resumes for the same department and starts anew for another.
    Acceptance resumes when a verify task answers; every other step starts fresh. A resumed
    clock keeps its marks: it is warned of once and found overdue once.
    """
    case = s.case
    case.warned_at = case.overdue_at = case.due_at = None
    stage = STAGE_OF.get(case.state)
    if stage is None:
        return
    kept, marks = case.clocks.get(stage), case.clocks.setdefault("marks", {})
    if kept and (resumed or _goes_on(stage, case)):
        clock = clocks.resume(clocks.from_json(kept), s.now)
        case.warned_at, case.overdue_at = map(_moment, marks.get(stage, (None, None)))
    else:
        clock = clocks.start(_limit(stage, s), s.now)
        marks.pop(stage, None)
        if stage == Stage.DISPOSE:  # the lateness of one department is not the next one's
            case.clocks["dispose_for"], case.disposal_overdue = case.department_id, False
    case.clocks[stage] = clocks.to_json(clock)


def _moment(text):
    return datetime.fromisoformat(text) if text else None


def _keep_marks(case):
    marks = [moment and moment.isoformat() for moment in (case.warned_at, case.overdue_at)]
    case.clocks["marks"][STAGE_OF[case.state]] = marks


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
    if case.state in FINAL:
        return
    if case.state == S.SUSPENDED:
        case.next_at = case.suspended_until
        return
    clock = clocks.from_json(case.clocks[STAGE_OF[case.state]])
    case.due_at = clocks.due_at(clock, s.calendar)
    warn = clocks.warn_at(clock, s.calendar, s.process.warn_share)
    if case.overdue_at is None:
        moments = [case.due_at + timedelta(seconds=1)]  # at the deadline is still on time
        if case.warned_at is None:
            moments.append(warn)
        case.next_at = min(moments)


def mark_time(s) -> str:
    """Mark the warning or the overdue moment that has come; the action to log, or ""."""
    case = s.case
    clock = clocks.from_json(case.clocks[STAGE_OF[case.state]])
    if case.overdue_at is None and clocks.overdue(clock, s.now, s.calendar):
        case.overdue_at = case.due_at
        if case.state in WITH_DEPARTMENT:
            case.disposal_overdue = True
        _keep_marks(case)
        return A.OVERDUE
    warn = clocks.warn_at(clock, s.calendar, s.process.warn_share)
    if case.warned_at is None and warn <= s.now:
        case.warned_at = warn
        _keep_marks(case)
        return A.WARN
    return ""


# --- what each action leaves on the case ----------------------------------------------------
def apply(row, event, s, by):
    """Common traces, then those of the action."""
    event.opinion = s.inputs.get("opinion", "")
    event.data = _plain(s.inputs)
    if row.action in REQUESTS:
        _ask(row, event, s)
    elif row.action in (A.APPROVE, A.REFUSE) and s.case.pending:
        _decide(row, event, s)
    if effect := EFFECTS.get(row.action):
        effect(s.case, event, s, by)
    if row.target in FINAL:
        _finish(row, s)


def _plain(inputs):
    """Inputs as JSON for the log; people and departments by their codes."""
    plain = {}
    for name, value in inputs.items():
        if name == "opinion":
            continue
        for attribute in ("username", "code", "isoformat", "pk"):
            if hasattr(value, attribute):
                value = getattr(value, attribute)
                value = value() if callable(value) else value
                break
        plain[name] = value
    return plain


def _ask(row, event, s):
    s.case.pending = REQUESTS[row.action]
    event.data["request"] = s.case.pending
    if row.action == A.SUSPEND:
        s.case.suspended_until = s.inputs["until"]


def _decide(row, event, s):
    case, kind = s.case, s.case.pending
    event.data["request"] = kind
    case.pending = ""
    if row.action == A.REFUSE:
        case.suspended_until = None
        return
    if kind == "extend":
        _extend(case, event, s)
    elif kind == "suspend":
        case.suspensions += 1
        case.handler = None
    elif kind == "return_":
        case.returns += 1
        case.handler = None


def _extend(case, event, s):
    """New deadline = current deadline + once the original limit."""
    clock = clocks.from_json(case.clocks[Stage.DISPOSE])
    seconds = in_seconds(clock.limit, s.calendar)
    case.clocks[Stage.DISPOSE] = clocks.to_json(clocks.extend(clock, seconds))
    case.extensions += 1
    case.warned_at = None
    _keep_marks(case)
    event.data["seconds"] = seconds


def _file(case, event, s, by):
    condition = s.inputs["filing_condition"]
    case.filing_condition, case.filed_by, case.filed_at = condition, by, s.now
    case.urgent = s.inputs.get("urgent", case.urgent)
    special = AreaLimit.objects.filter(condition=condition, area_class=case.area_class).first()
    promise = special or condition
    case.limit_value, case.limit_unit = promise.limit_value, promise.limit_unit
    event.data["limit"] = [str(promise.limit_value), promise.limit_unit]


def _dispatch(case, event, s, by):
    case.department = s.inputs["department"]
    case.handler = None
    case.dispatched_at = case.dispatched_at or s.now


def _disposal_ends(case, event, s, by):
    """The moment the department passes the case back decides whether it was on time."""
    if case.state == S.DISPOSING and s.process.dept_review:
        return
    case.disposed_at = s.now
    case.disposal_overdue = event.overdue


def _send_back(case, event, s, by):
    if case.state in (S.TO_FILE, S.TO_DISPATCH):
        case.verify_result = ""
    if case.state == S.FEEDBACK_IN:
        case.handler = None


def _set(**values):
    def effect(case, event, s, by):
        for name, value in values.items():
            setattr(case, name, value(s) if callable(value) else value)

    return effect


def _rework(case, event, s, by):
    case.round += 1
    case.check_result = ""


EFFECTS = {
    A.SEND_VERIFY: _set(collector=lambda s: s.inputs["collector"]),
    A.SEND_CHECK: _set(collector=lambda s: s.inputs["collector"]),
    A.VERIFY: _set(verify_result=lambda s: s.inputs["verify_result"]),
    A.CHECK: _set(check_result=lambda s: s.inputs["check_result"]),
    A.FILE: _file,
    A.DISPATCH: _dispatch,
    A.REDISPATCH: _dispatch,
    A.ASSIGN: _set(handler=lambda s: s.inputs["handler"]),
    A.UNASSIGN: _set(handler=None),
    A.DISPOSE: _disposal_ends,
    A.FEEDBACK: _disposal_ends,
    A.SEND_BACK: _send_back,
    A.REWORK: _rework,
    A.RESUME: _set(suspended_until=None),
}
VOID_ORIGIN = {A.REJECT: Case.VoidOrigin.REJECT, A.DECLINE: Case.VoidOrigin.DECLINE}


def _finish(row, s):
    case = s.case
    case.pending = ""
    if row.target == S.VOID:
        declined = case.state == S.DECLINE_REVIEW
        origin = Case.VoidOrigin.DECLINE if declined else Case.VoidOrigin.VOID
        case.void_origin = VOID_ORIGIN.get(row.action, origin)
        return
    case.closed_at = s.now
    case.forced = row.action == A.FORCE_CLOSE
    kinds = Case.ClosedKind
    late = kinds.OVERDUE if case.disposal_overdue else kinds.NORMAL
    case.closed_kind = kinds.SPECIAL if case.forced else late
