"""Evaluating a period: figures, cut-off, freezing, who may."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from cases.models import Case
from cases.states import State
from cases.tests.cast import MORNING, act, bring
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from evaluation.counting import periods
from evaluation.counting.fact_json import from_json, to_json
from evaluation.facts.queries import facts_at, fold_cases, refresh_facts, stale
from evaluation.models import CaseFact, Evaluation, Result, SchemeRow
from evaluation.results.actions import evaluate
from evaluation.schemes.actions import save_scheme
from evaluation.scoring.scheme_json import to_json as scheme_to_json
from evaluation.scoring.shipped import SCHEME_A
from grid.models import UnitGrid
from hotline.models import CallBack, Citizen

DAY = date(2026, 3, 2)
HOUR = timedelta(hours=1)
NEXT = DAY + timedelta(days=1)


def run(town, **given):
    values = {"scheme": "A", "start": DAY, "end": DAY, "by": town.evaluator, **given}
    return evaluate(**values)


def result(evaluation, kind, object_id):
    return evaluation.results.get(object_kind=kind, object_id=object_id)


def test_totals_of_the_town(town):
    totals = run(town).figures["totals"]
    expected = {
        "reported": 4, "patrol_reported": 3, "public_reported": 1, "filed": 3, "dispatched": 3,
        "disposed": 2, "disposed_on_time": 1, "disposed_overdue": 1, "overdue_undisposed": 1,
        "should_close": 3, "closed": 1, "closed_on_time": 1, "rejected": 1, "checked": 1,
    }  # fmt: skip
    assert {name: totals[name] for name in expected} == expected


def test_department_is_scored_by_hand(town):
    """filed 3 is in the best band: 10; closed 1 of 3 and on time 1 of 3: 10 each; no rework: 30."""
    water = result(run(town), "department", town.water.pk)
    assert water.counts["should_dispose"] == 3
    assert round(water.score, 2) == 60
    assert (water.grade, water.colour, water.rank, water.group) == ("C", "yellow", None, "utility")
    assert water.few  # three cases are too few for a rank
    contributions = [round(float(part["contribution"])) for part in water.parts]
    assert contributions == [10, 10, 10, 30]


def test_a_street_is_scored_by_the_cases_filed_in_each_of_its_unit_grids(town):
    """The cast's street has two unit grids; three cases filed make 1.5 for each: 90 points."""
    cells = UnitGrid.objects.filter(community__parent=town.street).count()
    band = next(p for p in result(run(town), "street", town.street.pk).parts if p["bands"])
    assert (band["per"], float(band["number"])) == ("unit_grids", pytest.approx(3 / cells))
    assert float(band["points"]) == 90


def test_people_are_counted_for_what_they_did(town):
    done = run(town)
    assert result(done, "collector", town.collector.pk).counts["reported"] == 3
    assert result(done, "acceptor", town.acceptor.pk).counts["rejected"] == 1
    assert result(done, "shift_leader", town.shift_leader.pk).counts["closed"] == 1
    assert result(done, "dispatcher", town.dispatcher.pk).counts["dispatched"] == 3
    assert result(done, "handler", town.handler.pk).counts["disposed"] == 2
    kinds = set(done.results.values_list("object_kind", "object_id"))
    assert ("collector", town.acceptor.pk) not in kinds  # took a call, walked no round


def test_command_tells_objects_and_seconds(town):
    out = StringIO()
    call_command("evaluate", "--scheme=A", f"--from={DAY}", f"--to={DAY}", "--json", stdout=out)
    figures = json.loads(out.getvalue().splitlines()[-1])
    assert figures["objects"] == Result.objects.count() > 0
    assert figures["seconds"] > 0


def test_days_are_local_and_included(town):
    """Monday 09:00 in Shanghai is Monday; the day before holds nothing."""
    before = DAY - timedelta(days=1)
    assert run(town, start=before, end=before).figures["totals"]["reported"] == 0
    assert run(town, start=before).figures["totals"]["reported"] == 4


def test_a_period_gives_the_same_figures_whenever_it_is_computed(town):
    first = run(town)
    late = MORNING + timedelta(days=2)
    act(town, town.waiting, "assign", "liaison", at=late, handler=town.handler)
    case = bring(town, State.CLOSED, case=Case.objects.get(pk=town.late.pk), at=late)
    assert case.state == State.CLOSED
    again = run(town)
    assert again.figures == first.figures
    assert run(town, start=DAY, end=DAY + timedelta(days=2)).figures["totals"]["closed"] == 2


def test_a_fact_is_folded_again_only_when_its_log_grew(town):
    assert refresh_facts() == 4
    assert refresh_facts() == 0
    act(town, town.waiting, "assign", "liaison", at=MORNING + HOUR, handler=town.handler)
    assert stale() == [town.waiting.pk]
    assert refresh_facts() == 1
    assert CaseFact.objects.get(pk=town.waiting.pk).data["state"] == "disposing"


