"""The figures that a bulletin's text may hold: fields bound to the numbers of its evaluation.

In a text a field is written `{{close_rate}}`; when the bulletin is shown it is filled in from the
frozen figures, so nobody can write another number.
"""

from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from citymgmt.lib.naming import in_language
from evaluation.bulletins.hand_figures import fill, named, typed
from evaluation.counting.indicators import percent
from evaluation.counting.labels import COUNTS, RATES
from evaluation.models import Kind
from evaluation.results.figures import numbers
from evaluation.sheets import queries as sheets

LISTED = 5  # sources, classes and objects that have fields
LISTS = (("source", "source"), ("class", "minor"))
RANKED = (Kind.STREET, Kind.DEPARTMENT)


class Field(NamedTuple):
    """`name` as it is written in a text, what it means, and what it says in this bulletin."""

    name: str
    label: str
    value: str

    @property
    def written(self) -> str:
        return f"{{{{{self.name}}}}}"


def fields(sheet: sheets.Sheet) -> list[Field]:
    """Every field of a sheet, in the order in which a bulletin is written."""
    return [
        *_days(sheet),
        *_totals(sheet),
        *_rates(sheet),
        *(field for name, key in LISTS for field in _shares(sheet, name, key)),
        *(field for kind in RANKED for field in _ranking(sheet, kind)),
    ]


def values(sheet: sheets.Sheet) -> dict[str, str]:
    return {field.name: field.value for field in fields(sheet)}


def filled(text: str, known: dict[str, str]) -> str:
    return fill(text, known)


def check(text: str, known: dict[str, str], where: str) -> None:
    """BadInput, at the field `where`, for a figure typed by hand or a field that is not known."""
    hand = typed(text)
    unknown = [name for name in named(text) if name not in known]
    if not hand and not unknown:
        return
    said = []
    if hand:
        listed = ", ".join(hand)
        said.append(
            _("Figures are not typed; choose fields instead of: %(figures)s.") % {"figures": listed}
        )
    if unknown:
        said.append(_("There is no such field: %(names)s.") % {"names": ", ".join(unknown)})
    raise BadInput(" ".join(said), "figures_by_hand", {where: said})


def _days(sheet):
    yield Field("start", _("From"), date_format(sheet.span.start))
    yield Field("end", _("Until"), date_format(sheet.span.end))


def _totals(sheet):
    for name in sheets.TOTALS:
        yield Field(name, str(COUNTS[name]), sheets.figure(sheet.totals[name]))


def _rates(sheet):
    decimals = sheet.settings.decimals
    before = sheets.previous(sheet)
    old = numbers(before.figures["rates"]) if before else {}
    for name in sheets.TOTAL_RATES:
        yield Field(name, str(RATES[name]), percent(sheet.rates[name], decimals))
        if sheet.rates[name] is not None and old.get(name) is not None:
            label = _("%(rate)s, change in percentage points") % {"rate": RATES[name]}
            yield Field(f"{name}.change", label, sheets.signed(sheet.rates[name] - old[name]))


def _shares(sheet, name, key):
    labels = {"source": _("Source"), "class": _("Class")}
    decimals = sheet.settings.decimals
    for place, row in enumerate(sheet.summary["shares"][key][:LISTED], start=1):
        said = {"what": labels[name], "place": place}
        where = f"{name}.{place}"
        called = in_language(row["zh"], row["en"])
        share = percent(sheets.exact(row["percent"]), decimals)
        yield Field(f"{where}.name", _("%(what)s %(place)s: name") % said, called)
        yield Field(f"{where}.filed", _("%(what)s %(place)s: filed") % said, str(row["filed"]))
        yield Field(f"{where}.percent", _("%(what)s %(place)s: share") % said, share)


def _ranking(sheet, kind):
    ranked = sorted(
        (row for row in sheet.of_kind(kind) if row.rank is not None), key=lambda row: -row.score
    )
    rows: list[tuple[Any, Any]] = list(enumerate(ranked[:LISTED], start=1))
    if len(ranked) > LISTED:
        rows.append(("last", ranked[-1]))
    for place, row in rows:
        shown = _("last") if place == "last" else place
        said = {"what": Kind(kind).label, "place": shown}
        yield Field(f"{kind}.{place}.name", _("%(what)s %(place)s: name") % said, row.name)
        yield Field(
            f"{kind}.{place}.score", _("%(what)s %(place)s: score") % said, sheets.shown(row.score)
        )
