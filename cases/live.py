"""The live feed: the log read once more, in the order it was published.

Every published row has a place in one gapless sequence (`CaseEvent.feed`); a client that missed
something asks for what came after the last number it saw. Nothing is lost between commit and
broker: rows that no process published are found by the task.
"""

import logging

from django.db import transaction
from django.db.models import F

from cases.models import CaseEvent, Sequence
from citymgmt.lib import push

log = logging.getLogger(__name__)
GROUP = "cases"
BATCH = 500


def claim() -> list[int]:
    """Give the next unpublished rows their place in the feed, at most BATCH; their ids in order."""
    with transaction.atomic():
        Sequence.objects.get_or_create(name="feed")
        head = Sequence.objects.select_for_update().get(name="feed")
        waiting = CaseEvent.objects.filter(feed__isnull=True).order_by("id")
        ids = list(waiting.values_list("id", flat=True)[:BATCH])
        for first, last, place in _runs(ids, head.value + 1):
            CaseEvent.objects.filter(id__range=(first, last)).update(feed=F("id") + place - first)
        if ids:
            head.value += len(ids)
            head.save(update_fields=["value"])
    return ids


def _runs(ids, place):
    """(first id, last id, place of the first) for every stretch without a gap."""
    start = 0
    for end in range(1, len(ids) + 1):
        if end == len(ids) or ids[end] != ids[end - 1] + 1:
            yield ids[start], ids[end - 1], place + start
            start = end


def publish(send=True) -> int:
    """Publish everything that waits; the number of rows. `send=False` only numbers them."""
    total = 0
    while ids := claim():
        total += len(ids)
        if send:
            rows = CaseEvent.objects.filter(id__in=ids).order_by("feed")
            for row in rows.select_related("case", "case__matter_class", "case__community"):
                push.to_group(GROUP, {"type": "case.event", "envelope": envelope(row)})
    return total


def nudge():
    """After a commit: publish now. The task does it later should this fail."""
    if push.silent():
        return
    try:
        publish()
    except push.Unreachable:
        log.warning("The live channel is out of reach; the timer will publish later.")


def envelope(event) -> dict:
    """What a subscriber is told (ids, states, a place; no words of people) and who may hear it."""
    case = event.case
    told = {
        "type": "event",
        "topic": "cases",
        "seq": event.feed,
        "case": case.number,
        "action": event.action,
        "state_from": event.state_from,
        "state": event.state_to,
        "kind": case.matter_class.kind,
        "class": case.matter_class.code,
        "lon": case.point.x,
        "lat": case.point.y,
        "area": case.community.code,
        "dept": event.department_id,
        "post": event.post,
        "at": event.at.isoformat(),
        "overdue": case.overdue_at is not None,
    }
    return {
        "told": told,
        "areas": [case.district_id, case.street_id, case.community_id],
        "dept": case.department_id,
        "people": [case.collector_id, case.handler_id, case.reporter_id, case.filed_by_id],
    }


def head() -> int:
    """The newest place in the feed."""
    return Sequence.objects.filter(name="feed").values_list("value", flat=True).first() or 0


def since(seq: int, limit: int) -> list[dict]:
    """Envelopes of the rows published after `seq`, oldest first."""
    rows = CaseEvent.objects.filter(feed__gt=seq).select_related(
        "case", "case__matter_class", "case__community"
    )
    return [envelope(row) for row in rows.order_by("feed")[:limit]]
