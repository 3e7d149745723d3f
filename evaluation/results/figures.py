"""From facts to figures: totals, shares, and scored, graded, ranked objects. Rows are read only
for names; nothing is written."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from evaluation.counting.cohorts import names
from evaluation.counting.counts import Period
from evaluation.counting.facts import Fact
from evaluation.counting.indicators import Counts, count_many, rates, ratio
from evaluation.counting.settings import Settings
from evaluation.models import AREA_KINDS, POST_KINDS, Result
from evaluation.results.names import Name, names_of, unit_grids
from evaluation.scoring.schemes import Scheme, rank, score

PLACES = ("district", "street", "community")
SHARES = {"source": "source", "major": ("kind", "edition", "major"),
          "minor": ("kind", "edition", "major", "minor")}  # fmt: skip
STORED = Decimal("0.000001")
# kind -> the counts that say by how many cases it is judged
JUDGED = {
    **dict.fromkeys(AREA_KINDS, ("should_close",)),
    "department": ("should_close",),
    **dict.fromkeys(("contractor", "collector"), ("reported", "should_verify", "should_check")),
    "acceptor": ("accepted", "rejected"),
    "shift_leader": ("filed", "declined", "close_step"),
    "dispatcher": ("dispatched",),
    "handler": ("should_close",),
}


@dataclass(frozen=True)
class Tally:
    """Counts of one reading of the facts: `objects` kind -> id -> counts; id None is nobody."""

    cases: int
    totals: Counts
    objects: dict[str, dict[Any, Counts]]
    shares: dict[str, dict[Any, int]]


def tally(facts: Iterable[Fact], period: Period, settings: Settings, cutoff: datetime) -> Tally:
    """Count everything in one pass; memory grows with the objects, not with the cases."""
    seen = _Counting(facts)
    groupings = dict.fromkeys((PLACES, "department", *map(str, POST_KINDS)), ())
    groupings |= dict.fromkeys(SHARES.values(), ("filed",))
    found = count_many(groupings, seen, period, settings, cutoff)
    areas, counted = found[PLACES], names(settings)
    objects = {kind: _fold_up(areas, place, counted) for place, kind in enumerate(AREA_KINDS)} | {
        kind: found[kind] for kind in ("department", *POST_KINDS)
    }
    shares = {
        name: {key: row["filed"] for key, row in found[by].items() if row["filed"]}
        for name, by in SHARES.items()
    }
    totals: Counts = dict.fromkeys(counted, 0)
    for row in areas.values():
        _add(totals, row)
    return Tally(seen.number, totals, objects, shares)


def with_contractors(found: Tally, companies: Mapping[int, Collection[int]]) -> Tally:
    """A contractor has what its collectors have, together; `companies` names them."""
    people = found.objects["collector"]
    summed = {}
    for company, collectors in companies.items():
        rows = [people[one] for one in collectors if one in people]
        if rows:
            summed[company] = {name: sum(row[name] for row in rows) for name in rows[0]}
    return replace(found, objects={**found.objects, "contractor": summed})


class _Counting:
    """Passes facts on and counts them."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts, self.number = facts, 0

    def __iter__(self):
        for fact in self.facts:
            self.number += 1
            yield fact


def _add(totals: Counts, row: Mapping[str, Any]) -> None:
    for name, amount in row.items():
        if amount:
            totals[name] += amount


def _fold_up(
    areas: Mapping[tuple, Counts], place: int, counted: Collection[str]
) -> dict[Any, Counts]:
    found: defaultdict[Any, Counts] = defaultdict(lambda: dict.fromkeys(counted, 0))
    for key, row in areas.items():
        _add(found[key[place]], row)
    return dict(found)


