"""Days as people write them."""

import pytest

from citymgmt.lib.dates import iso_day
from citymgmt.tests.shared import SHARED


@pytest.mark.parametrize(("written", "day"), SHARED["days"])
def test_every_way_of_writing_a_day_is_one_day_and_any_other_text_stays(written, day):
    assert iso_day(written) == day
