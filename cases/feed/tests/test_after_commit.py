"""After the commit nothing fails the act, and what did not happen then happens later."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from cases import tasks
from cases.feed import log as live
from cases.machine.actions import context, strike
from cases.machine.transitions import retime
from cases.models import CaseEvent, Sequence
from cases.states import State
from cases.tests.cast import MORNING, bring, make_city, report
from citymgmt.accounts import actions as accounts
from citymgmt.lib import after, push


@pytest.fixture
def city(transactional_db, monkeypatch):
    monkeypatch.setattr(after, "failures", after.Counter())
    return make_city()


def places():
    return list(CaseEvent.objects.order_by("id").values_list("feed", flat=True))


def broken(*_args, **_options):
    raise RuntimeError("nobody there")


def no_database(*_args):
    raise DatabaseError("gone")


@pytest.mark.parametrize(
    ("name", "failure"),
    [("claim", no_database), ("claim", broken), ("since", broken), ("publish", broken)],
)
def test_every_act_on_a_case_succeeds_and_the_task_heals_it(city, monkeypatch, name, failure):
    with monkeypatch.context() as patch:
        patch.setattr(live, name, failure)
        case = bring(city, State.CLOSED)
        late = bring(city, State.DISPOSING)
        strike(at=late.due_at)
        retime(late.pk, context=context(late.due_at))
    assert case.state == State.CLOSED
    count = CaseEvent.objects.count()
    assert after.failures["cases.feed.log.nudge"] >= 17
    tasks.publish_pending()
    assert places() == list(range(1, count + 1))


@pytest.mark.parametrize("value", [0, 1, 2])
def test_a_head_behind_its_rows_catches_up_by_itself(city, value, caplog):
    bring(city, State.TO_DISPATCH)
    Sequence.objects.filter(name="feed").update(value=value)
    report(city)
    assert places() == [1, 2, 3, 4]
    assert live.head() == 4
    assert "catches up" in caplog.text
    assert after.failures == {}
    call_command("verify_record", verbosity=0)  # the chain goes on where it was


def test_a_head_that_is_gone_is_made_anew(city):
    bring(city, State.TO_DISPATCH)
    Sequence.objects.filter(name="feed").delete()
    report(city)
    assert places() == [1, 2, 3, 4]


def test_rights_and_passwords_change_though_nobody_can_be_told(city, monkeypatch):
    monkeypatch.setattr(push, "to_group", broken)
    accounts.set_password(person=city.leader, password="Right-horse-9", by=city.sysadmin)
    city.leader.refresh_from_db()
    assert city.leader.check_password("Right-horse-9")
    assert after.failures["citymgmt.accounts.sessions._tell"] > 0


def test_a_past_that_is_written_stays_silent(city, monkeypatch):
    monkeypatch.setattr(live, "publish", broken)
    with push.silence():
        report(city, at=MORNING)
    assert after.failures == {}
