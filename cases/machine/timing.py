"""When the clocks of a case start, pause and strike: under the lock of a move or of the timer.

Used by `transitions` and `effects` alone. `s` is a `rules.Situation`. Clock rules: workflow §10.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from cases.models import Case
from cases.states import FINAL, WITH_DEPARTMENT, Action, Stage, State, stage_of
from cases.time import clock as clocks
from cases.time.urgent import by_the_clock
from cases.time.worktime import Limit, Unit, whole

A, S = Action, State
# Where no row says otherwise; workflow §8. Disposal has its limit from the filing condition.
STAGE_DEFAULT = Limit(Decimal(30), Unit.MINUTES)


def leave(event, s, moment):
    """Stop or pause the clock of the step that ends; write what it used into the log row.

    `moment`: when the step was done, which lies before now where it was done without a network.
    """
    stage = stage_of(s.case.state, s.case.pending)
    event.stage = stage or ""
    event.received_at = s.case.state_since
    if stage is None:
        return
    clock, calendar = _counted(s, stage)
    ends = max(whole(moment), clock.running_since)
    event.used_seconds = clocks.used_at(clock, moment, calendar)
    event.limit_seconds = clocks.total(clock, calendar)
    event.due_at = clocks.deadline(clock, calendar)
    event.overdue = clocks.overdue(clock, moment, calendar)
    s.case.clocks[stage] = clocks.to_json(clocks.pause(clock, ends, calendar, event.action))
    if moment < s.now:
        _take_back_marks(s, stage, ends)


def _take_back_marks(s, stage, moment):
    """What struck between the act and its arrival did not come to pass; its rows stay."""
    case = s.case
    if case.warned_at and case.warned_at > moment:
        case.warned_at = None
    if case.overdue_at and case.overdue_at >= moment:
        case.overdue_at = None
        _escalated(case).pop(stage, None)
        if stage == Stage.DISPOSE:
            case.disposal_overdue = False
    if stage in case.clocks.get("marks", {}):
        keep_marks(case)


def _counted(s, stage):
    """(the clock of the stage, the calendar it is counted on)"""
    return clocks.from_json(s.case.clocks[stage]), s.calendar(stage)


def enter(s, *, resumed=False):
    """Start or resume the clock of the state just entered, or of the request just asked.

    Disposal is bundled: it resumes for the same department and starts anew for another.
    Acceptance resumes when a verify task answers; every other step starts fresh, so the center
    has its dispatching limit for deciding a return and again for dispatching anew. A resumed
    clock keeps its marks: it is warned of once and found overdue once.
    """
    case = s.case
    case.warned_at = case.overdue_at = case.due_at = case.warn_at = None
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


def keep_marks(case):
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
    limit = Limit(row.limit_value, Unit(row.limit_unit))
    return by_the_clock(limit) if case.urgent else limit


def set_alarm(s):
    """Store when the light turns yellow (`warn_at`), when the holder is late (`due_at`), and when
    the timer must look again (`next_at`)."""
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
    clock, calendar = _counted(s, stage)
    case.due_at = clocks.due_at(clock, calendar)
    case.warn_at = clocks.warn_at(clock, calendar, s.process.warn_share)
    if case.overdue_at is not None:
        later = clocks.warn_at(clock, calendar, s.process.escalate_share)
        return [] if stage in _escalated(case) else [later]
    moments = [case.due_at + timedelta(seconds=1)]  # at the deadline is still on time
    if case.warned_at is None:
        moments.append(case.warn_at)
    return moments


def _other_moments(s):
    """A reply that will be late, a hard case that will be stockpiled, nobody on site in time."""
    case = s.case
    if _arrival_open(case):
        yield case.arrive_by + timedelta(seconds=1)
    if case.supervised == Case.Supervised.TO_REPLY:
        yield case.reply_due_at + timedelta(seconds=1)
    if case.hard_since and not case.stockpiled_at:
        yield case.hard_since + timedelta(days=s.process.stockpile_days)


def _arrival_open(case) -> bool:
    awaited = case.arrive_by and not case.arrived_at and not case.arrival_late_at
    return bool(awaited) and case.state in WITH_DEPARTMENT


def mark_time(s) -> str:
    """Mark the moment that has come; the action to log, or ""."""
    case = s.case
    if case.supervised == Case.Supervised.TO_REPLY and case.reply_due_at < s.now:
        case.supervised = Case.Supervised.LATE
        return A.URGE
    if _arrival_open(case) and case.arrive_by < s.now:
        case.arrival_late_at = case.arrive_by
        return A.ARRIVAL_LATE
    stockpiled = timedelta(days=s.process.stockpile_days)
    if case.hard_since and not case.stockpiled_at and case.hard_since + stockpiled <= s.now:
        case.stockpiled_at = s.now
        return A.STOCKPILE
    return "" if case.state == S.SUSPENDED else _mark_clock(s)


def _mark_clock(s):
    case = s.case
    stage = stage_of(case.state, case.pending)
    clock, calendar = _counted(s, stage)
    if case.overdue_at is None and clocks.overdue(clock, s.now, calendar):
        case.overdue_at = case.due_at
        if stage == Stage.DISPOSE:
            case.disposal_overdue = True
        keep_marks(case)
        return A.OVERDUE
    if case.warned_at is None and case.overdue_at is None and case.warn_at <= s.now:
        case.warned_at = case.warn_at
        keep_marks(case)
        return A.WARN
    return _mark_long_overdue(s, stage)


def _mark_long_overdue(s, stage):
    case = s.case
    if case.overdue_at is None or stage in _escalated(case):
        return ""
    moment = clocks.warn_at(*_counted(s, stage), s.process.escalate_share)
    if moment > s.now:
        return ""
    _escalated(case)[stage] = moment.isoformat()
    return A.ESCALATE


def retime(s):
    """Store the moments of the running clock anew, as the calendars and the switches are now.

    The limit, extensions and what closed spans counted stay. A mark whose moment lies ahead
    again is taken back, and strikes again in its time; its row stays in the log. Where no clock
    runs there is nothing to store.
    """
    case = s.case
    stage = stage_of(case.state, case.pending)
    if stage is None or not clocks.from_json(case.clocks[stage]).running:
        return
    set_alarm(s)
    before = case.warned_at, case.overdue_at
    if case.warned_at and case.warn_at > s.now:
        case.warned_at = None
    if case.overdue_at and case.due_at >= s.now:
        case.overdue_at = None
        if stage == Stage.DISPOSE:
            case.disposal_overdue = False
        _escalated(case).pop(stage, None)
    if before != (case.warned_at, case.overdue_at):
        keep_marks(case)
        set_alarm(s)


def take_back(s, marks):
    """These rows of the timer (oldest first) came of a wrong clock: the case as without them.

    A mark goes with its clock, which may have ended since; one that is right by the clock now
    strikes again in its time. A suspension goes on until the moment that is among the inputs.
    """
    case = s.case
    for mark in marks:
        if mark.action == A.URGE and case.supervised == Case.Supervised.LATE:
            case.supervised = Case.Supervised.TO_REPLY
        elif mark.action == A.ARRIVAL_LATE:
            case.arrival_late_at = None
        elif mark.action == A.STOCKPILE:
            case.stockpiled_at = None
        elif mark.action == A.RESUME:
            _suspend_again(s, mark)
        elif mark.action in CLOCKED:
            _unmark(s, mark.stage, mark.action)
    if case.state not in FINAL:
        set_alarm(s)


def _suspend_again(s, ended):
    """`ended`: the row that ended the suspension; it tells when that had begun."""
    case = s.case
    case.state_since, case.suspended_until = ended.received_at, s.inputs["until"]
    case.warned_at = case.overdue_at = case.due_at = case.warn_at = None
    clock = clocks.from_json(case.clocks[Stage.DISPOSE])
    case.clocks[Stage.DISPOSE] = clocks.to_json(clocks.unresume(clock))


CLOCKED = (A.WARN, A.OVERDUE, A.ESCALATE)


def _unmark(s, stage, action):
    case = s.case
    warned, late = case.clocks.setdefault("marks", {}).get(stage, (None, None))
    if action == A.ESCALATE:
        _escalated(case).pop(stage, None)
    elif action == A.WARN:
        warned = None
    else:
        late = None
        if stage == Stage.DISPOSE:
            _judge_disposal(s)
    case.clocks["marks"][stage] = [warned, late]
    if stage == stage_of(case.state, case.pending):
        case.warned_at, case.overdue_at = _moment(warned), _moment(late)


def _judge_disposal(s):
    """Late, or not, by the clock of disposal itself; while it runs the next round says so."""
    case = s.case
    clock, calendar = _counted(s, Stage.DISPOSE)
    case.disposal_overdue = not clock.running and clocks.overdue(clock, s.now, calendar)
