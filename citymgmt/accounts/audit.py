"""The record of who signed in and who changed rights or settings: appended, chained, verified.

Rows are chained twice: by plain hashes, which anybody can follow, and by signatures with gapless
numbers (`heads`), which nobody makes without the key.
"""

import json
from collections.abc import Iterable, Iterator

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from citymgmt.accounts.models import AuditEvent, RecordHead, User
from citymgmt.lib import client, heads
from citymgmt.lib.after import after_commit

SUBJECT_LENGTH = AuditEvent._meta.get_field("subject").max_length
CHAIN = "audit"


@transaction.atomic
def record(
    *, verb: str, subject: str = "", by: User | None = None, data: dict | None = None, request=None
) -> AuditEvent:
    """Append one row. `by` is None for the installation itself and for failed sign-ins."""
    head = RecordHead.locked(CHAIN)
    last = AuditEvent.objects.order_by("-id").values_list("hash", flat=True).first()
    event = AuditEvent(
        at=timezone.now(),
        by=by,
        verb=verb,
        subject=subject[:SUBJECT_LENGTH],
        # As the database will give it back, or the digest would not be reproducible.
        data=json.loads(json.dumps(data or {}, cls=DjangoJSONEncoder)),
        address=client.address(request) if request is not None else None,
        prev_hash=last or "",
    )
    event.hash = event.digest()
    event.mac = head.extend(event.hash)
    event.number = head.value
    event.save(force_insert=True)
    head.close()
    head.save(force_update=True)
    after_commit(head.keep)
    return event


def audit_faults(marks: Iterable[heads.Mark] = ()) -> Iterator[tuple[str, str]]:
    """(which rows, reason) of all that does not hold; `marks` are signatures kept elsewhere."""
    for pk in audit_broken():
        yield f"row {pk}", "row"
    rows = AuditEvent.objects.order_by("number").values_list("number", "mac", "hash")
    for pk in rows.filter(number=None).values_list("pk", flat=True):
        yield f"row {pk}", "not signed"
    head = RecordHead.objects.filter(name=CHAIN).first()
    signed = rows.exclude(number=None).iterator(chunk_size=2000)
    for numbers, reason in heads.faults(CHAIN, signed, head, [*heads.kept(CHAIN), *marks]):
        yield f"number {numbers}", reason


def audit_broken() -> list[int]:
    """Ids of rows whose content or link to the row before does not match their hash."""
    broken, previous = [], ""
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=2000):
        if event.prev_hash != previous or event.hash != event.digest():
            broken.append(event.id)
        previous = event.hash
    return broken
