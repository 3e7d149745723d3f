"""Days as people write them."""

import pytest

from citymgmt.lib.dates import iso_day


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-08", "2026/11/8", "2026.11.08", "2026年11月8日", " 2026 年 11 月 8 日 ",
        "20261108", "２０２６－１１－０８", "2026–11–08", "2026年11月08",
    ],
)  # fmt: skip
def test_every_way_of_writing_a_day_is_one_day(written):
    assert iso_day(written) == "2026-11-08"


@pytest.mark.parametrize("other", ["", "11/08/2026", "08.11.2026", "tomorrow", "2026-11", "2026"])
def test_what_may_mean_another_day_is_left_as_it_is(other):
    assert iso_day(other) == other


def test_a_day_that_does_not_exist_is_for_the_reader_to_refuse():
    assert iso_day("2026/13/40") == "2026-13-40"
