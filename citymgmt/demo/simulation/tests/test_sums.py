"""The parts of a bulletin add up to the whole, over a city that lived by itself."""

from datetime import timedelta

from django.utils import timezone

from cases.models import Case, CaseEvent
from cases.tests.cast import person
from citymgmt.demo.simulation.tests import test_simulation as simulation
from evaluation.bulletins import actions as bulletins
from evaluation.bulletins import fields as bulletin_fields
from evaluation.models import Kind
from evaluation.results.actions import evaluate
from evaluation.results.sums import absurd_rates, check_sums
from evaluation.sheets import queries as sheets

simulated = simulation.town  # a fixture


def test_a_bulletin_over_a_simulated_city_adds_up(simulated):
    simulation.run(days=2)
    last = timezone.localdate(simulation.END)
    span = {"start": last - timedelta(days=3), "end": last}
    done = evaluate(scheme="A", by=simulated.evaluator, cutoff=simulation.END, **span)
    totals = done.figures["totals"]
    assert check_sums(done) == []
    assert absurd_rates(done) == []
    # Counted again from the log, by other means.
    steps = CaseEvent.objects.filter(at__date__range=(span["start"], span["end"]))
    filed = steps.filter(action="file").values("case").distinct().count()
    assert totals["filed"] == filed > 10
    reported = Case.objects.filter(reported_at__date__gte=span["start"]).count()
    assert totals["reported"] + totals["self_disposed"] == reported
    closed = Case.objects.filter(closed_at__date__gte=span["start"]).count()
    assert totals["closed"] + totals["self_disposed_closed"] == closed > 0
    for kind in (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY):
        assert sum(row.counts["filed"] for row in done.results.filter(object_kind=kind)) == filed
    for day in range(4):  # each day by itself, with what is carried into it and out of it
        start = span["start"] + timedelta(days=day)
        one = evaluate(scheme="A", by=simulated.evaluator, start=start, end=start)
        assert absurd_rates(one) == []
        assert check_sums(one) == []
    author = person(simulated, "author", "evaluator", simulated.center)
    bulletin = bulletins.draft(evaluation=done, by=author)
    bulletin = bulletins.advance(bulletin=bulletin, to="checked", by=simulated.evaluator)
    known = bulletin_fields.values(sheets.frozen(done.pk))
    assert str(filed) in bulletin_fields.filled(bulletin.texts["summary"], known)
