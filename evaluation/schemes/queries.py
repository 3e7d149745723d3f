"""The schemes that come with the product, as rows; what was edited since stays as it is."""

from datetime import date

from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput
from evaluation.counting.settings import Settings
from evaluation.models import SchemeRow
from evaluation.scoring.scheme_json import to_json
from evaluation.scoring.shipped import SCHEMES

BEGINNING = date(2000, 1, 1)


def load_schemes() -> None:
    """Add every shipped scheme that is missing, and the next version of one that the product has
    improved since; a scheme that the city has edited is the city's. Older figures keep theirs."""
    newest = {row.code: row for row in SchemeRow.objects.order_by("version")}
    for code, scheme in SCHEMES.items():
        shipped = {"scheme": to_json(scheme), "settings": Settings().to_json()}
        row = newest.get(code)
        if row is None or (row.by_id is None and not _same(row, shipped)):
            SchemeRow.objects.get_or_create(
                code=code,
                version=row.version + 1 if row else 1,
                defaults={"effective_from": BEGINNING, **shipped},
            )


def _same(row: SchemeRow, shipped: dict) -> bool:
    return {"scheme": row.scheme, "settings": row.settings} == shipped


def scheme_in_force(code: str, on: date) -> SchemeRow:
    """The newest version of a scheme that was in force on a day. BadInput where there is none."""
    load_schemes()
    rows = SchemeRow.objects.filter(code=code, effective_from__lte=on)
    row = rows.order_by("-effective_from", "-version").first()
    if row is None:
        reason = _("There is no scheme %(code)s in force on %(day)s.") % {"code": code, "day": on}
        raise BadInput(reason, "unknown_scheme", {"scheme": [reason]})
    return row
