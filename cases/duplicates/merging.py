"""Which open case a duplicate may be merged into: searched for, named, compared."""

from dataclasses import dataclass

import shapely

from cases.finding.queries import SEARCHED
from cases.models import Case
from cases.states import FINAL
from citymgmt.lib import writing
from citymgmt.lib.search import matching
from grid.geometry import distance_m

SHOWN, LOOKED_AT = 12, 300
SHORTEST = 3  # digits that may name a case


@dataclass(frozen=True)
class Main:
    """A case that may be the main one: how far it lies and its photos, the newest first."""

    case: Case
    away: int
    photos: list


def candidates(case):
    """Every case that this one may be merged into."""
    rows = Case.objects.filter(district=case.district_id)
    return rows.exclude(pk=case.pk).exclude(state__in=FINAL)


def fits(case, row) -> bool:
    """Whether this row, as it was read, is one of the candidates."""
    another = row.pk != case.pk and row.district_id == case.district_id
    return another and row.state not in FINAL


def ending_with(case, text: str) -> list[Case]:
    """Of the candidates those whose number is, or ends with, what was typed; two at most."""
    digits = writing.digits(text)
    if len(digits) < SHORTEST:
        return []
    return list(candidates(case).filter(number__endswith=digits).order_by("-id")[:2])


def found(user, case, text: str) -> list[Main]:
    """Of those the person may see, the nearest that hold the words; without words the nearest."""
    rows = candidates(case).filter(pk__in=Case.objects.visible_to(user).order_by().values("pk"))
    rows = rows.filter(matching(text, contains=SEARCHED, numbers=("number",)))
    near = rows.order_by("-id").only("point")[:LOOKED_AT]
    nearest = sorted((_away(case, row), -row.pk) for row in near)[:SHOWN]
    whole = Case.objects.for_lists().prefetch_related("attachments")
    known = whole.in_bulk([-pk for _away_m, pk in nearest])
    return [_main(known[-pk], away) for away, pk in nearest if -pk in known]


def beside(user, case, text: str) -> Main | None:
    """The one case that was named, as far as the person may see it."""
    named = ending_with(case, text)
    if len(named) != 1:
        return None
    rows = Case.objects.visible_to(user).for_lists().prefetch_related("attachments")
    row = rows.filter(pk=named[0].pk).first()
    return row and _main(row, _away(case, row))


def _main(row, away):
    return Main(row, away, list(reversed(row.attachments.all())))


def _away(case, row) -> int:
    here, there = (shapely.Point(one.point.x, one.point.y) for one in (case, row))
    return round(distance_m(here, there))
