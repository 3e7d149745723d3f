"""A limit in words: "2 working days"."""

from decimal import Decimal

from django.utils.translation import gettext_lazy

from cases.models.settings import UNITS
from cases.time.worktime import Unit

UNIT_WORDS = dict(UNITS)
ONE_WORDS = {
    Unit.MINUTES: gettext_lazy("minute"),
    Unit.WORKING_MINUTES: gettext_lazy("working minute"),
    Unit.URGENT_HOURS: gettext_lazy("urgent hour"),
    Unit.URGENT_DAYS: gettext_lazy("urgent day"),
    Unit.WORKING_HOURS: gettext_lazy("working hour"),
    Unit.WORKING_DAYS: gettext_lazy("working day"),
}


def limit_words(value, unit) -> str:
    """Value with its unit, singular for exactly one; "" without a value."""
    if value is None:
        return ""
    number = Decimal(value).normalize()
    words = ONE_WORDS if number == 1 else UNIT_WORDS
    return f"{number:f} {words.get(unit, unit)}"
