"""Compute the figures of a period, and freeze them."""

import time
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.posts import EVALUATE
from citymgmt.lib.errors import BadInput
from evaluation.counting import periods
from evaluation.counting.counts import Period
from evaluation.facts.queries import facts_at, refresh_facts
from evaluation.models import Evaluation, Result, SchemeRow
from evaluation.record.chain import seal
from evaluation.results import figures
from evaluation.results.names import companies, share_names
from evaluation.rules import need
from evaluation.schemes.queries import scheme_in_force


@dataclass(frozen=True)
class Span:
    """What is evaluated: a scheme over local days, as the data stood at `cutoff`."""

    scheme: SchemeRow
    start: date
    end: date
    cutoff: datetime

    @property
    def period(self) -> Period:
        return periods.span(self.start, self.end)


def span_of(scheme: str, start: date, end: date, cutoff: datetime | None = None) -> Span:
    """The cut-off is the end of the period unless told, and never ahead of now, so that the same
    period always gives the same figures. BadInput for days in the wrong order or ahead."""
    if end < start:
        raise BadInput(_("The period ends before it begins."), fields={"end": [_("Too early.")]})
    now, period = timezone.now(), periods.span(start, end)
    if period.start > now:
        raise BadInput(_("The period has not begun."), fields={"start": [_("Ahead of today.")]})
    cutoff = min(cutoff or period.end, now)
    if cutoff < period.start:
        raise BadInput(_("The cut-off is before the period."), "cutoff")
    return Span(scheme_in_force(scheme, end), start, end, cutoff)


def compute(span: Span) -> tuple[figures.Tally, list[Result], dict]:
    """Figures of a span from the stored facts, nothing written: (tally, results, summary)."""
    settings = span.scheme.choices
    found = figures.tally(facts_at(span.period, span.cutoff), span.period, settings, span.cutoff)
    people = companies(span.end)
    found = figures.with_contractors(found, people)
    kind = periods.kind(span.start, span.end)
    results = figures.results(found, span.scheme.parsed, settings, kind, span.end)
    summary = figures.summary(found, settings, share_names())
    return found, results, summary | {"contractors": {str(pk): ids for pk, ids in people.items()}}


def evaluate(*, scheme, start, end, by, cutoff=None, request=None, progress=None) -> Evaluation:
    """Bring the facts up to date, compute, and freeze. `scheme` is a code; raises BadInput,
    NotYours. `progress(done, total)` hears how many facts were folded."""
    need(by, EVALUATE)
    span = span_of(scheme, start, end, cutoff)
    refresh_facts(progress or (lambda done, total: None))
    found, results, summary = compute(span)
    with transaction.atomic():
        evaluation = Evaluation(
            scheme=span.scheme, start=start, end=end, cutoff=span.cutoff, by=by,
            computed_at=timezone.now(), cases=found.cases, figures=summary,
        )  # fmt: skip
        evaluation.save()
        for result in results:
            result.evaluation = evaluation
        Result.objects.bulk_create(results, batch_size=200)
        seal(evaluation)
        data = {"scheme": str(span.scheme), "from": start, "to": end, "cutoff": span.cutoff}
        record(verb="evaluate", subject=str(evaluation), by=by, data=data, request=request)
    return evaluation


def timed(**given) -> tuple[Evaluation, float]:
    """`evaluate`, and how long it took in seconds."""
    begun = time.perf_counter()
    return evaluate(**given), time.perf_counter() - begun
