"""cases: moves one after the other, and the list page of a city with many cases."""

from citymgmt.bench.city import copies, make_city, person, report_one, whole_way
from citymgmt.bench.measure import p95, result, timed

MOVED, LISTED, LOADED = 20, 60, 60_000  # a month of a city of 2,000 cases a day


def cases():
    from cases.models import Case, CaseEvent

    make_city()
    made = [report_one(n) for n in range(MOVED + LISTED)][:MOVED]
    before = CaseEvent.objects.count()
    _none, seconds = timed(lambda: [whole_way(case) for case in made])
    moves = CaseEvent.objects.count() - before
    rows = list(CaseEvent.objects.filter(case__in=made, seq__gt=1).select_related("case"))
    _none, bare_seconds = timed(lambda: [_write_bare(row) for row in rows])
    closed = Case.objects.filter(state="closed").count()
    yield result("cases_closed", closed, "cases", MOVED, MOVED, less=False)
    yield result(
        "moves_per_second", moves / seconds, "1/s", 10, len(rows) / bare_seconds, less=False
    )
    yield from _lists()


def _write_bare(row):
    """The same row once more and its case, in a transaction, with no rule asked."""
    from django.db import transaction

    row.pk, row.seq, row.client_uuid, row.feed = None, row.seq + 1000, None, None
    row._state.adding = True
    with transaction.atomic():
        row.save(force_insert=True)
        row.case.save(force_update=True)


def _first_row(event, case_pk):
    """The first row of the log of a copied case: no case is without one."""
    values = {f.attname: getattr(event, f.attname) for f in event._meta.concrete_fields}
    new = {"id": None, "case_id": case_pk, "client_uuid": None, "feed": None}
    return type(event)(**values | new)


def _lists():
    """The list of a desk in a city of LOADED closed cases and one in twenty open."""
    from django.test import Client

    from cases.models import Case, CaseEvent
    from cases.states import FINAL

    firsts = {event.case_id: event for event in CaseEvent.objects.filter(seq=1)}
    for rows, number in ((Case.objects.filter(state__in=FINAL), LOADED),
                         (Case.objects.open(), LOADED // 20)):  # fmt: skip
        for batch in copies(rows.order_by("pk"), number):
            begun = [_first_row(firsts[case.pk], pk) for case, pk, _number in batch]
            CaseEvent.objects.bulk_create(begun, batch_size=500)
    client, reader = Client(), person("acceptor")
    client.force_login(reader)
    host = {"SERVER_NAME": "localhost"}
    client.get("/desk/", **host)
    shown = []
    for number in range(LISTED):
        response, seconds = timed(client.get, ("/desk/", "/cases/")[number % 2], **host)
        assert response.status_code == 200, response.status_code
        shown.append(seconds)
    bare = [
        timed(lambda: list(Case.objects.visible_to(reader).for_lists()[:50]))[1]
        for _n in range(LISTED)
    ]
    yield result("list_page_p95", p95(shown) * 1000, "ms", 250, p95(bare) * 1000)
