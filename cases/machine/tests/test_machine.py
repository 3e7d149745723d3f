"""Random people doing random things never bring a case into disorder."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.machine import actions
from cases.machine.moves import MOVES, moves_from
from cases.machine.rules import offers
from cases.models import Attachment, Case
from cases.record.chain import broken_cases
from cases.states import FINAL, HOLDER, REQUESTS, Action, Scope, Stage, State, stage_of
from cases.tests.cast import AFTER, photo, report
from cases.tests.scenes import PEOPLE, answers, new_report, switch
from cases.time import clock as clocks
from citymgmt.lib.errors import Refused

STEPS = 40
AFTERWARDS = 4  # steps after the end: appeals, a merge undone
MINUTES = (0, 1, 1, 20, 20, 300, 3000)
ENDS = {Action.REJECT, Action.DECLINE, Action.FORCE_CLOSE, Action.VOID, Action.MERGE,
        Action.SPECIAL_CLOSE}  # fmt: skip
# Where people go on; the rest of the steps are taken there too, but more seldom.
ASIDE = {Action.SUPERVISE, Action.URGE, Action.INSTRUCT, Action.HAND_OVER, Action.ASSIST_FEEDBACK}
TRIES = [action for action in Action if action != Action.REPORT]


class Walk:
    """One case on its way, by the dice of a seed; `photos` counts those that were taken."""

    def __init__(self, city, seed):
        self.city, self.now, self.dice = city, city.now, Random(seed)
        for key in ("two_level", "dept_review", "auto_rework", "rework_direct", "appeal_again"):
            switch(key, self.dice.random() < 0.5)
        switch("arbitrate_after", self.dice.choice((0, 2)))
        self.main = report(city, cell=1)
        self.case, self.photos = self.dice.choice((self.public, self.own, self.done))(city)
        self.seen = Counter()

    def public(self, city):
        return new_report(city), 0

    def own(self, city):
        return report(city, on_guard=self.dice.random() < 0.5), 1

    def done(self, city):
        """The collector has put it right."""
        photos = [photo("before"), *AFTER]
        return report(city, self_disposed=self.dice.random() < 0.3, photos=photos), 2

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
            if self.dice.random() < (0.02 if move.action in ENDS else 0.2)
            or move.action not in ENDS | ASIDE
        ]
        if offered:
            self.attempt(*self.dice.choice(offered))

    def attempt(self, action, name):
        rows = [m for m in moves_from(self.case.state) if m.action == action]
        takes = [n for n in rows[0].named if self.dice.random() < 0.5] if rows else []
        needs = [*rows[0].needed, *takes] if rows else []
        values = answers(
            self.city, action, until=self.now + timedelta(days=3),
            verify_result=self.dice.choice(("exists", "exists", "absent", "cannot_tell")),
            check_result=self.dice.choice(("pass", "fail", "cannot_tell")),
            filing_condition=self.dice.choice((self.city.cover_open, self.city.cover_worn)),
            department=self.dice.choice((self.city.water, self.city.street_office)),
            handler=self.dice.choice((self.city.handler, self.city.street_handler)),
            main_case=self.main, reply_by=self.now + timedelta(days=1),
            receiver=self.dice.choice((self.city.collector, self.city.liaison)),
            return_kind=self.dice.choice(("other", "wrong_dispatch")),
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
        self.seen[action] += 1


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
        assert (running, case.next_at, case.supervised) == ([], None, "")
        assert case.pending in ("", "appeal")
        assert (case.merged_into_id is None) == (case.void_origin != "merge")
    elif case.state == State.SUSPENDED:
        assert running == []
        assert case.next_at <= case.suspended_until
    else:
        assert HOLDER[case.state]
        assert running == [stage_of(case.state, case.pending)]
        assert case.due_at


@pytest.mark.django_db
def test_machine_no_walk_ends_in_disorder(cast):
    states, deeds = Counter(), Counter()

    @settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=st.integers(0, 2**32))
    def walk_through(seed):
        with transaction.atomic():
            walk, ended = Walk(cast, seed), 0
            for _ in range(STEPS):
                check(walk)
                states[str(walk.case.state)] += 1
                ended += walk.case.state in FINAL
                walk.step()
                if ended > AFTERWARDS:
                    break
            check(walk)
            deeds.update(walk.seen)
            transaction.set_rollback(True)

    walk_through()
    assert not Case.objects.exists()
    # The walks are worth their name: they come to more than half of the states and the actions.
    assert len(states) > len(State) / 2, states
    own = {row.action for row in MOVES if row.scope != Scope.SYSTEM}
    assert len(deeds) > len(own) / 2, deeds
