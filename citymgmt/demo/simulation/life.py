"""The present: a few reports and steps at a time, told live to whoever watches.

Nothing is remembered between two steps: what is due follows from the open cases. The accounts
named like their posts belong to visitors: the simulation does not play them, and leaves alone
for a while what they touched.
"""

import time
from datetime import datetime, timedelta
from random import Random

from django.db.models import Q
from django.utils import timezone

from cases.models import Case, CaseEvent
from cases.states import OPEN, State
from citymgmt.accounts.posts import POSTS
from citymgmt.demo.simulation.run import Run
from citymgmt.demo.simulation.world import World
from dispatch.field.actions import note_position
from grid.models import Position

EVERY = 5  # seconds
TEMPO = 20  # a day's disposal in about an hour
REPORTS_PER_MINUTE = 0.9
MOVES = 2  # in one step, so that the eye can follow
OPEN_MOST = 900  # with more open cases nobody reports
HANDS_OFF = timedelta(hours=2)
NIGHT = range(6)
TOLD = 60  # seconds after which a collector tells the place again
SILENT = timedelta(minutes=10)
ACCURACY = 8  # metres


class Life:
    """A city in motion. `step` is what happens in EVERY seconds."""

    def __init__(self, seed: int, tempo: float | None = None):
        self.world = World(seed, visitors=True)
        self.tempo = tempo or TEMPO

    def step(self, now=None) -> dict:
        """Report, act on what is due, walk; the figures of this step."""
        now = now or timezone.now()
        self.world.change_shift(timezone.localtime(now).hour)
        run = Run(self.world, start=now, end=now, tempo=self.tempo)
        rng = Random(f"{self.world.seed}:{now.timestamp():.3f}")
        cases = self._cases(now)
        if len(cases) < OPEN_MOST and rng.random() < self._rate(now) * EVERY / 60:
            run.report(now, rng.random())
        for case, step in self._due(run, cases, now, rng)[:MOVES]:
            run.act(now, case, step)
        self._walk(now)
        return dict(run.figures)

    def _cases(self, now):
        """Open cases and appeals that no visitor has in hand."""
        touched = CaseEvent.objects.filter(by__username__in=POSTS, at__gt=now - HANDS_OFF)
        cases = Case.objects.filter(Q(state__in=OPEN) | ~Q(pending=""))
        cases = cases.exclude(state=State.SUSPENDED)
        return list(cases.exclude(pk__in=touched.values("case")).order_by("state_since", "id"))

    def _rate(self, now):
        hour = timezone.localtime(now).hour
        return REPORTS_PER_MINUTE * (0.3 if hour in NIGHT else 1)

    def _due(self, run, cases, now, rng):
        """Cases with their steps that have come, mixed, so that no backlog holds up the rest."""
        due = []
        for case in cases:
            step = run.next(case)
            if step and step.at <= now:
                due.append((case, step))
        rng.shuffle(due)
        return due

    def _walk(self, now: datetime):
        """Every collector on duty tells the place once a minute, in turn; at once who has not
        been heard of for long."""
        turns = round(TOLD / EVERY)
        turn = int(now.timestamp() // EVERY) % turns
        heard = set(
            Position.objects.filter(at__gt=now - SILENT, at__lte=now).values_list("user", flat=True)
        )
        for number, user in enumerate(self.world.collectors):
            due = number % turns == turn or user.pk not in heard
            if due and (place := self.world.walk(user, now)):
                note_position(by=user, lon=place[0], lat=place[1], accuracy=ACCURACY, at=now)

    def go_on(self, figures: dict) -> dict:
        """Step until interrupted; the figures added to those given."""
        try:
            while True:
                began = time.monotonic()
                for name, number in self.step().items():
                    figures[name] += number
                time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
        except KeyboardInterrupt:
            return figures
