"""The figures of a period as pages show them, frozen or running; tables, drill-down, comparison."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from citymgmt.accounts.models import Department
from evaluation.counting import labels, periods
from evaluation.counting.indicators import EVERY, POSTS, members, percent, rounded
from evaluation.counting.settings import Settings
from evaluation.facts.queries import facts_at
from evaluation.models import AREA_KINDS, POST_KINDS, Evaluation, Kind, Result
from evaluation.results.actions import Span, compute, span_of
from evaluation.results.figures import numbers

LIVE = "live"
LIVE_SECONDS = 60
LIVE_SCHEME = "A"
NOBODY = "none"

_AREA = (["filed", "should_close", "closed", "closed_on_time", "overdue_undisposed", "rework"],
         ["close_rate", "close_on_time_rate", "rework_rate"])  # fmt: skip
_COLLECTING = (
    [
        "reported",
        "valid_reported",
        "should_verify",
        "verified_on_time",
        "should_check",
        "checked_on_time",
        "missed",
    ],
    ["valid_report_rate", "verify_on_time_rate", "check_on_time_rate", "missed_rate"],
)
COLUMNS: dict[str, tuple[list[str], list[str]]] = {
    **dict.fromkeys(AREA_KINDS, _AREA),
    "department": (
        [
            "should_close",
            "disposed",
            "disposed_on_time",
            "overdue_undisposed",
            "closed",
            "rework",
            "extended",
            "returned",
        ],
        ["close_rate", "dispose_on_time_rate", "rework_rate"],
    ),
    **dict.fromkeys(("contractor", "collector"), _COLLECTING),
    "acceptor": (
        ["accepted", "accepted_on_time", "rejected", "verify_sent_on_time", "check_sent_on_time"],
        ["accept_on_time_rate", "verify_send_rate", "check_send_rate"],
    ),
    "shift_leader": (
        ["filed", "filed_on_time", "filed_accurate", "declined", "closed", "close_step_on_time"],
        ["file_on_time_rate", "file_accurate_rate", "close_step_on_time_rate"],
    ),
    "dispatcher": (
        ["should_dispatch", "dispatched", "dispatched_on_time", "dispatched_accurate", "returned"],
        ["dispatch_on_time_rate", "dispatch_accurate_rate"],
    ),
    "handler": (
        ["should_close", "disposed", "disposed_on_time", "disposed_overdue", "closed"],
        ["dispose_on_time_rate"],
    ),
}
TOTALS = [
    "reported",
    "accepted",
    "filed",
    "dispatched",
    "should_close",
    "closed",
    "closed_on_time",
    "overdue_undisposed",
    "rework",
    "extended",
]
TOTAL_RATES = ["close_rate", "close_on_time_rate", "rework_rate", "extend_rate"]
HUES = {
    "green": {"light": "green"}, "blue": {"state": "dispatch"}, "yellow": {"light": "yellow"},
    "orange": {"light": "yellow"}, "red": {"light": "red"},
}  # fmt: skip
GROUPS = dict(Department.Kind.choices)  # a group may be named after the kind of its departments
TABS = {
    "area": AREA_KINDS,
    "department": (Kind.DEPARTMENT, Kind.CONTRACTOR),
    "post": POST_KINDS,
}


@dataclass
class Sheet:
    """One set of figures. `ref` is the key of a frozen evaluation, or "live"."""

    ref: str
    span: Span
    summary: dict[str, Any]
    results: list[Result]
    evaluation: Evaluation | None = None

    @property
    def settings(self) -> Settings:
        return self.span.scheme.choices

    @cached_property
    def totals(self) -> dict[str, Any]:
        return numbers(self.summary["totals"])

    @cached_property
    def rates(self) -> dict[str, Any]:
        return numbers(self.summary["rates"])

    def of_kind(self, kind: str) -> list[Result]:
        """In the order of the ranking: group, rank, code."""
        rows = [row for row in self.results if row.object_kind == kind]
        return sorted(
            rows, key=lambda row: (row.group == "", row.group, row.rank or len(rows) + 1, row.code)
        )

    def cases_url(self, count: str, kind: str = "", of: object = "") -> str:
        query = urlencode({"count": count, "kind": kind, "of": NOBODY if of is None else of})
        return f"{reverse('evaluation:cases', args=[self.ref])}?{query}"

    @cached_property
    def companies(self) -> dict[int, list[int]]:
        """Contractor -> its collectors in this period; figures of before had no contractors."""
        return {int(pk): ids for pk, ids in self.summary.get("contractors", {}).items()}

    def members(self, count: str, kind: str = "", of: int | None = None) -> list[int]:
        """Ids of the cases behind a number. KeyError for a count that the kind does not have."""
        owners = [of]
        if kind == Kind.CONTRACTOR:
            kind, owners = str(Kind.COLLECTOR), [*self.companies.get(of or 0, ())]
        narrow = _narrow(count, kind, owners) if kind else None
        span = self.span
        return members(
            count, facts_at(span.period, span.cutoff, narrow), span.period, self.settings,
            span.cutoff, by=kind or None, of=owners,
        )  # fmt: skip


def _narrow(count: str, kind: str, owners: list) -> Q:
    """What stored facts must hold to belong to one of these objects; an empty Q where nothing is
    saved."""
    if kind in POSTS:
        actor = next((field for field, names in POSTS[kind].items() if count in names.split()), "")
        return Q(**{f"data__{actor}__in": owners}) if actor and None not in owners else Q()
    [of] = owners
    if kind == "department" and count in ("returned", "shirked"):
        return Q()
    if of is None:
        return Q(**{f"{kind}_id__isnull": True})
    return Q(**{f"{kind}_id": of})


def frozen(pk: int) -> Sheet | None:
    """The sheet of an evaluation; two queries."""
    row = Evaluation.objects.select_related("scheme", "by").filter(pk=pk).first()
    if row is None:
        return None
    span = Span(row.scheme, row.start, row.end, row.cutoff)
    return Sheet(str(row.pk), span, row.figures, list(row.results.all()), row)


def live() -> Sheet:
    """The running month up to now, computed at most once a minute and never stored."""
    sheet = cache.get("evaluation-live")
    if sheet is None:
        today = timezone.localdate()
        span = span_of(LIVE_SCHEME, today.replace(day=1), today, timezone.now())
        _found, results, summary = compute(span)
        sheet = Sheet(LIVE, span, summary, results)
        cache.set("evaluation-live", sheet, LIVE_SECONDS)
    return sheet


def previous(sheet: Sheet) -> Evaluation | None:
    """The newest evaluation by the same scheme of the period just before, equally long."""
    start, end = sheet.span.start, sheet.span.end
    kind = periods.kind(start, end)
    before = Evaluation.objects.filter(
        end=start - timedelta(days=1), scheme__code=sheet.span.scheme.code
    ).order_by("-pk")
    same = (row for row in before.defer("figures") if _same_length(row, kind, end - start))
    return next(same, None)


def _same_length(row: Evaluation, kind: str, length: timedelta) -> bool:
    found = periods.kind(row.start, row.end)
    return found == kind and (kind != "any" or row.end - row.start == length)


# --- tables ---------------------------------------------------------------------------------
def table(
    sheet: Sheet, kind: str, before: Evaluation | None, *, only: Container[int] | None = None
) -> dict[str, Any]:
    """Words and cells: {counts, rates, groups: [{name, rows}], changes, unassigned, width, few,
    has_few}; `few` says in words under how many cases there is no rank.

    `only` keeps these objects, and tells nothing of what nobody answers for.
    """
    counts, rates = COLUMNS[kind]
    old = dict(_old_scores(before, kind))
    groups: dict[str, list] = {}
    for result in sheet.of_kind(kind):
        if only is not None and result.object_id not in only:
            continue
        groups.setdefault(result.group, []).append(_line(sheet, result, counts, rates, old))
    nobody = sheet.summary["unassigned"].get(kind) if only is None else None
    period = periods.kind(sheet.span.start, sheet.span.end)
    return {
        "counts": [labels.COUNTS[name] for name in counts],
        "rates": [labels.RATES[name] for name in rates],
        "groups": [
            {
                "name": GROUPS.get(name, name or (_("Others") if len(groups) > 1 else "")),
                "rows": rows,
            }
            for name, rows in groups.items()
        ],
        "changes": before is not None,
        "unassigned": _cells(sheet, kind, None, numbers(nobody), counts) if nobody else None,
        "few": _("Fewer than %(number)s cases: shown without a rank.")
        % {"number": sheet.settings.fewest_cases(kind, period)},
        "has_few": any(line["result"].few for rows in groups.values() for line in rows),
        "width": len(counts) + len(rates) + 4 + (before is not None),
    }


def beneath(whole: dict[str, Any], parts: dict[str, Any], name: str) -> dict[str, Any]:
    """Two tables with the same columns as one: the objects `parts` under those they belong to."""
    rows = [line for group in parts["groups"] for line in group["rows"]]
    groups = [*whole["groups"], *([{"name": name, "rows": rows}] if rows else [])]
    return whole | {"groups": groups, "has_few": whole["has_few"] or parts["has_few"]}


def _old_scores(before: Evaluation | None, kind: str) -> Iterator[tuple[int, Decimal]]:
    if before is not None:
        rows = before.results.filter(object_kind=kind, score__isnull=False)
        yield from rows.values_list("object_id", "score")


def _line(sheet, result, counts, rates, old):
    decimals, values = sheet.settings.decimals, numbers(result.rates)
    score, before = result.score, old.get(result.object_id)
    kind, of = result.object_kind, result.object_id
    return {
        "result": result,
        "url": reverse("evaluation:object", args=[sheet.ref, kind, of]),
        "cells": _cells(sheet, kind, of, numbers(result.counts), counts),
        "rates": [percent(values.get(name), decimals) for name in rates],
        "score": shown(score),
        "grade": labels.GRADES.get(result.grade, result.grade),
        "parts": [part_line(part) for part in result.parts],
        "change": None if score is None or before is None else signed(score - before),
    }  # fmt: skip


def _cells(sheet, kind, of, values, names):
    """Nothing opens from a zero; figures frozen before a count was kept have a dash."""
    return [
        {"number": figure(values[name]) if name in values else "–",
         "url": sheet.cases_url(name, kind, of) if values.get(name) else ""}
        for name in names
    ]  # fmt: skip


def part_line(part: dict) -> dict[str, Any]:
    """One line of the explanation of a score."""
    points, added = part["points"], part["contribution"]
    return {
        "name": labels.indicator(part["indicator"], part.get("per", "")),
        "number": shown(Decimal(part["number"])) if "number" in part else "",
        "complement": part["complement"], "bands": part["bands"], "weight": part["weight"],
        "points": shown(None if points is None else Decimal(points)),
        "contribution": shown(None if added is None else Decimal(added)),
    }  # fmt: skip


def shown(value: Decimal | None) -> str:
    return "–" if value is None else str(rounded(value, 2))


def signed(value: Decimal) -> str:
    found = rounded(value, 2) or Decimal(0)
    return f"+{found}" if found > 0 else str(found)


def figure(value: Any) -> str:
    """A count as it is shown: whole, or with two decimals (hours, multiples)."""
    return str(rounded(value, 2)) if isinstance(value, Decimal) else str(value)


def strip(sheet: Sheet, before: Evaluation | None) -> list[dict[str, Any]]:
    """Totals and rates at the head of the page, with their change on the period before."""
    old = before.figures if before else {"totals": {}, "rates": {}}
    earlier, decimals = numbers(old["rates"]), sheet.settings.decimals
    counts = [
        {"name": labels.COUNTS[name], "value": figure(sheet.totals[name]),
         "url": sheet.cases_url(name) if sheet.totals[name] else ""}
        for name in TOTALS
    ]  # fmt: skip
    rates = [
        {"name": labels.RATES[name], "value": percent(sheet.rates[name], decimals),
         "change": _points(sheet.rates[name], earlier.get(name))}
        for name in TOTAL_RATES
    ]  # fmt: skip
    return [*counts, *rates, _satisfaction(sheet, earlier)]


def _satisfaction(sheet, earlier) -> dict[str, Any]:
    """The rate with the voices it rests on, by the way they came; frozen figures of before knew
    call-backs alone."""
    name, known = "satisfied_rate", sheet.totals
    said = {"answers": known["satisfaction_answers"]} | {
        way: known.get(f"satisfaction_{way}") for way in ("called", "rated")
    }
    note = (
        _("%(answers)s answers by call-back")
        if said["called"] is None
        else _("%(answers)s answers: %(called)s by call-back, %(rated)s on the public page")
    )
    return {
        "name": labels.RATES[name],
        "value": percent(sheet.rates[name], sheet.settings.decimals),
        "change": _points(sheet.rates[name], earlier.get(name)),
        "note": note % said,
    }


def _points(now, before):
    return None if now is None or before is None else signed(now - before)


def everything(sheet: Sheet, result: Result) -> dict[str, Any]:
    """All counts and rates of one object, and how its score came about."""
    counts, rates = numbers(result.counts), numbers(result.rates)
    names = [name for name in EVERY if name in counts]
    cells = _cells(sheet, result.object_kind, result.object_id, counts, names)
    decimals = sheet.settings.decimals
    return {
        "counts": [(labels.COUNTS[n], cell) for n, cell in zip(names, cells, strict=True)],
        "rates": [(labels.RATES[name], percent(value, decimals)) for name, value in rates.items()],
        "parts": [part_line(part) for part in result.parts],
        "score": shown(result.score),
        "grade": labels.GRADES.get(result.grade, result.grade),
    }


def chart(sheet: Sheet, kind: str) -> list[dict[str, Any]]:
    """Bars of the scores that are ranked, best first."""
    rows = sorted(
        (row for row in sheet.of_kind(kind) if row.rank is not None), key=lambda row: -row.score
    )
    return [
        {"name": row.name, "value": float(rounded(row.score, 2)), **HUES.get(row.colour, {})}
        for row in rows
    ]


def exact(text: str | None) -> Decimal | None:
    """A stored decimal as a number again."""
    return None if text is None else Decimal(text)
