"""The present: a few reports and steps at a time, told live to whoever watches.

Nothing is remembered between two steps: what is due follows from the open cases. The accounts
named like their posts belong to visitors: the simulation does not play them, and leaves alone
for a while what they touched.
"""

import time
from datetime import timedelta
from random import Random

from django.contrib.gis.geos import Point
from django.utils import timezone

from cases.models import Case, CaseEvent
from cases.states import State
from citymgmt.accounts.posts import POSTS
from dispatch.simulation.run import Run
from dispatch.simulation.world import World
from grid.geometry import STORED
from grid.models import Position

EVERY = 5  # seconds
TEMPO = 20  # a day's disposal in about an hour
REPORTS_PER_MINUTE = 0.9
MOVES = 2  # in one step, so that the eye can follow
OPEN_MOST = 900  # with more open cases nobody reports
HANDS_OFF = timedelta(hours=2)
NIGHT = range(6)


class Life:
    """A city in motion. `step` is what happens in EVERY seconds."""

    def __init__(self, seed: int, tempo: float | None = None):
        self.world = World(seed, visitors=True)
        self.tempo = tempo or TEMPO

    def step(self, now=None) -> dict:
        """Report, act on what is due, walk; the figures of this step."""
        now = now or timezone.now()
        run = Run(self.world, start=now, end=now, tempo=self.tempo)
        rng = Random(f"{self.world.seed}:{now.timestamp():.3f}")
        cases = self._cases(now)
        if len(cases) < OPEN_MOST and rng.random() < self._rate(now) * EVERY / 60:
            run.report(now, rng.random())
        for case, step in self._due(run, cases, now, rng)[:MOVES]:
            run.act(now, case, step)
        self._walk(now, rng)
        return dict(run.figures)

    def _cases(self, now):
        """Open cases that no visitor has in hand."""
        touched = CaseEvent.objects.filter(by__username__in=POSTS, at__gt=now - HANDS_OFF)
        cases = Case.objects.open().exclude(state=State.SUSPENDED)
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

    def _walk(self, now, rng):
        """One collector is somewhere new."""
        if found := self.world.walk(rng):
            user, spot = found
            place = Point(spot.lon, spot.lat, srid=STORED)
            Position.objects.create(user=user, at=now, point=place, accuracy_m=rng.randint(4, 15))

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
