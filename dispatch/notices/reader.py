"""Reads the published log for deadlines and words from above and writes who is told, exactly once.

The place reached is a row that is locked while a round runs; a notice has its own key besides.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cases.feed import log as live
from cases.models import CaseEvent, Sequence
from citymgmt.lib import push
from citymgmt.lib.after import carry_out
from dispatch.models import Channel, EscalationRule, Moment, Notice
from dispatch.notices.recipients import People

PLACE = "notices"
BATCH = 500
FRESH = timedelta(hours=24)  # nobody is told today of what was late long ago


def read(now=None) -> int:
    """Tell of everything published since the last round; how many notices were written."""
    now, total = now or timezone.now(), 0
    Sequence.objects.get_or_create(name=PLACE)
    while True:
        told, written, more = _round(now)
        total += written
        if told and not push.silent():
            # The notices stand; who is not told of them now sees them on the next page.
            message = {"type": "case.notice", "people": sorted(told)}
            carry_out(push.to_group, live.GROUP, message)
        if not more:
            return total


@transaction.atomic
def _round(now):
    """({people with a new notice}, rows written, whether there is more)."""
    place = Sequence.objects.select_for_update().get(name=PLACE)
    head = live.head()
    events = list(
        CaseEvent.objects.filter(
            feed__gt=place.value, feed__lte=head, action__in=Moment.values, at__gt=now - FRESH
        )
        .select_related("case__collector", "case__handler")
        .order_by("feed")[:BATCH]
    )
    before = Notice.objects.count() if events else 0
    made = _notices(events, now)
    Notice.objects.bulk_create(made, ignore_conflicts=True)
    more = len(events) == BATCH
    place.value = events[-1].feed if more else max(head, place.value)
    place.save(update_fields=["value"])
    told = {one.recipient_id for one in made if one.channel == Channel.IN_APP}
    return told, Notice.objects.count() - before if events else 0, more


def _notices(events, now) -> list[Notice]:
    rules = list(EscalationRule.objects.filter(active=True).select_related("post"))
    people, made = People(), {}
    for event in events:
        for rule in rules:
            if rule.moment != event.action or rule.stage not in ("", event.stage):
                continue
            for user in people.told(rule, event):
                if user.pk == event.by_id:  # whoever said it knows
                    continue
                key = (event.pk, user.pk, rule.channel)
                made[key] = _notice(event, user, rule.channel, now)
    return list(made.values())


def _notice(event, user, channel, now):
    sms = channel == Channel.SMS
    return Notice(
        recipient=user, case=event.case, event=event, text_key=event.action, channel=channel,
        created_at=now, next_try_at=now if sms else None,
    )  # fmt: skip
