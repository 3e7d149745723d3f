"""Two people at once: one wins, the other is told."""

import threading
import uuid

import pytest
from django.db import connection

from cases.machine import actions, reports
from cases.models import Attachment, Case, CaseEvent
from cases.record.chain import broken_cases
from cases.states import State
from cases.tests.cast import MORNING, bring, make_city, photo, report
from citymgmt.accounts.models import User
from citymgmt.lib.errors import NotNow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city():
    return make_city()


def together(*deeds):
    """Run the deeds in threads that start at the same moment; what each gave or raised."""
    barrier, results = threading.Barrier(len(deeds), timeout=30), [None] * len(deeds)

    def run(place, deed):
        try:
            barrier.wait()
            results[place] = deed()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def deed(case, action, user, **options):
    """A request of its own: its own case and user objects, read before it starts."""
    case, user = Case.objects.get(pk=case.pk), User.objects.get(pk=user.pk)
    return lambda: actions.perform(case, action, by=user, at=MORNING, **options)


def split(results):
    """(winners, losers); the losers were told so."""
    won = [r for r in results if isinstance(r, CaseEvent)]
    lost = [r for r in results if not isinstance(r, CaseEvent)]
    assert all(isinstance(r, NotNow) for r in lost), results
    return won, lost


def test_together_a_double_click_acts_once(city):
    case = report(city)
    results = together(*(deed(case, "accept", city.acceptor) for _ in range(4)))
    won, lost = split(results)
    assert (len(won), len(lost)) == (1, 3)
    assert case.events.filter(action="accept").count() == 1
    assert not list(broken_cases())


def test_together_a_repeated_request_gets_the_same_answer(city):
    case, key = report(city), uuid.uuid4()
    results = together(*(deed(case, "accept", city.acceptor, client_uuid=key) for _ in range(3)))
    won, lost = split(results)
    assert (len(won), lost) == (3, [])
    assert {event.pk for event in won} == {case.events.get(action="accept").pk}


def test_together_two_dispatchers_one_department(city):
    case = bring(city, State.TO_DISPATCH)
    departments = city.water, city.street_office
    results = together(
        *(deed(case, "dispatch", city.dispatcher, given={"department": d}) for d in departments)
    )
    (won,), (lost,) = split(results)
    case.refresh_from_db()
    assert (case.state, lost.code) == (State.TO_DISPOSE, "wrong_state")
    assert case.department_id == won.department_id
    assert case.events_count == 4
    assert not list(broken_cases())


def test_together_a_report_sent_twice_is_one_case(city):
    key = uuid.uuid4()
    x, y = city.component.geometry.coords

    def send():
        said = reports.Report(matter_class=city.cover, lon=x, lat=y, source="patrol")
        return reports.report(
            said, by=city.collector, photos=[photo()], client_uuid=key, at=MORNING
        )

    results = together(send, send, send)
    assert not [r for r in results if isinstance(r, Exception)], results
    assert sorted(created for _case, created in results) == [False, False, True]
    assert {case.pk for case, _created in results} == {Case.objects.get().pk}
    assert CaseEvent.objects.count() == Attachment.objects.count() == 1


def test_together_reports_get_their_own_numbers_without_gaps(city):
    keys = [uuid.uuid4() for _ in range(4)]
    results = together(*(lambda key=key: report(city, client_uuid=key) for key in keys))
    assert not [r for r in results if isinstance(r, Exception)], results
    numbers = sorted(case.number for case in results)
    assert [number[-6:] for number in numbers] == ["000001", "000002", "000003", "000004"]


def test_together_the_feed_stays_gapless(city):
    cases = [report(city) for _ in range(4)]
    together(*(deed(case, "accept", city.acceptor) for case in cases))
    numbers = sorted(CaseEvent.objects.values_list("feed", flat=True))
    assert numbers == list(range(1, 9))
