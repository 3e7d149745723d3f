"""One spelling for what people type into search, code and number fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citymgmt.lib import writing
from citymgmt.tests.shared import SHARED


@pytest.mark.parametrize(("typed", "one"), SHARED["spellings"])
def test_one_spelling(typed, one):
    assert writing.plain(typed) == one


@given(st.text())
def test_the_one_spelling_stays_as_it_is(text):
    assert writing.plain(writing.plain(text)) == writing.plain(text)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("620105-20261128-000001", "62010520261128000001"),
        ("６２０１０５ — ２０２６１１２８ — ０００００１", "62010520261128000001"),
        ("62010520261128000001\u200b", "62010520261128000001"),
        ("1128-0001", "11280001"),
        ("12号", ""),
        ("-12", ""),
        ("", ""),
    ],
)
def test_numbers_in_groups(typed, digits):
    assert writing.digits(typed) == digits


def test_a_search_is_bounded():
    assert len(writing.words("很长的词 " * 100)) == writing.MOST_WORDS
    assert len("".join(writing.words("长" * 1000))) == writing.LONGEST


def test_the_spellings_a_word_may_be_stored_in():
    assert writing.spellings("路灯") == ["路灯"]
    assert "（东段）12号" in writing.spellings("(东段)12号")
    assert "１２号" in writing.spellings("12号")
