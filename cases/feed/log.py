"""The live feed: the log read once more, in the order it was published.

Every published row has a place in one gapless sequence (`CaseEvent.feed`); a client that missed
something asks for what came after the last number it saw. Nothing is lost between commit and
broker: rows that no process published are found by the task.
"""

import logging
from datetime import datetime
from functools import cache

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cases.models import CaseEvent, Sequence
from cases.time.overdue import is_overdue
from citymgmt.lib import push, rows
from citymgmt.lib.after import after_commit
from citymgmt.lib.rows import Prepared

log = logging.getLogger(__name__)
GROUP = "cases"
BATCH = 500
TOLD = (
    "feed", "action", "state_from", "state_to", "department_id", "post", "at", "case__number",
    "case__matter_class__kind", "case__matter_class__code", "case__point",
    "case__state", "case__due_at",
    "case__community__code", "case__district_id", "case__street_id", "case__community_id",
    "case__department_id", "case__collector_id", "case__handler_id", "case__reporter_id",
    "case__filed_by_id",
)  # fmt: skip
_head = Prepared(lambda: Sequence.objects.select_for_update().filter(name="feed"))
_between = Prepared(
    lambda: CaseEvent.objects.filter(feed__range=(0, 0)).order_by("feed").values_list(*TOLD)
)


@cache
def _waiting(number):
    rows = CaseEvent.objects.filter(feed__isnull=True).order_by("id").values_list("id", "mac")
    return Prepared(lambda: rows[:number])


def claim() -> range:
    """Give the next unpublished rows their places in the feed, at most BATCH, and sign the chain
    of them; the places. Where the head of the feed has fallen behind its rows it is set right
    first.
    """
    try:
        return _claim()
    except IntegrityError:
        log.exception("A place of the feed is taken: its head is behind its rows and catches up.")
        _catch_up()
        return _claim()


def _catch_up():
    """The head is the newest place that a row has, with its signature."""
    with transaction.atomic():
        head = _locked_head()
        newest = CaseEvent.objects.filter(feed__gt=head.value).order_by("-feed").first()
        if newest:
            head.value, head.mac = newest.feed, newest.feed_mac
            head.close()
            rows.update(head, ["value", "mac", "seal"])


def _claim():
    with transaction.atomic():
        head = _locked_head()
        found = _waiting(BATCH)()
        ids = [pk for pk, _mac in found]
        places = range(head.value + 1, head.value + 1 + len(ids))
        links = [head.extend(mac) for _pk, mac in found]
        for first, last, place in _runs(ids, places.start):
            start = place - places.start
            _number(first, last, place, links[start : start + last - first + 1])
        if ids:
            head.close()
            rows.update(head, ["value", "mac", "seal"])
            after_commit(head.keep)
    return places


def _locked_head():
    if not (found := _head()):
        Sequence.objects.get_or_create(name="feed")
        found = _head()
    return found[0]


def _number(first, last, place, links):
    cases = " ".join(["WHEN %s THEN %s"] * len(links))
    pairs = [value for pair in zip(range(first, last + 1), links, strict=True) for value in pair]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE cases_caseevent SET feed = id + %s, feed_mac = CASE id {cases} END"
            " WHERE id BETWEEN %s AND %s",
            [place - first, *pairs, first, last],
        )


def _runs(ids, place):
    """(first id, last id, place of the first) for every stretch without a gap."""
    start = 0
    for end in range(1, len(ids) + 1):
        if end == len(ids) or ids[end] != ids[end - 1] + 1:
            yield ids[start], ids[end - 1], place + start
            start = end


def publish(send=True) -> int:
    """Publish everything that waits; the number of rows. `send=False` only numbers them."""
    total, places = 0, range(BATCH)
    while len(places) == BATCH:
        places = claim()
        total += len(places)
        if send and places:
            for envelope in since(places.start - 1, len(places)):
                push.to_group(GROUP, {"type": "case.event", "envelope": envelope})
    return total


def nudge():
    """After a commit: publish now.

    Should it fail, the task gives the rows their places, and every web process finds in the log
    what it was not told.
    """
    if push.silent():
        return
    try:
        publish()
    except push.Unreachable:
        log.warning("The live channel is out of reach; the pages hear of it from the log.")


def _envelope(row: dict, now: datetime) -> dict:
    """What a subscriber is told (ids, states, a place; no words of people) and who may hear it."""
    told = {
        "type": "event",
        "topic": "cases",
        "seq": row["feed"],
        "case": row["case__number"],
        "action": row["action"],
        "state_from": row["state_from"],
        "state": row["state_to"],
        "kind": row["case__matter_class__kind"],
        "class": row["case__matter_class__code"],
        "lon": row["case__point"].x,
        "lat": row["case__point"].y,
        "area": row["case__community__code"],
        "dept": row["department_id"],
        "post": row["post"],
        "at": row["at"].isoformat(),
        "overdue": is_overdue(row["case__state"], row["case__due_at"], now),
    }
    people = ("collector", "handler", "reporter", "filed_by")
    return {
        "told": told,
        "areas": [row[f"case__{level}_id"] for level in ("district", "street", "community")],
        "dept": row["case__department_id"],
        "people": [row[f"case__{person}_id"] for person in people],
    }


def head() -> int:
    """The newest place in the feed."""
    return Sequence.objects.filter(name="feed").values_list("value", flat=True).first() or 0


def since(seq: int, limit: int) -> list[dict]:
    """Envelopes of the `limit` places after `seq`, oldest first; the feed has no gaps."""
    found = _between(seq + 1, seq + limit)
    now = timezone.now()
    return [_envelope(dict(zip(TOLD, row, strict=True)), now) for row in found]
