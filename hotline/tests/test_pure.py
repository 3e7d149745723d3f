"""Telephone numbers, and what the public is told of each state."""

import pytest

from cases.states import State
from hotline.phones import mask, normal
from hotline.status import GROUPS, HUES, PublicStatus, public_status


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("138 9310 1234", "13893101234"),
        ("+86 138-9310-1234", "13893101234"),
        ("0931-4612345", "09314612345"),
        ("（0931）4612345", "09314612345"),
        ("+4930123456", "+4930123456"),
        ("12345", "12345"),
    ],
)
def test_one_spelling_for_a_number(told, number):
    assert normal(told) == number


@pytest.mark.parametrize("text", ["", "abc", "1234", "1" * 21, "138931o1234", "١٢٣٤٥٦"])
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match=r".*"):
        normal(text)


@pytest.mark.parametrize(
    ("number", "seen"), [("13893101234", "138****1234"), ("12345", "***45"), ("4612345", "*****45")]
)
def test_lists_show_few_digits(number, seen):
    assert mask(number) == seen


def test_every_state_has_a_public_group_and_every_group_a_colour_of_its_own():
    assert set(GROUPS) == set(State)
    assert set(GROUPS.values()) == set(PublicStatus) == set(HUES)
    assert all(GROUPS[hue] == group for group, hue in HUES.items())


def test_an_open_request_is_a_review():
    assert public_status("to_dispose", "extend") == PublicStatus.REVIEW
    assert public_status("to_dispose") == PublicStatus.PASSED_ON
