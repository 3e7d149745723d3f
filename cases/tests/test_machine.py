"""Random people doing random things never bring a case into disorder."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import actions
from cases import clock as clocks
from cases.models import Attachment, Case
from cases.record import broken_cases
from cases.rules import offers
from cases.states import FINAL, HOLDER, REQUESTS, STAGE_OF, Action, Stage, State, moves_from
from cases.tests.cast import photo, report
from cases.tests.scenes import PEOPLE, answers, new_report, switch
from citymgmt.lib.errors import Refused

STEPS = 40
MINUTES = (0, 1, 1, 20, 20, 300, 3000)
ENDS = {Action.REJECT, Action.DECLINE, Action.FORCE_CLOSE, Action.VOID}
TRIES = [action for action in Action if action != Action.REPORT]


class Walk:
    """One case on its way, by the dice of a seed; `photos` counts those that were taken."""

    def __init__(self, city, seed):
        self.city, self.now, self.dice = city, city.now, Random(seed)
        for key in ("two_level", "dept_review"):
            switch(key, self.dice.random() < 0.5)
        public = self.dice.random() < 0.5
        self.case = new_report(city) if public else report(city)
        self.photos = 0 if public else 1

    def step(self):
        self.now += timedelta(minutes=self.dice.choice(MINUTES))
        throw = self.dice.random()
        if throw < 0.15:
            actions.strike(at=self.now)
        elif throw < 0.35:
            self.attempt(self.dice.choice(TRIES), self.dice.choice(PEOPLE))
        else:
            self.right()
        self.case.refresh_from_db()

    def right(self):
        """Something that somebody is offered; seldom what ends the case early."""
        situation = actions.context(self.now).situation(self.case)
        offered = [
            (move.action, name)
            for name in PEOPLE
            for move in offers(getattr(self.city, name), situation)
            if move.action not in ENDS or self.dice.random() < 0.02
        ]
        if offered:
            self.attempt(*self.dice.choice(offered))

    def attempt(self, action, name):
        needs = next((m.needs for m in moves_from(self.case.state) if m.action == action), ())
        values = answers(
            self.city, action, until=self.now + timedelta(days=3),
            verify_result=self.dice.choice(("exists", "exists", "absent", "cannot_tell")),
            check_result=self.dice.choice(("pass", "fail", "cannot_tell")),
            filing_condition=self.dice.choice((self.city.cover_open, self.city.cover_worn)),
            department=self.dice.choice((self.city.water, self.city.street_office)),
            handler=self.dice.choice((self.city.handler, self.city.street_handler)),
        )  # fmt: skip
        pictures = [photo("after")] if {"photos", "after_photos"} & set(needs) else []
        try:
            actions.perform(
                self.case, action, by=getattr(self.city, name), photos=pictures, at=self.now,
                given={need: values[need] for need in needs if need in values},
            )  # fmt: skip
        except Refused:
            return
        self.photos += len(pictures)


def check(walk):
    case, last = walk.case, walk.case.events.latest("seq")
    assert case.state in State.values
    assert (last.state_to, last.seq, last.hash) == (case.state, case.events_count, case.head_hash)
    assert not list(broken_cases())
    assert Attachment.objects.filter(case=case).count() == walk.photos
    assert case.pending in ("", *REQUESTS.values())
    assert case.extensions <= 2
    assert case.suspensions <= 1
    running = [s for s in Stage if s in case.clocks and clocks.from_json(case.clocks[s]).running]
    if case.state in FINAL:
        assert (running, case.next_at, case.pending) == ([], None, "")
    elif case.state == State.SUSPENDED:
        assert (running, case.next_at) == ([], case.suspended_until)
        assert case.suspended_until
    else:
        assert HOLDER[case.state]
        assert running == [STAGE_OF[case.state]]
        assert case.due_at


@pytest.mark.django_db
def test_machine_no_walk_ends_in_disorder(cast):
    seen = Counter()

    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=st.integers(0, 2**32))
    def walk_through(seed):
        with transaction.atomic():
            walk = Walk(cast, seed)
            for _ in range(STEPS):
                check(walk)
                seen[str(walk.case.state)] += 1
                ended = walk.case.state in FINAL
                walk.step()
                if ended:
                    break
            check(walk)
            transaction.set_rollback(True)

    walk_through()
    assert not Case.objects.exists()
    # The walks are worth their name: they come to more than half of the states.
    assert len(seen) > len(State) / 2, seen
