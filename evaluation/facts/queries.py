"""The log read into facts: adapters, the store of facts, and facts as at an earlier moment."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from cases.models import Case, CaseEvent
from cases.states import FINAL, WITH_DEPARTMENT, Action, Stage, State
from evaluation.counting import fact_json
from evaluation.counting.counts import Period
from evaluation.counting.facts import CaseView, Fact, StepView, fold
from evaluation.models import CaseFact, MissedFinding
from hotline.citizens import satisfaction

BATCH = 500
ON_SITE = {State.VERIFYING, State.CHECKING}

CASE_COLUMNS = (
    "pk", "number", "state", "reporter_id", "collector_id", "due_at", "exempt", "forced",
    "self_disposed",
    "events_count", "district_id", "street_id", "community_id", "unit_grid_id",
    "source__code", "source__group", "source__needs_verify", "matter_class__kind",
    "matter_class__major", "matter_class__minor", "matter_class__edition__code",
)  # fmt: skip
EVENT_COLUMNS = (
    "case_id", "seq", "action", "at", "state_from", "state_to", "by_id", "post",
    "department_id", "stage", "received_at", "used_seconds", "limit_seconds", "due_at",
    "overdue", "data",
)  # fmt: skip


# --- rows to views --------------------------------------------------------------------------
def step_view(row: dict) -> StepView:
    """A row of the log."""
    data = row["data"]
    return StepView(
        action=row["action"], at=row["at"], state_from=row["state_from"],
        state_to=row["state_to"], user_id=row["by_id"], post=row["post"],
        department_id=row["department_id"], step_stage=row["stage"],
        received_at=row["received_at"], used_seconds=row["used_seconds"],
        limit_seconds=row["limit_seconds"], due_at=row["due_at"], overdue=row["overdue"],
        result=data.get("verify_result") or data.get("check_result") or "",
        request_kind=data.get("request", ""), seconds=data.get("seconds", 0),
    )  # fmt: skip


def case_view(
    row: dict, told: list[dict], later: list[dict], voices: satisfaction.Voices, missed: dict
) -> CaseView:
    """A case as it stood after the log rows `told`; `later` are those that came after. What
    citizens said of its closing belongs to that closing, whenever they said it.

    The deadline of a step that still ran then is written in the row that ended it; an extension
    approved in between is contained in it.
    """
    state = told[-1]["state_to"]
    open_due, holder = row["due_at"], row["collector_id"]
    ending = next((step for step in later if step["state_to"] != state or step["due_at"]), None)
    if ending:
        open_due, holder = ending["due_at"], ending["by_id"]
    bundle = [step["due_at"] for step in told if step["stage"] == Stage.DISPOSE and step["due_at"]]
    asked = [step for step in told if step["data"].get("request") == "return_"]
    returning = bool(asked) and asked[-1]["action"] in (Action.RETURN, Action.FORWARD)
    patrolled = row["source__group"] == "collector"
    said = voices.get((row["pk"], _round(told)), [])
    return CaseView(
        case_id=row["pk"], number=row["number"], kind=row["matter_class__kind"],
        source=row["source__code"], source_group=row["source__group"],
        needs_verify=row["source__needs_verify"], edition=row["matter_class__edition__code"],
        major=row["matter_class__major"], minor=row["matter_class__minor"],
        district_id=row["district_id"], street_id=row["street_id"],
        community_id=row["community_id"], unit_grid_id=row["unit_grid_id"],
        reporter_id=row["reporter_id"] if patrolled else None,
        self_disposed=row["self_disposed"], exempt=row["exempt"],
        forced=row["forced"] and state == State.CLOSED,
        due_at=_bundle_due(state, open_due, bundle, returning),
        stage_due_at=open_due, holder_id=holder if state in ON_SITE else None,
        called=tuple(voice.score for voice in said if voice.way == satisfaction.CALLED),
        rated=tuple(voice.score for voice in said if voice.way == satisfaction.RATED),
        missed=row["pk"] in missed, missed_by_id=missed.get(row["pk"]),
    )  # fmt: skip


def _round(told) -> int:
    """The round in which a case was after these log rows (`Case.round`)."""
    back = [step for step in told if step["action"] == Action.UNSOLVED]
    reopened = sum(step["state_to"] != step["state_from"] for step in back)
    return 1 + reopened + sum(step["action"] == Action.REWORK for step in told)


def _bundle_due(state, open_due, bundle, returning) -> datetime | None:
    """The deadline of disposal; there is none while a return waits, which stops that clock."""
    if state in WITH_DEPARTMENT:
        return None if returning else open_due
    return bundle[-1] if bundle else None


# --- folding --------------------------------------------------------------------------------
def fold_cases(ids: Iterable[int], cutoff: datetime | None = None) -> Iterator[tuple[dict, Fact]]:
    """(last log row read, fact) for each case; with `cutoff` as at that moment. Five queries.

    Rows written while this reads are left to the next time: `events_count` says how far.
    """
    ids = list(ids)
    rows = list(Case.objects.filter(pk__in=ids).order_by("pk").values(*CASE_COLUMNS))
    log = defaultdict(list)
    events = CaseEvent.objects.filter(case__in=ids).order_by("case_id", "seq")
    for event in events.values(*EVENT_COLUMNS).iterator(chunk_size=2000):
        log[event["case_id"]].append(event)
    voices, missed = satisfaction.voices(ids), missed_by(ids)
    for row in rows:
        known = [step for step in log[row["pk"]] if step["seq"] <= row["events_count"]]
        told = [step for step in known if cutoff is None or step["at"] <= cutoff]
        if told:
            counted, later = _counted(known, told)
            view = case_view(row, counted, later, voices, missed)
            yield told[-1], fold(view, map(step_view, counted))


def _counted(known, told) -> tuple[list[dict], list[dict]]:
    """(rows told, rows that came later) without those of a wrong clock that were taken back by
    then, and without the rows that say so."""
    gone = {seq for step in told if step["action"] == Action.TAKE_BACK
            for seq in step["data"]["marks"]}  # fmt: skip
    gone |= {step["seq"] for step in told if step["action"] == Action.TAKE_BACK}
    seen = {step["seq"] for step in told}
    counted = [step for step in told if step["seq"] not in gone]
    return counted, [step for step in known if step["seq"] not in gone | seen]


def decisions():
    """The decisions about missed reports that hold: of each case the newest."""
    decided = MissedFinding.objects.exclude(verdict=MissedFinding.Verdict.OBJECTED)
    newer = decided.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"))
    return decided.filter(~Exists(newer)).order_by()


def missed_by(ids: Iterable[int]) -> dict[int, int]:
    """Case → the collector against whom a missed report is confirmed."""
    confirmed = MissedFinding.Verdict.CONFIRMED
    rows = decisions().filter(case__in=ids, verdict=confirmed)
    return dict(rows.values_list("case_id", "collector_id"))


def _decided_since() -> Iterable[int]:
    """Cases whose fact does not say what was decided about a missed report."""
    confirmed = Q(verdict=MissedFinding.Verdict.CONFIRMED)
    rows = decisions().alias(known=Coalesce("case__fact__missed_by_id", 0))
    differs = (confirmed & ~Q(known=F("collector"))) | (~confirmed & Q(known__gt=0))
    return rows.filter(differs).values_list("case_id", flat=True)


def stale() -> list[int]:
    """Ids of cases whose fact is missing or behind the log, an appeal, the last answer or a
    decision about a missed report."""
    behind = Q(fact__isnull=True) | Q(fact__seq__lt=F("events_count"))
    behind |= ~Q(fact__exempt=F("exempt"))
    cases = Case.objects.filter(behind, events_count__gt=0).order_by()
    answered = satisfaction.unheard("fact__call_back", "fact__rating")
    return sorted({*cases.values_list("pk", flat=True), *answered, *_decided_since()})


def refresh_facts(progress=lambda done, total: None) -> int:
    """Fold the cases whose log grew since; the number. In batches: memory does not grow."""
    ids = stale()
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            _store(ids[start : start + BATCH])
        progress(min(start + BATCH, len(ids)), len(ids))
    return len(ids)


def _store(ids):
    # Asked first: an answer that comes while the cases are folded is heard of the next time.
    heard = satisfaction.heard(ids)
    columns = [field.name for field in CaseFact._meta.fields if field.name != "case"]
    rows = [
        _row(last, fact, heard.get(fact.case_id, satisfaction.Heard()))
        for last, fact in fold_cases(ids)
    ]
    CaseFact.objects.bulk_create(
        rows,
        update_conflicts=True, unique_fields=["case"], update_fields=columns,
    )  # fmt: skip


def _row(last: dict, fact: Fact, heard: satisfaction.Heard) -> CaseFact:
    ended = fact.state in FINAL
    return CaseFact(
        case_id=fact.case_id, seq=last["seq"], reported_at=fact.reported_at, last_at=last["at"],
        ends_at=max(fact_json.moments(fact)) if ended else None,
        district_id=fact.district_id, street_id=fact.street_id,
        community_id=fact.community_id, department_id=fact.last_department_id,
        exempt=fact.exempt, call_back=heard.call_back, rating=heard.rating,
        missed_by_id=fact.missed_by_id,
        data=fact_json.to_json(fact),
    )  # fmt: skip


# --- reading --------------------------------------------------------------------------------
def facts_at(period: Period, cutoff: datetime, narrow: Q | None = None) -> Iterator[Fact]:
    """Facts that may count in the period, as they stood at `cutoff`, ordered by case.

    What changed after the cut-off is folded anew up to it, the rest is taken from the store.
    `narrow` may leave out stored facts that cannot matter; those folded anew all come.
    """
    known = CaseFact.objects.filter(reported_at__lte=cutoff)
    spans = Q(ends_at__isnull=True) | Q(ends_at__gte=period.start)
    stored = known.filter(spans, last_at__lte=cutoff).order_by("pk")
    if narrow is not None:
        stored = stored.filter(narrow)
    for data in stored.values_list("data", flat=True).iterator(chunk_size=2000):
        yield fact_json.from_json(data)
    moved = list(known.filter(last_at__gt=cutoff).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(moved), BATCH):
        for _case, fact in fold_cases(moved[start : start + BATCH], cutoff):
            yield fact
