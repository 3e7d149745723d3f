"""The cases behind a number: those that a person may know of, searched, filtered and sorted."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, QuerySet

from cases.finding.queries import Filter
from cases.models import Case
from cases.states import State

# More keys than this are not handed to the database, which takes only so many.
MOST_KEYS = 5_000
SORTS = {
    "number": F("pk").asc(),
    "reported": F("reported_at").desc(),
    "due": F("due_at").asc(nulls_last=True),
    "disposed": F("disposed_at").desc(nulls_last=True),
    "closed": F("closed_at").desc(nulls_last=True),
}


@dataclass(frozen=True)
class Narrow:
    """What the page asks for; what cannot be read narrows nothing."""

    q: str = ""
    state: str = ""
    sort: str = "number"

    @classmethod
    def of(cls, asked) -> "Narrow":
        state, sort = asked.get("state", ""), asked.get("sort", "")
        return cls(
            q=asked.get("q", "").replace("\0", "").strip(),
            state=state if state in State.values else "",
            sort=sort if sort in SORTS else "number",
        )


def behind(user, ids: Collection[int], narrow: Narrow, now) -> tuple[list[int], int]:
    """(keys of the cases in their order, how many of `ids` the person may know of)."""
    known = _among(Case.objects.visible_to(user), ids).order_by()
    visible = len(_kept(known, ids))
    wanted = Filter(q=narrow.q, state=narrow.state).condition(now)
    rows = known.filter(wanted).order_by(SORTS[narrow.sort], "pk")
    return _kept(rows, ids), visible


def _among(rows: QuerySet, ids: Collection[int]) -> QuerySet:
    if len(ids) <= MOST_KEYS:
        return rows.filter(pk__in=ids)
    return rows.filter(pk__gte=min(ids), pk__lte=max(ids))


def _kept(rows: QuerySet, ids: Collection[int]) -> list[int]:
    wanted = set(ids)
    return [pk for pk in rows.values_list("pk", flat=True).iterator() if pk in wanted]
