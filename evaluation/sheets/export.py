"""One table of a sheet as a list to take along: every count and rate of every object."""

from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.lists import Listing, Said
from citymgmt.lib.sheets import NUMBER, TEXT, by_place
from evaluation.counting import labels as words
from evaluation.counting.indicators import EVERY, rounded
from evaluation.models import Kind
from evaluation.results.figures import numbers
from evaluation.sheets.queries import Sheet


def table(sheet: Sheet, kind: str) -> tuple[Listing, list[list]]:
    """The list and its rows, one for each object."""
    rows = sheet.of_kind(kind)
    names = [name for name in EVERY if rows and name in rows[0].counts]
    rates = list(rows[0].rates) if rows else []
    columns = [
        *((label, TEXT) for label in (_("Code"), _("Name"), _("Group"))),
        *((str(words.COUNTS[name]), NUMBER) for name in names),
        *((f"{words.RATES[name]} %", NUMBER) for name in rates),
        (_("Score"), NUMBER), (_("Grade"), TEXT), (_("Rank"), NUMBER),
    ]  # fmt: skip
    labels, kinds = zip(*columns, strict=True)
    title = _("Scores: %(kind)s") % {"kind": Kind(kind).label}
    listing = Listing("scores", title, by_place(labels, kinds), verb="export_scores")
    return listing, [_line(sheet, row, names, rates) for row in rows]


def _line(sheet, row, names, rates) -> list:
    counts, values = numbers(row.counts), numbers(row.rates)
    return [
        row.code, row.name, row.group, *(counts[name] for name in names),
        *(rounded(values[name], sheet.settings.decimals) for name in rates),
        rounded(row.score, 2), row.grade, row.rank,
    ]  # fmt: skip


def said(sheet: Sheet, *more: tuple[str, str]) -> Said:
    """The period, the scheme, the moment of the figures, and what else narrows the list."""
    span = sheet.span
    cutoff = f"{timezone.localtime(span.cutoff):%Y-%m-%d %H:%M}"
    filters = ((_("Scheme"), str(span.scheme)), (_("Data as of"), cutoff))
    return Said((*more, *filters), f"{span.start} – {span.end}")
