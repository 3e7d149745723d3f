"""evaluation: a month of 60,000 cases."""

from collections import Counter
from datetime import timedelta

from citymgmt.bench.city import copies, make_city
from citymgmt.bench.measure import peak_memory, result, timed

CASES, SAMPLE_DAYS, SAMPLE_PER_DAY = 60_000, 3, 40


def evaluation():
    from django.utils import timezone

    from citymgmt.demo.simulation.run import past
    from evaluation.facts.queries import refresh_facts
    from evaluation.models import CaseFact
    from evaluation.results.actions import evaluate

    make_city()
    now = timezone.now()
    past(seed=1, start=now - timedelta(days=SAMPLE_DAYS), end=now, per_day=SAMPLE_PER_DAY)
    folded, seconds = timed(refresh_facts)
    _copies(CASES - CaseFact.objects.count())
    yield result("fold_5000_cases", seconds / folded * 5000, "s", 15, _bare_fold() / folded * 5000)
    today = timezone.localdate()
    days = {"start": today - timedelta(days=30), "end": today}
    bare, bare_seconds = timed(_bare_counts)
    bare_memory = peak_memory()
    done, seconds = timed(evaluate, scheme="A", by=None, **days)
    assert done.cases == CASES, done.cases
    assert sum(bare.values()) == done.figures["totals"]["filed"], "the bare count differs"
    yield result("month_of_60000_cases", seconds, "s", 5, bare_seconds)
    yield result("month_memory", peak_memory(), "MB", 1024, bare_memory)


def _copies(number):
    """Copies of the simulated cases with their facts."""
    from cases.models import Case
    from evaluation.models import CaseFact

    facts = CaseFact.objects.in_bulk()
    originals = Case.objects.filter(fact__isnull=False).order_by("pk")
    for batch in copies(originals, number):
        CaseFact.objects.bulk_create(
            (_copy(facts[case.pk], pk, number) for case, pk, number in batch), batch_size=500
        )


def _copy(fact, pk, number):
    values = {f.attname: getattr(fact, f.attname) for f in fact._meta.concrete_fields}
    data = fact.data | {"case_id": pk, "number": number}
    return type(fact)(**values | {"case_id": pk, "data": data})


def _bare_fold():
    """Reading the rows of the same logs, nothing made of them."""
    from cases.models import CaseEvent
    from evaluation.facts.queries import EVENT_COLUMNS

    rows = CaseEvent.objects.order_by("case_id", "seq").values(*EVENT_COLUMNS)
    return timed(list, rows)[1]


def _bare_counts():
    """One count by department over the same stored facts."""
    from evaluation.models import CaseFact

    tally = Counter()
    for data in CaseFact.objects.values_list("data", flat=True).iterator(chunk_size=2000):
        if "filed_at" in data and data.get("void_origin") != "merge":
            tally[data.get("last_department_id")] += 1
    return tally
