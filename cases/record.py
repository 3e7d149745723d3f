"""The hash chain of a case's log: each row covers its content and the row before it."""

import hashlib
import json
from datetime import UTC, datetime

from cases.models import Case, CaseEvent

COVERED = (
    "case_id", "seq", "action", "state_from", "state_to", "stage", "received_at", "at", "by_id",
    "post", "by_department_id", "department_id", "receiver_id", "opinion", "data",
    "used_seconds", "limit_seconds", "due_at", "overdue", "prev_hash",
)  # fmt: skip
MADE = ("made_at", "made_lon", "made_lat")


def digest(event: CaseEvent) -> str:
    """SHA-256 in hex over the covered fields; instants in UTC so that both databases agree.

    What a device says of the act is covered where it says anything: rows without it have the
    digest that they had before it was kept.
    """
    content = [_plain(getattr(event, name)) for name in COVERED]
    made = [_plain(getattr(event, name)) for name in MADE]
    if any(value is not None for value in made):
        content.append(made)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value):
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def broken_cases(cases=None):
    """Yields (case number, reason) for every chain that does not hold; constant memory."""
    cases = Case.objects.all() if cases is None else cases
    for case in cases.order_by("id").only("id", "number", "head_hash", "events_count").iterator():
        if reason := _fault(case):
            yield case.number, reason


def _fault(case) -> str | None:
    previous, count = "", 0
    for event in case.events.order_by("seq"):
        count += 1
        if event.seq != count or event.prev_hash != previous or event.hash != digest(event):
            return f"row {event.seq}"
        previous = event.hash
    if count != case.events_count or previous != case.head_hash:
        return "head"
    return None
