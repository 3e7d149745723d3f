"""What follows for citizens when a case moves. Inside the transaction of the move."""

from cases.signals import moved
from cases.states import FINAL
from hotline.citizens import messages


def tell(sender, case, event, **rest):
    """A case that ended is told of; one merged into another is told of when that one ends."""
    ended = event.state_to in FINAL and event.state_from != event.state_to
    if ended and case.merged_into_id is None:
        messages.tell_ended(case, event.at)


def connect():
    moved.connect(tell, dispatch_uid="hotline.tell")
