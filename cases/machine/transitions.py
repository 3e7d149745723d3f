"""The one writer of a case's state.

`move` locks the case, asks the table and the rules, turns the clocks, writes one `CaseEvent`
and tells the apps above, all in one transaction. `begin` enters a new case; `tick` is the
timer's hand: warnings, overdue marks and the end of a suspension.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.devices import made as made_rules
from cases.feed import log as live
from cases.machine import effects, timing
from cases.machine.rules import choose, following, may, refusal
from cases.models import Case, CaseEvent
from cases.record import chain as record
from cases.signals import moved
from cases.states import CITIZENS_SAY, FINAL, Action, State, stage_of
from cases.time.worktime import whole
from cases.timers import watch
from citymgmt.lib import rows
from citymgmt.lib.after import after_commit
from citymgmt.lib.errors import NotNow, NotYours
from citymgmt.lib.rows import Prepared
from citymgmt.lib.transactions import retried

MARKS = (
    Action.WARN, Action.OVERDUE, Action.ESCALATE, Action.ARRIVAL_LATE, Action.URGE,
    Action.STOCKPILE,
)  # fmt: skip
SUSPENDING = (Action.SUSPEND, Action.SUSPEND_HARD)
BY_TIMER = (*MARKS, Action.RESUME)
HEAD = ("events_count", "head_hash", "updated_at")


def move(
    case, action, *, by, inputs, expected, context, client_uuid=None, made=None, photos=()
) -> CaseEvent:
    """Carry out one row of the table. `context` is `actions.Context` (now, process, calendars).

    `made` (`made.Made`) is what the device says of when and where it was done.

    Raises NotNow (409) if the table or a guard forbids it, NotYours (403), BadInput (400).
    `inputs` are parsed objects, by the row `expected` before the case was locked; `photos` are the
    pictures of the step, stored by the caller in the same transaction. The moment is read under
    the lock.
    """
    with transaction.atomic():
        locked = Case.objects.all_locked(*_concerned(case, inputs))
        case, inputs = locked[case.pk], {n: _fresh(one, locked) for n, one in inputs.items()}
        newest = _newest(case)
        if newest and not context.given:
            _refuse_ahead(*newest)
        context = context.under_lock(newest and newest[0])
        stored = _columns(case)
        situation = context.situation(case, inputs)
        row = choose(action, situation)
        if row is None:
            raise NotNow(_("This is not possible in the present state of the case."), "wrong_state")
        if not may(by, row, case, situation.process):
            raise NotYours(_("This is not yours to do."), "not_yours")
        apart = row.action == Action.UNMERGE and case.merged_into_id not in locked
        if row is not expected or apart:
            raise NotNow(_("The case has just changed. Look again."), "changed")
        if reason := refusal(row, situation):
            raise NotNow(reason, "refused")
        event = CaseEvent(client_uuid=client_uuid, photos=_hashes(photos), **_claimed(made))
        counted = _counted(made, row, by, situation)
        _carry_out(situation, row, by, event, counted=counted)
        _store(case, stored)
        moved.send(sender=Case, case=case, event=event, move=row, inputs=inputs)
    after_commit(live.nudge)
    return event


def _concerned(case, inputs) -> set[int]:
    """All cases that a move locks: its own, those it names and the one it was merged into."""
    named = {one.pk for one in inputs.values() if isinstance(one, Case)}
    return {case.pk, *named, case.merged_into_id} - {None}


def _fresh(value, locked):
    return locked[value.pk] if isinstance(value, Case) else value


def _last_moment(case):
    """The moment of the newest row of the log, than which none that follows is older."""
    found = _newest(case)
    return found and found[0]


def _newest(case):
    """(moment, person, action) of the newest row, or None."""
    return next(iter(_moments(case.pk, case.events_count)), None)


_moments = Prepared(
    lambda: CaseEvent.objects.filter(case=0, seq=0).values_list("at", "by", "action")
)


def _refuse_ahead(at, person, action):
    """A row of the timer that lies ahead came of a wrong clock: what follows it would lie there
    as well."""
    if person is None and action in BY_TIMER and watch.is_ahead(at, timezone.now()):
        detail = _(
            "The timer has acted on this case at %(at)s, which has not come yet: the clock was "
            "wrong. That must be taken back first."
        )
        raise NotNow(detail % {"at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"}, "clock")


def _claimed(claim) -> dict:
    """The columns of a log row for what a device says."""
    return {"made_at": claim.at, "made_lon": claim.lon, "made_lat": claim.lat} if claim else {}


def _hashes(pictures) -> list[str]:
    return [picture.sha256 for picture in pictures]


def _counted(claim, row, by, situation):
    """The moment by which the clock of the step that ends counts this act."""
    process = situation.process
    if claim is None or row.action not in made_rules.ON_SITE or not process.count_by_device:
        return situation.now
    return made_rules.counted(
        claim,
        arrived=situation.now,
        began=situation.case.state_since,
        last_act=_last_act(by),
        bound_minutes=process.device_minutes,
    )


def _last_act(by):
    """When the person last did anything to a case, as their device or else the log says."""
    last = CaseEvent.objects.filter(by=by).order_by("-at", "-id").first()
    return last and (last.made_at or last.at)


def _carry_out(situation, row, by, event, *, counted=None, verb=""):
    case, before = situation.case, situation.case.state
    target = row.target or State(before)
    event.action, event.state_from = row.action, before
    goes_on = row.target is not None or row.turns
    if goes_on:
        timing.leave(event, situation, counted or situation.now)
    effects.apply(row, event, situation, by)
    if goes_on:
        case.state = target
        case.state_since = situation.now
        timing.enter(situation, resumed=row.action == Action.RESUME)
    timing.set_alarm(situation)
    return _write(case, event, by, situation.now, verb or row.verb)


def follow(event, *, by, context):
    """What the settings do of themselves after a step, each as a step of its own with its row,
    at the moment of that step."""
    case, context = event.case, context.fixed(event.at)
    while found := following(event, context.process):
        action, inputs, by = found.action, found.inputs, by if found.same_person else None
        stored, situation = _columns(case), context.situation(case, inputs)
        row = choose(action, situation)
        event = _carry_out(situation, row, by, CaseEvent(), verb=event.action)
        _store(case, stored)
        moved.send(sender=Case, case=case, event=event, move=row, inputs=inputs)


def begin(case, *, by, context, data=None, made=None, photos=()) -> CaseEvent:
    """Enter a new case in `registered` with its first log row and its acceptance clock.

    `made` and `photos` as in `move`; the clock starts when the report arrives: nobody
    knew of it before.
    """
    with transaction.atomic():
        case.state = State.REGISTERED
        case.state_since = context.now
        situation = context.situation(case)
        timing.enter(situation)
        timing.set_alarm(situation)
        case.save(force_insert=True)
        event = CaseEvent(
            action=Action.REPORT, data=data or {}, photos=_hashes(photos), **_claimed(made)
        )
        _write(case, event, by, context.now)
        rows.update(case, HEAD)
        moved.send(sender=Case, case=case, event=event, move=None, inputs={})
    after_commit(live.nudge)
    return event


@retried
def tick(case_id, *, context) -> str:
    """What the timer does to one case whose `next_at` has come; "" if another was faster.

    Warning, overdue and long overdue are each written once per clock; a suspension ends by
    itself, a late reply is urged, a hard case is stockpiled.
    """
    with transaction.atomic():
        case = Case.objects.locked(case_id)
        context = context.under_lock(_last_moment(case))
        if case.next_at is None or case.next_at > context.now or case.state in FINAL:
            return ""
        stored, situation = _columns(case), context.situation(case)
        event = CaseEvent(state_from=case.state)
        if case.state == State.SUSPENDED and case.suspended_until <= context.now:
            event.action, event.received_at = Action.RESUME, case.state_since
            case.state, case.state_since = State.TO_DISPOSE, context.now
            case.suspended_until = None
            timing.enter(situation, resumed=True)
        else:
            event.action = timing.mark_time(situation)
        timing.set_alarm(situation)
        if event.action:
            _write(case, event, None, context.now)
            _store(case, stored)
            moved.send(sender=Case, case=case, event=event, move=None, inputs={})
        else:
            rows.update(case, ["next_at"])
    after_commit(live.nudge)
    return event.action


@retried
def retime(case_id, *, context, by=None) -> CaseEvent | None:
    """Bring the stored moments of an open case in line with the calendar and the switches now.

    Writes a log row where the due moment or that of the warning changes, and tells the apps above;
    None otherwise.
    """
    with transaction.atomic():
        case = Case.objects.locked(case_id)
        if case.state in FINAL:
            return None
        context = context.under_lock(_last_moment(case))
        stored, situation = _columns(case), context.situation(case)
        timing.retime(situation)
        data = _moved(case, stored)
        if not data:
            rows.update(case, ["next_at"])
            return None
        event = CaseEvent(state_from=case.state, action=Action.RETIME, data=data)
        _write(case, event, by, context.now)
        _store(case, stored)
        moved.send(sender=Case, case=case, event=event, move=None, inputs={})
    after_commit(live.nudge)
    return event


def _moved(case, stored) -> dict:
    """For the log: which moments of the clock are others than were stored, from and to."""
    names = [n for n in ("due", "warn") if getattr(case, f"{n}_at") != stored[f"{n}_at"]]
    moments = {f"{n}_from": stored[f"{n}_at"] for n in names}
    moments |= {f"{n}_to": getattr(case, f"{n}_at") for n in names}
    return {name: moment and moment.isoformat() for name, moment in moments.items()}


@retried
def take_back(case_id, *, since, until, reason, context, by=None) -> CaseEvent | None:
    """Undo what the timer did to a case in this span by a clock that was wrong: its marks, and
    that it ended a suspension, where nobody has done anything to the case since.

    The rows stay in the log; one more says which of them no longer count and why. What is truly
    due is found again by the next round. None where there is nothing to take back.
    """
    with transaction.atomic():
        case = Case.objects.locked(case_id)
        marks = rows_to_take_back(case, since, until)
        if not marks:
            return None
        kept = case.events.exclude(seq__in=[mark.seq for mark in marks])
        context = context.under_lock(kept.aggregate(last=Max("at"))["last"])
        stored, situation = _columns(case), context.situation(case, _suspension(case, marks))
        data = {"marks": [mark.seq for mark in marks]}
        event = CaseEvent(state_from=case.state, action=Action.TAKE_BACK, data=data, opinion=reason)
        case.state = choose(Action.TAKE_BACK, situation).target or case.state
        timing.take_back(situation, marks)
        _write(case, event, by, context.now)
        _store(case, stored)
        moved.send(sender=Case, case=case, event=event, move=None, inputs={})
    after_commit(live.nudge)
    return event


def rows_to_take_back(case, since, until) -> list[CaseEvent]:
    """What the timer did in this span, oldest first, as far as it can be undone and was not yet."""
    log = list(case.events.order_by("seq"))
    gone = {seq for row in log if row.action == Action.TAKE_BACK for seq in row.data["marks"]}
    by_timer = [row for row in log if row.by_id is None and row.action in BY_TIMER]
    found = [row for row in by_timer if since <= row.at <= until and row.seq not in gone]
    idle = gone | {row.seq for row in found}
    idle |= {row.seq for row in log if row.action == Action.TAKE_BACK}
    last = max((row.seq for row in log if row.seq not in idle), default=0)
    return [row for row in found if row.action != Action.RESUME or row.seq > last]


def _suspension(case, marks) -> dict:
    """Until when the suspension goes on whose end is among these rows, as it was asked for."""
    ended = next((row for row in marks if row.action == Action.RESUME), None)
    if ended is None:
        return {}
    asked = case.events.filter(action__in=SUSPENDING, seq__lt=ended.seq).latest("seq")
    return {"until": datetime.fromisoformat(asked.data["until"])}


def _write(case, event, by, now, verb=""):
    """Fill in, chain, sign and store the log row; the case is as it will be stored, with its new
    head."""
    membership = by.membership_for(verb or event.action) if by else None
    event.case, event.by, event.at, event.state_to = case, by, whole(now), case.state
    event.post = membership.post.code if membership else _without_post(event, by)
    event.by_department = membership.department if membership else None
    event.department_id = case.department_id
    event.stage = event.stage or stage_of(event.state_from, case.pending) or ""
    event.seq = case.events_count + 1
    event.prev_hash = case.head_hash
    event.case_digest = record.case_digest(case, event.form)
    record.sign(event)
    rows.insert(event)
    case.events_count, case.head_hash = event.seq, event.hash
    case.updated_at = timezone.now()
    return event


def _without_post(event, by) -> str:
    """The timer and the settings act as the system; a citizen has no post."""
    if by is None:
        return "" if event.action in CITIZENS_SAY else "system"
    return "service" if by.kind == by.Kind.SERVICE else ""


def _columns(case) -> dict:
    """The columns as they are stored; JSON is changed in place and therefore left out."""
    names = (field.attname for field in Case._meta.concrete_fields)
    return {name: getattr(case, name) for name in names if name != "clocks"}


def _store(case, stored):
    """Write what a move changed: a third of the columns, which halves its cost."""
    changed = [n for n, value in stored.items() if getattr(case, n) != value]
    rows.update(case, [*changed, "clocks"])
