"""What would be left without anybody: asked before somebody is switched off or loses a post.

This floor knows nothing of cases. Apps above answer `leaving` with rows of `Held`; the pages show
them and go on only when they were seen.
"""

from dataclasses import dataclass

from django.dispatch import Signal

# Sent with `person`, `memberships` (those that end, of the person's current ones); receivers
# answer with a list of `Held`.
leaving = Signal()


@dataclass(frozen=True)
class Held:
    """So many things of one kind that somebody holds, and the page where another takes over."""

    label: str
    count: int
    url: str = ""


def held_by(person, memberships) -> list[Held]:
    """All that the apps above say, nothing twice; an empty list where nobody is left alone."""
    answers = leaving.send(sender=type(person), person=person, memberships=list(memberships))
    return [held for _receiver, found in answers for held in found if held.count]
