"""People's numbers are kept as messages are sent to them."""

import pytest

from citymgmt.accounts.forms import PersonForm

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("１３８９３１０１２３４", "13893101234"), ("+86 13893101234", "13893101234"), ("", "")],
)
def test_a_person_has_a_number_that_can_be_dialled(typed, kept):
    form = PersonForm({"username": "someone", "full_name": "某人", "phone": typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["phone"] == kept


def test_what_is_no_number_is_refused_at_the_field():
    form = PersonForm({"username": "someone", "full_name": "某人", "phone": "办公室"})
    assert "phone" in form.errors
