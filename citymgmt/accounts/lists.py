"""Lists that can be taken along: declared once, shown as a page, a file or a sheet of paper.

`?as=csv`, `?as=xlsx` and `?as=print` after the address of a list give what it shows, with its
filters and the rights of whoever asks. Each leaves a row on record: who took what, how much of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.lib import downloads, sheets
from citymgmt.lib.sheets import Column

PRINT = "print"
FORMS = (*sheets.TYPES, PRINT)
PRINTED = 1000  # rows on paper; more is a file
CHUNK = 500


@dataclass(frozen=True)
class Listing:
    """What a list is called, its columns, and the verb of the record for whoever takes it."""

    code: str
    label: str
    columns: tuple[Column, ...]
    verb: str = "export_list"


class Fetched(Sequence):
    """Rows known by their keys: `fetch(keys)` gives those of one batch in that order."""

    def __init__(self, keys: Sequence, fetch: Callable[[Sequence], Iterable]) -> None:
        self.keys, self.fetch = keys, fetch

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, at: Any) -> Any:
        return list(self.fetch(self.keys[at])) if isinstance(at, slice) else self[at : at + 1][0]

    def __iter__(self) -> Iterator:
        for first in range(0, len(self.keys), CHUNK):
            yield from self.fetch(self.keys[first : first + CHUNK])


@dataclass(frozen=True)
class Said:
    """What narrows a list, in words for its head: ("Street", "Peili"); `period` "from – to"."""

    filters: tuple[tuple[str, str], ...] = ()
    period: str = ""
    title: str = ""

    @property
    def words(self) -> str:
        return " · ".join(f"{name} {value}" for name, value in self.filters)


EVERYTHING = Said()


def said_by(form: Form, **rest: str) -> Said:
    """The words of a filter form that is valid; two fields `since` and `until` are the period."""
    given = [(name, value) for name, value in form.cleaned_data.items() if _narrows(value)]
    days = {name: value for name, value in given if name in ("since", "until")}
    period = ""
    if days:
        period = " – ".join(str(days.get(name) or "…") for name in ("since", "until"))
    filters = (
        (str(form.fields[name].label), _word(form, name, value))
        for name, value in given
        if name not in days
    )
    return Said(tuple(filters), period, **rest)


def _narrows(value: Any) -> bool:
    return value not in (None, "", False, [], ())


def _word(form: Form, name: str, value: Any) -> str:
    """The choice as it is read."""
    choices = dict(getattr(form.fields[name], "choices", ()))
    raw = form[name].value()
    return str(choices.get(raw, value if value is not True else _("yes")))


def taken(
    request: Any,
    listing: Listing,
    rows: QuerySet | Sequence,
    said: Said = EVERYTHING,
    **data: Any,
) -> HttpResponseBase | None:
    """The list as a file or for paper where the address asks for it, else None.

    `data` goes into the record. A list longer than a file may be is refused, never cut.
    """
    form = request.GET.get("as", "")
    if not form:
        return None
    if form not in FORMS:
        raise Http404
    return give(request, listing, rows, form, said, **data)


def give(request, listing, rows, form, said, name="", **data) -> HttpResponseBase:
    """The list in one of `FORMS`. `name`: of the file; else the label and the moment."""
    count = rows.count() if isinstance(rows, QuerySet) else len(rows)
    most = PRINTED if form == PRINT else sheets.MOST
    if count > most:
        context = {"listing": listing, "count": count, "most": most, "printed": form == PRINT}
        return render(request, "parts/too_long.html", context, status=422)
    now = timezone.localtime()
    table = sheets.Table(
        said.title or str(listing.label), listing.columns, each(rows), _notes(request, said, count)
    )
    if form == PRINT:
        lines = list(sheets.lines(listing.columns, table.rows))
        context = {"table": table, "lines": lines, "columns": on_page(listing)}
        answer = render(request, "parts/paper.html", context)
    else:
        answer = downloads.table(form, table, name or f"{table.title}-{now:%Y%m%d-%H%M}")
    data |= {"list": listing.code, "format": form, "rows": count}
    data |= {"filter": said.words, "period": said.period}
    record(verb=listing.verb, subject=name or table.title, by=request.user, data=data,
           request=request)  # fmt: skip
    return answer


def each(rows: QuerySet | Iterable) -> Iterable:
    """Row after row; of a query only a few are in memory at a time."""
    return rows.iterator(chunk_size=CHUNK) if isinstance(rows, QuerySet) else rows


def _notes(request, said, count) -> tuple[str, ...]:
    """The lines below the title: period, filter, who and when and how many."""
    now = timezone.localtime()
    made = _("%(person)s, %(at)s, %(n)s rows") % {
        "person": request.user, "at": f"{now:%Y-%m-%d %H:%M}", "n": count,
    }  # fmt: skip
    period = _("Period: %(span)s") % {"span": said.period or _("not limited")}
    words = _("Filter: %(words)s") % {"words": said.words or _("none")}
    return period, words, _("Made by: %(made)s") % {"made": made}


# --- pages ----------------------------------------------------------------------------------
def on_page(listing: Listing) -> list[Column]:
    return [column for column in listing.columns if column.page]


def page(listing: Listing, rows: Iterable) -> dict[str, Any]:
    """What `parts/sheet.html` draws of these rows: `columns` and `lines`."""
    return {"columns": on_page(listing), "lines": list(sheets.lines(listing.columns, rows))}
