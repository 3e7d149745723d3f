"""The cast stands as its description says."""

from cases.models import Case
from cases.states import State
from cases.tests.cast import bring, report


def test_cast_brings_a_case_to_the_end_through_seven_posts(cast):
    case = bring(cast, State.CLOSED)
    assert case.closed_kind == Case.ClosedKind.NORMAL
    posts = [event.post for event in case.events.all()]
    assert set(posts) == {
        "collector", "acceptor", "shift_leader", "dispatcher", "liaison", "handler",
    }  # fmt: skip


def test_cast_outsider_knows_of_nothing(cast):
    case = report(cast)
    assert not Case.objects.visible_to(cast.outsider).exists()
    for person in (cast.collector, cast.acceptor, cast.shift_leader):
        assert list(Case.objects.visible_to(person)) == [case]
