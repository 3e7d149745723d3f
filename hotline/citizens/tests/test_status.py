"""What the public is told of each state."""

from cases.states import State
from hotline.citizens.status import GROUPS, HUES, PublicStatus, public_status


def test_every_state_has_a_public_group_and_every_group_a_colour_of_its_own():
    assert set(GROUPS) == set(State)
    assert set(GROUPS.values()) == set(PublicStatus) == set(HUES)
    assert all(GROUPS[hue] == group for group, hue in HUES.items())


def test_an_open_request_is_a_review():
    assert public_status("to_dispose", "extend") == PublicStatus.REVIEW
    assert public_status("to_dispose") == PublicStatus.PASSED_ON
