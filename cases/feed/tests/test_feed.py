"""Places in the live feed: without a gap, in order, each given once."""

from cases.feed import log as live
from cases.models import CaseEvent
from cases.record.verifying import feed_faults
from cases.states import State
from cases.tests.cast import bring, report
from citymgmt.lib import push


def places():
    return list(CaseEvent.objects.order_by("id").values_list("feed", flat=True))


def test_feed_has_no_gap_where_ids_have(cast):
    with push.silence():
        first, gone, last = report(cast), report(cast), bring(cast, State.TO_DISPATCH)
        gone.attachments.all().delete()
        gone.events.all().delete()
        assert live.publish(send=False) == first.events_count + last.events_count
        assert places() == [1, 2, 3, 4]
        assert live.publish(send=False) == 0
        report(cast)
        assert live.publish(send=False) == 1
    assert places() == [1, 2, 3, 4, 5] == list(range(1, live.head() + 1))


def test_feed_is_read_on_from_the_last_place_seen(cast):
    case = bring(cast, State.TO_DISPATCH)
    live.publish(send=False)
    told = [envelope["told"] for envelope in live.since(1, 10)]
    assert [row["seq"] for row in told] == [2, 3]
    assert {row["case"] for row in told} == {case.number}


def test_feed_is_signed_without_a_further_query(cast, django_assert_num_queries):
    """The head, the rows that wait, one statement for them all, and the head again."""
    live.claim()
    bring(cast, State.TO_DISPATCH)
    with django_assert_num_queries(6):  # and a savepoint
        assert len(live.claim()) == 3
    assert list(feed_faults()) == []
