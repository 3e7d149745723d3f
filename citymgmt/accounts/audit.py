"""The record of who signed in and who changed rights or settings: appended, chained, verified."""

import json

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from citymgmt.accounts.models import AuditEvent, User
from citymgmt.lib import client

SUBJECT_LENGTH = AuditEvent._meta.get_field("subject").max_length


@transaction.atomic
def record(
    *, verb: str, subject: str = "", by: User | None = None, data: dict | None = None, request=None
) -> AuditEvent:
    """Append one row. `by` is None for the installation itself and for failed sign-ins."""
    _wait_for_turn()
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
    event.save(force_insert=True)
    return event


def audit_broken() -> list[int]:
    """Ids of rows whose content or link to the row before does not match their hash."""
    broken, previous = [], ""
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=2000):
        if event.prev_hash != previous or event.hash != event.digest():
            broken.append(event.id)
        previous = event.hash
    return broken


def _wait_for_turn():
    """Appends queue up, or two rows would name the same predecessor.

    PostgreSQL waits for the lock on a row that always exists; SQLite has one writer at a time
    from BEGIN on and ignores the lock.
    """
    kind = ContentType.objects.get_for_model(AuditEvent)
    ContentType.objects.select_for_update(no_key=True).get(pk=kind.pk)