def test_an_appeal_or_an_answer_makes_a_fact_stale(town):
    refresh_facts()
    Case.objects.filter(pk=town.late.pk).update(exempt=True)
    citizen = Citizen.objects.create(phone="13900000000")
    CallBack.objects.create(
        case=town.closed, citizen=citizen, by=town.acceptor, reached=True, service=100, result=80
    )
    assert stale() == sorted([town.late.pk, town.closed.pk])
    refresh_facts()
    assert stale() == []
    totals = run(town).figures["totals"]
    assert (totals["disposed_on_time"], totals["satisfaction_points"]) == (2, 80)


def test_stored_facts_are_the_facts_of_the_log(town):
    refresh_facts()
    period = periods.span(DAY, NEXT)
    folded = [fact for _last, fact in fold_cases(Case.objects.values_list("pk", flat=True))]
    assert list(facts_at(period, period.end)) == folded
    assert [from_json(to_json(fact)) for fact in folded] == folded


def test_frozen_rows_cannot_be_edited(town):
    done = run(town)
    row = done.results.first()
    for deed in (
        done.save, done.delete, row.save, row.delete, done.scheme.save, done.scheme.delete,
        done.results.all().delete, Evaluation.objects.all().delete,
        lambda: Evaluation.objects.update(cases=0), lambda: Result.objects.update(score=1),
        lambda: SchemeRow.objects.update(code="Z"),
        lambda: Result.objects.bulk_update([row], ["score"]),
    ):  # fmt: skip
        with pytest.raises(NotNow):
            deed()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("result_once", {}),
        (
            "result_score_in_range",
            {"object_id": -1, "score": 101, "rank": 1, "few": False, "grade": "A"},
        ),
        ("result_kind_known", {"object_id": -1, "object_kind": "moon"}),
        (
            "result_score_has_grade_and_rank",
            {"object_id": -1, "score": 50, "rank": None, "few": False},
        ),
        ("result_score_has_grade_and_rank", {"object_id": -1, "score": 50, "rank": 1, "few": True}),
    ],
)
def test_the_database_refuses_what_cannot_be(town, name, change):
    row = run(town).results.filter(score__isnull=False).first()
    values = {f.attname: getattr(row, f.attname) for f in Result._meta.fields if f.name != "id"}
    named = rf"{name}|UNIQUE constraint failed"  # SQLite names the columns of a unique key
    with pytest.raises(IntegrityError, match=named), transaction.atomic():
        Result.objects.create(**{**values, **change})


def test_only_who_may_evaluate(town):
    with pytest.raises(NotYours):
        run(town, by=town.shift_leader)
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"start": NEXT, "end": DAY},
        {"scheme": "unknown"},
        {"start": date(2126, 1, 1), "end": date(2126, 1, 2)},
        {"cutoff": MORNING - timedelta(days=9)},
    ],
)
def test_impossible_periods_are_refused(town, given):
    with pytest.raises(BadInput):
        run(town, **given)


def test_evaluations_are_on_record(town):
    done = run(town)
    event = AuditEvent.objects.get(verb="evaluate")
    assert (event.by, event.subject) == (town.evaluator, str(done))


def test_an_edited_scheme_is_a_new_version(town):
    first = run(town)
    scheme = scheme_to_json(SCHEME_A)
    scheme["grades"] = [{"letter": "P", "cut": "0", "colour": "blue"}]
    save_scheme(scheme=scheme, settings={}, effective_from=DAY, by=town.evaluator)
    second = run(town)
    assert (first.scheme.version, second.scheme.version) == (1, 2)
    assert result(second, "department", town.water.pk).grade == "P"
    with pytest.raises(BadInput):
        save_scheme(scheme={"code": "A"}, settings={}, effective_from=DAY, by=town.evaluator)


@pytest.mark.parametrize(
    ("start", "end", "kind"),
    [
        ("2026-03-02", "2026-03-02", "day"),
        ("2026-03-02", "2026-03-08", "week"),
        ("2026-03-03", "2026-03-09", "any"),
        ("2026-02-01", "2026-02-28", "month"),
        ("2026-04-01", "2026-06-30", "quarter"),
        ("2026-02-01", "2026-04-30", "any"),
        ("2026-01-01", "2026-12-31", "year"),
        ("2025-12-01", "2026-01-31", "any"),
    ],
)
def test_kinds_of_period(start, end, kind):
    assert periods.kind(date.fromisoformat(start), date.fromisoformat(end)) == kind


def test_presets():
    found = periods.presets(date(2026, 3, 4))
    assert found["last_week"] == (date(2026, 2, 23), date(2026, 3, 1))
    assert found["this_week"] == (date(2026, 3, 2), date(2026, 3, 4))
    assert found["last_month"] == (date(2026, 2, 1), date(2026, 2, 28))
    assert found["this_month"] == (date(2026, 3, 1), date(2026, 3, 4))
