"""The past, event by event: a queue in time of reports, steps and strikes of the timer."""

import gc
import heapq
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q

from cases.feed import log as live
from cases.machine import actions
from cases.machine.moves import MOVES
from cases.machine.situation import Context
from cases.models import Case, CaseEvent
from cases.states import OPEN, Action, State
from cases.time.worktime import whole
from citymgmt.demo.simulation import pace
from citymgmt.demo.simulation.intake import call_back, intake
from citymgmt.demo.simulation.pictures import picture
from citymgmt.demo.simulation.posts import Mood, Step, next_step
from citymgmt.demo.simulation.world import World
from citymgmt.lib import push
from citymgmt.lib.errors import Refused

log = logging.getLogger(__name__)
SELF_DISPOSED = 0.02  # of the collectors' reports are put right on the spot
INHERITED = 6  # hard cases at the beginning
ON_GUARD = 0.15  # of the urgent ones: the collector stays until somebody takes over
PER_COLLECTOR = 2.4  # reports on a workday, all sources
BATCH = 300  # events in one transaction
TRIES = 4  # other things a person tries after a refusal
BY_HAND = {Action.RETIME, Action.TAKE_BACK}  # deeds of the system that somebody must ask for
FIGURES = ("reported", "filed", "closed", "overdue", "rework", "refused", "errors")
COUNTED = {
    Action.REPORT: "reported", Action.FILE: "filed", Action.OVERDUE: "overdue",
    Action.REWORK: "rework",
}  # fmt: skip
# Where the youngest cases stand at the end, so that every desk has work: a state or an open
# request, and the minutes it takes to get there.
STOCK = (
    (State.REGISTERED, 0), (State.VERIFYING, 8), (State.TO_FILE, 6), (State.TO_DISPATCH, 14),
    (State.TO_DISPOSE, 22), (State.DISPOSING, 45), (State.DEPT_REVIEW, 65),
    (State.FEEDBACK_IN, 80), (State.TO_CHECK, 95), (State.CHECKING, 105), (State.TO_CLOSE, 140),
    (State.SUSPENDED, 120), (Action.EXTEND, 85), (Action.RETURN, 45), (Action.SUSPEND, 85),
    (Action.VOID, 20),
)  # fmt: skip
TWO_LEVEL = ((State.CLOSE_REVIEW, 150),)
NO_WISH = ("", False)
SLACK = (4, 40)  # minutes
CHORES = (call_back,)
CHORES_AT = time(16, 40)  # before the office closes