# --- results --------------------------------------------------------------------------------
def results(
    found: Tally, scheme: Scheme, settings: Settings, period_kind: str, day: date
) -> list[Result]:
    """Unsaved results of every object that counted, ranked within their groups; areas are as
    large as on `day`."""
    made, sizes, counted = [], unit_grids(day), names(settings)
    for kind, objects in found.objects.items():
        known = names_of(kind, [key for key in objects if key is not None])
        rows = []
        for key, name in known.items():
            counts = objects.get(key) or dict.fromkeys(counted, 0)
            row = _result(kind, name, key, counts, settings)
            group = _scored_as(kind, scheme)
            if group in scheme.objects:
                size = {"unit_grids": sizes.get(key, 0)} if group == "area" else {}
                _score(row, scheme, group, {**counts, **size}, settings, period_kind)
                least = settings.fewest_cases(kind, period_kind)
                row.few = row.score is not None and cases_of(kind, counts) < least
            rows.append(row)
        _rank(rows)
        made += rows
    return made


def _scored_as(kind: str, scheme: Scheme) -> str:
    """The formula of a kind; no standard has one for a contractor, who is scored like the
    collectors unless the scheme says otherwise."""
    if kind == "contractor" and kind not in scheme.objects:
        return "collector"
    return "area" if kind in AREA_KINDS else kind


def _result(kind, name: Name, key, counts, settings) -> Result:
    return Result(
        object_kind=kind, object_id=key, code=name.code, name_zh=name.zh, name_en=name.en,
        group=name.group, counts=plain(counts), rates=plain(rates(counts, settings)),
    )  # fmt: skip


def _score(result, scheme, group, counts, settings, period_kind):
    scored = score(scheme, group, counts, settings, period_kind)
    result.parts = [
        {"indicator": one.part.indicator, "weight": str(one.part.weight),
         "complement": one.part.complement, "bands": one.part.bands is not None,
         "per": one.part.per, **plain(_number(one.part, counts)),
         **plain({"points": one.points, "contribution": one.contribution})}
        for one in scored.parts
    ]  # fmt: skip
    if scored.value is not None:
        grade = scheme.grade(scored.value)
        result.score = scored.value.quantize(STORED, ROUND_HALF_UP)
        result.grade, result.colour = grade.letter, grade.colour


def _number(part, counts) -> dict[str, Any]:
    """What the band of a part looked at."""
    number = None if part.bands is None else part.number(counts)
    return {} if number is None else {"number": number.quantize(STORED, ROUND_HALF_UP)}


def cases_of(kind: str, counts: Mapping[str, Any]) -> int:
    """How many cases an object of the kind was judged by."""
    return sum(counts[name] for name in JUDGED[kind])


def _rank(rows: list[Result]) -> None:
    """Objects of few cases stay out of the ranking."""
    groups = defaultdict(list)
    for row in rows:
        if not row.few:
            groups[row.group].append(row)
    for group in groups.values():
        by_id = {row.object_id: row for row in group}
        for ranked in rank((row.object_id, row.score) for row in group):
            by_id[ranked.key].rank = ranked.rank


# --- as JSON --------------------------------------------------------------------------------
def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as JSON: whole ones as they are, decimals as exact strings."""
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()
    }


def numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """What `plain` wrote, as numbers again."""
    return {
        name: Decimal(value) if isinstance(value, str) else value for name, value in values.items()
    }


def summary(found: Tally, settings: Settings, names: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an evaluation that belongs to no object; `names` from `names.share_names`.

    {totals, rates, unassigned: {kind: counts}, shares: {source|major|minor: [{key, zh, en, filed,
    percent}]}}, largest share first.
    """
    return {
        "totals": plain(found.totals),
        "rates": plain(rates(found.totals, settings)),
        "unassigned": {
            kind: plain(objects[None]) for kind, objects in found.objects.items() if None in objects
        },
        "shares": {
            name: _shares(rows, names[name], settings) for name, rows in found.shares.items()
        },
    }


def _shares(rows, names, settings):
    """Two editions may know a class by the same name: on paper they are one."""
    total, merged, keys = sum(rows.values()), defaultdict(int), {}
    for key, filed in rows.items():
        name = tuple(names(key).values())
        merged[name] += filed
        keys.setdefault(name, key if isinstance(key, str) else "/".join(key))
    ordered = sorted(merged.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"key": keys[name], "zh": name[0], "en": name[1], "filed": filed,
         **plain({"percent": ratio(filed, total, settings)})}
        for name, filed in ordered
    ]  # fmt: skip
