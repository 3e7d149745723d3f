"""Days as people write them."""

import re
from datetime import date
from pathlib import Path

import pytest
from django import forms
from django.conf import settings

from citymgmt.accounts.forms import DateInput
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


def test_no_page_has_a_date_field_in_the_language_of_the_browser():
    """Days are asked for by templates/parts/date.html alone."""
    pages = Path(settings.BASE_DIR, "templates").rglob("*.html")
    assert [page.name for page in pages if re.search('type="?(date|month)', page.read_text())] == []
    assert 'type="date"' not in DateInput().render("on", date(2026, 11, 8))
    assert 'value="2026-11-08"' in DateInput().render("on", date(2026, 11, 8))


def test_a_form_reads_a_day_as_people_write_it():
    class Form(forms.Form):
        on = forms.DateField(widget=DateInput())

    form = Form({"on": "2026年11月8日"})
    assert form.is_valid()
    assert form.cleaned_data["on"] == date(2026, 11, 8)
