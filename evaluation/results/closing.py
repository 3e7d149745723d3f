"""Up to which day figures are final: the grid under them is not changed any more."""

from datetime import date

from evaluation.counting.periods import kind, span
from evaluation.models import Evaluation

WHOLE = {"month", "quarter", "year"}


def last_closed_day() -> date | None:
    """Last day of the latest whole month (quarter, year) evaluated when it was over."""
    rows = Evaluation.objects.order_by("-end").values_list("start", "end", "cutoff")
    for start, end, cutoff in rows.iterator(chunk_size=50):
        if kind(start, end) in WHOLE and cutoff >= span(start, end).end:
            return end
    return None
