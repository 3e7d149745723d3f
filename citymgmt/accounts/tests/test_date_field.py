"""Every page asks for a day in the same way, whatever the browser's language is."""

import re
from datetime import date
from pathlib import Path

from django import forms
from django.conf import settings

from citymgmt.accounts.forms import DateInput


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
