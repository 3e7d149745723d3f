"""Names of what is evaluated, as they are now; results keep them as they were."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, Q
from django.utils import translation

from cases.models import Source
from citymgmt.accounts.models import Department, Membership, User
from evaluation.models import AREA_KINDS
from grid.models import Area, UnitGrid
from inventory.models import Kind, MatterClass


class Name(NamedTuple):
    code: str
    zh: str
    en: str = ""
    group: str = ""


def names_of(kind: str, ids: Iterable[int]) -> dict[int, Name]:
    """id -> name. Areas of the level all come, whether or not they counted; of departments and
    people those that did."""
    if kind in AREA_KINDS:
        rows = Area.objects.filter(Q(level=kind) | Q(pk__in=ids)).order_by("code")
        return {pk: Name(code, name) for pk, code, name in rows.values_list("pk", "code", "name")}
    if kind in ("department", "contractor"):
        rows = Department.objects.filter(pk__in=ids).order_by("path")
        return {row.pk: Name(row.code, row.name_zh, row.name_en, row.group) for row in rows}
    people = User.objects.filter(pk__in=ids).order_by("username")
    return {row.pk: Name(row.username, str(row)) for row in people}


def companies(day: date) -> dict[int, list[int]]:
    """Contractor -> those whose last post as a collector, begun by `day`, was with it."""
    worked = Membership.objects.filter(post__code="collector", since__lte=day)
    last = dict(worked.order_by("since", "id").values_list("user", "department"))
    contractors = Department.objects.filter(kind=Department.Kind.CONTRACTOR)
    found: dict[int, list[int]] = {pk: [] for pk in contractors.values_list("pk", flat=True)}
    for person, department in sorted(last.items()):
        if department in found:
            found[department].append(person)
    return found


def unit_grids(day: date) -> dict[int, int]:
    """Area id -> unit grids in force on a day, for communities and all above them; of a day
    before there was a grid, those of today."""
    numbers = Counter(_by_community(day) or _by_community(None))
    above = dict(Area.objects.values_list("id", "parent"))
    for community, number in list(numbers.items()):
        area = above[community]
        while area is not None:
            numbers[area] += number
            area = above[area]
    return dict(numbers)


def _by_community(day: date | None) -> dict[int, int]:
    cells = UnitGrid.objects.valid(day).order_by()
    return dict(cells.values_list("community").annotate(Count("id")))


def share_names() -> dict[str, Callable[[Any], dict[str, str]]]:
    """For each kind of share, key -> {zh, en}. Two queries."""
    sources = {row.code: {"zh": row.name_zh, "en": row.name_en} for row in Source.objects.all()}
    majors, minors, words = {}, {}, _kind_words()
    for row in MatterClass.objects.select_related("edition"):
        place = (row.kind, row.edition.code, row.major)
        majors[place] = {
            "zh": f"{words['zh-hans'][row.kind]}·{row.major_zh}",
            "en": f"{words['en'][row.kind]} · {row.major_en}",
        }
        minors[(*place, row.minor)] = {"zh": row.name_zh, "en": row.name_en}
    return {"source": sources.__getitem__, "major": majors.__getitem__, "minor": minors.__getitem__}


def _kind_words() -> dict[str, dict[str, str]]:
    """language -> {component, event} in words: majors of both kinds can share a name."""
    found = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            found[language] = {kind: str(label) for kind, label in Kind.choices}
    return found
