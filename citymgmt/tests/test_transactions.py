"""Deeds that collide in the database are tried again."""

import threading
from contextlib import suppress

import pytest
from django.db import OperationalError, connection, transaction

from citymgmt.accounts.models import User
from citymgmt.lib.errors import NotNow
from citymgmt.lib.transactions import collided, retried


class Collision(Exception):
    """As psycopg raises it."""

    def __init__(self, code):
        super().__init__(code)
        self.pgcode = code


def failing(*states):
    """A deed that fails with these codes of the database, one after the other, then is done."""
    left = list(states)

    def deed():
        if left:
            state = left.pop(0)
            raise OperationalError(state) from Collision(state)
        return "done"

    return deed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_a_collision_is_tried_once_more_and_then_refused(transactional_db, state):
    assert retried(failing(state))() == "done"
    with pytest.raises(NotNow) as refusal:
        retried(failing(state, state))()
    assert (refusal.value.code, refusal.value.status) == ("busy", 409)


@pytest.mark.django_db(transaction=True)
def test_other_failures_are_no_collisions(transactional_db):
    with pytest.raises(OperationalError):
        retried(failing("57P01"))()
    with pytest.raises(OperationalError):
        retried(failing("40P01", "57P01"))()
    assert not collided(OperationalError("database is locked"))


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_it_is_left_to_whoever_began_it(transactional_db):
    with pytest.raises(OperationalError), transaction.atomic():
        retried(failing("40P01"))()


@pytest.mark.django_db(transaction=True)
def test_two_who_wait_for_each_other_both_come_through(transactional_db):
    """On PostgreSQL one of them is given up and tried again; SQLite has one writer at a time."""
    one, other = (User.objects.create(username=name).pk for name in ("one", "other"))
    meeting, done = threading.Barrier(2), []

    @retried
    @transaction.atomic
    def both(first, second):
        User.objects.select_for_update().get(pk=first)
        with suppress(threading.BrokenBarrierError):  # where the other one waits at the door
            meeting.wait(3)
        User.objects.select_for_update().get(pk=second)
        User.objects.filter(pk__in=(one, other)).update(full_name="x")

    def run(*order):
        try:
            both(*order)
            done.append(order)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == sorted([(one, other), (other, one)])