class Run:
    """One run. `figures` counts what happened; `errors` are failures that no rule explains."""

    def __init__(self, world: World, *, start: datetime, end: datetime, tempo: float = 1):
        self.world, self.start, self.end = world, start, end
        self.context = actions.context(start)
        self.mood = Mood(tempo=tempo)
        self.figures: Counter = Counter(dict.fromkeys(FIGURES, 0))
        self.queue: list = []
        # case -> where it shall stand at the end, and whether visitors shall have its tasks
        self.wishes: dict[int, tuple[str, bool]] = {}
        self.passing: set[int] = set()  # cases that do not stand still there
        self._order = 0

    # --- the queue ---
    def push(self, at: datetime, deed: Callable, *arguments: Any) -> None:
        self._order += 1
        heapq.heappush(self.queue, (at, self._order, deed, arguments))

    def drain(self) -> None:
        """Do everything that falls before the end, in batches."""
        while self.queue and self.queue[0][0] <= self.end:
            with transaction.atomic():
                for _ in range(BATCH):
                    if not self.queue or self.queue[0][0] > self.end:
                        break
                    at, _order, deed, arguments = heapq.heappop(self.queue)
                    deed(at, *arguments)

    def at(self, moment: datetime) -> Context:
        return replace(self.context, now=whole(moment))

    # --- reports ---
    def plan_reports(self, per_day: float) -> None:
        zone = self.context.calendars.center.timezone
        day = self.start.astimezone(zone).date()
        while day <= self.end.astimezone(zone).date():
            rng = Random(f"{self.world.seed}:{day}")
            for at in pace.day_of(rng, day, per_day, zone):
                if self.start < at <= self.end:
                    self.push(at, self.report, rng.random())
            evening = datetime.combine(day, CHORES_AT, zone)
            if self.start < evening <= self.end:
                self.push(evening, self.chores, rng.random())
            day += timedelta(days=1)

    def chores(self, at: datetime, seed: float) -> None:
        """What is done once a day besides cases, such as calling back."""
        for number, chore in enumerate(CHORES):
            self.guarded(self._chore, at, chore, Random(f"{seed}:{number}"))

    def _chore(self, at, chore, rng):
        return chore(now=at, rng=rng, people=self.world.people)

    def report(
        self, at: datetime, seed: object, wish: str = "", visitor: bool = False
    ) -> Case | None:
        rng = Random(seed)
        hour = at.astimezone(self.context.calendars.center.timezone).hour
        source = pace.source(rng, hour)
        if wish:
            source = "hotline_12345" if wish == State.VERIFYING else "patrol"
        case = self.guarded(self._report, at, rng, source, wish)
        if case:
            self.figures["reported"] += 1
            if wish:
                self.wishes[case.pk] = wish, visitor
            self.plan(case, at)
        return case

    def _report(self, at, rng, source, wish):
        world = self.world
        condition, spot, part = world.matter(rng)
        matter = condition.matter_class
        urgent = "urgent" in condition.limit_unit and rng.random() < 0.5
        own = source == "patrol" and not wish
        done = own and not urgent and rng.random() < SELF_DISPOSED
        return intake(source)(
            rng=rng, by=self._reporter(source, spot, rng),
            class_code=matter, lon=spot.lon, lat=spot.lat, component=part,
            source=world.source(source),
            description=condition.text_zh, address=f"{spot.place}附近" if spot.place else "",
            photos=self._photos(source, matter, rng, done, f"{at} {spot.lon} {spot.lat}"),
            urgent=urgent,
            self_disposed=done, on_guard=own and urgent and rng.random() < ON_GUARD,
            within=self.at(at),
        )  # fmt: skip

    def _reporter(self, source, spot, rng):
        if source == "patrol":
            return self.world.collector_for(spot.duty_grid_id, rng)
        if source in ("wechat", "app", "web", "media"):
            return None
        return rng.choice([p for p in self.world.people if "acceptor" in p.post_codes])

    def _photos(self, source, matter, rng, done, taken):
        kinds = ["close", "wide", "reference"] if rng.random() < 0.08 else ["close"]
        if done:
            kinds = ["before", "after"]
        if source.startswith("hotline") or source in ("leader", "referral", "media"):
            return []
        return [(kind, picture(kind, matter.code, taken)) for kind in kinds]

    # --- steps ---
    def plan(self, case: Case, now: datetime) -> None:
        """Queue what happens next to a case: a step, and before it a strike of the timer."""
        wish, _visitor = self.wishes.get(case.pk, NO_WISH)
        there = wish and case.pk not in self.passing and wish in (case.state, case.pending)
        step = None if there else self.next(case)
        at = max(step.at, now) if step else None
        if case.next_at and (at is None or case.next_at <= at):
            self.push(max(case.next_at, now), self.strike, case.pk)
        elif step:
            self.push(at, self.act, case, step)

    def next(self, case, avoid=()):
        mood, (wish, visitor) = self.mood, self.wishes.get(case.pk, NO_WISH)
        if wish:
            wanted = Action.SUSPEND if wish == State.SUSPENDED else wish
            wanted = wanted if wanted in Action.values else ""
            mood = Mood(plain=True, wish=wanted, visitor=visitor)
        return next_step(case, self.world, self.context.calendars, mood, avoid)

    def act(self, at: datetime, case: Case, step: Step | None) -> Case | None:
        """The step of the case; what is refused is replaced by another thing to do."""
        avoid: tuple[str, ...] = ()
        for _ in range(TRIES):
            if step is None:
                return None
            event = self.guarded(self._perform, at, case, step)
            if event:
                self.count(event)
                self.plan(event.case, at)
                return event.case
            avoid = (*avoid, step.action)
            step = self.next(case, avoid)
        return None

    def _perform(self, at, case, step):
        given, photos = step.given, step.photos
        return actions.perform(
            case, step.action, by=step.by, given=given, photos=photos, within=self.at(at)
        )

    def strike(self, at: datetime, pk: int) -> None:
        """A round of the timer; then the case of this entry is planned anew."""
        actions.strike(within=self.at(at))
        case = Case.objects.get(pk=pk)
        if not case.final:
            self.plan(case, at)

    def count(self, event: CaseEvent) -> None:
        if event.action in COUNTED:
            self.figures[COUNTED[event.action]] += 1
        if event.state_to == State.CLOSED != event.state_from:
            self.figures["closed"] += 1

    def guarded(self, deed, *arguments):
        """The result, or None: a refusal is counted, anything else is logged and counted."""
        try:
            return deed(*arguments)
        except Refused as refused:
            self.figures["refused"] += 1
            log.info("refused: %s (%s)", refused.detail, refused.fields)
        except Exception:
            self.figures["errors"] += 1
            log.exception("%s failed at %s", deed.__name__, arguments[0])
        return None

    # --- beginning and end ---
    def inherit(self) -> None:
        """A center without hard cases takes over a few, which will be stockpiled."""
        if Case.objects.filter(hard_since__isnull=False).exists():
            return
        for number in range(INHERITED):
            at = self.start - timedelta(days=4, minutes=number)
            self.push(at, self.report_hard, f"{self.world.seed}:hard:{number}")

    def report_hard(self, at: datetime, seed: str) -> None:
        """A case that is suspended as a hard one, and goes on afterwards."""
        if case := self.report(at, seed, Action.SUSPEND_HARD):
            self.passing.add(case.pk)

    def take_over(self) -> None:
        """Go on with the cases that are open, and with appeals."""
        for case in Case.objects.filter(Q(state__in=OPEN) | ~Q(pending="")).order_by("id"):
            self.plan(case, self.start)

    def plan_stock(self, copies: int) -> None:
        """Late reports that come to a stand at each desk."""
        rng = Random(f"{self.world.seed}:stock")
        stops = [*STOCK, *(TWO_LEVEL if self.context.process.two_level else ())]
        wanted = [(*stop, copy == 0) for stop in stops for copy in range(copies)]
        for number, (wish, minutes, visitor) in enumerate(wanted):
            at = self.end - timedelta(minutes=minutes + rng.uniform(*SLACK))
            if at > self.start:
                self.push(at, self.report, f"{self.world.seed}:stock:{number}", wish, visitor)


def past(
    *, seed: int, start: datetime, end: datetime, per_day: float | None = None,
    stock: int = 3, tempo: float = 1,
) -> dict[str, Any]:  # fmt: skip
    """Write the time from `start` to `end`; the figures. Nobody is told live."""
    began = monotonic()
    with push.silence(), _no_long_collections():
        run = Run(World(seed), start=start, end=end, tempo=tempo)
        before, last = _timer_rows(), CaseEvent.objects.aggregate(last=Max("id"))["last"] or 0
        run.inherit()
        run.take_over()
        if per_day is None:
            per_day = PER_COLLECTOR * len(run.world.collectors)
        run.plan_reports(per_day)
        run.plan_stock(stock)
        run.drain()
        run.figures["overdue"] = _timer_rows() - before
        live.publish(send=False)
    log.info("%s days in %.1f s", (end - start).days, monotonic() - began)
    return {**run.figures, "by_action": by_action(last)}


def by_action(after: int = 0) -> dict[str, int]:
    """Rows of the log after that id by action, for every action of the table.

    Without the deadlines that an administrator moves with the calendar: it is no step of a post.
    """
    rows = CaseEvent.objects.filter(id__gt=after).order_by().values_list("action")
    known = {str(row.action): 0 for row in MOVES if row.action not in BY_HAND}
    return known | dict(rows.annotate(number=Count("id")))


@contextmanager
def _no_long_collections():
    """What is loaded now is not searched for garbage again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _timer_rows():
    return CaseEvent.objects.filter(action=Action.OVERDUE).count()
