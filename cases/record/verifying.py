"""What the chains of single cases cannot say of themselves: the feed over all of them, the photos,
and the numbers of the cases. Each yields (what, reason); memory does not grow with the rows."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from django.core.files.storage import default_storage

from cases.models import Attachment, Case, CaseEvent, Sequence
from cases.record.chain import ADDED, PHOTO, photo_values
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib import heads, keyed

FEED, CHUNK = "feed", 2000
PREFIX = 14  # digits of a case's number that stand for its district and day
Fault = tuple[str, str]


def feed_faults(marks: Iterable[heads.Mark] = ()) -> Iterator[Fault]:
    """Every published row once, in its place, signed with the row before it; `marks` are
    signatures kept elsewhere."""
    rows = CaseEvent.objects.exclude(feed=None).order_by("feed")
    signed = rows.values_list("feed", "feed_mac", "mac").iterator(CHUNK)
    head = Sequence.objects.filter(name=FEED).first()
    for places, reason in heads.faults(FEED, signed, head, [*heads.kept(FEED), *marks]):
        yield f"feed {places}", reason


def number_faults() -> Iterator[Fault]:
    """Numbers of a day and district that were given and that no case has."""
    given = Sequence.objects.filter(name__startswith="case-")
    last = {name.removeprefix("case-"): value for name, value in given.values_list("name", "value")}
    numbers = Case.objects.order_by("number").values_list("number", flat=True).iterator(CHUNK)
    for prefix, group in groupby(numbers, key=lambda number: number[:PREFIX]):
        expected = 1
        for number in group:
            found = int(number[PREFIX:])
            if prefix in last and found > expected:
                yield f"numbers {_numbers(prefix, expected, found - 1)}", "missing"
            expected = found + 1
        if last.pop(prefix, 0) >= expected:
            yield (
                f"numbers {_numbers(prefix, expected, given.get(name=f'case-{prefix}').value)}",
                ("missing"),
            )
    for prefix, value in last.items():
        if value:
            yield f"numbers {_numbers(prefix, 1, value)}", "missing"


def _numbers(prefix, first, last):
    words = f"{prefix}{first:06d}"
    return words if first == last else f"{words}-{last:06d}"


# --- photos ---------------------------------------------------------------------------------
ROW = ("case__number", "event_id", *PHOTO, "mac")


def photo_faults(*, files: bool = True) -> Iterator[Fault]:
    """Every photo that the log or the record names is there, unchanged, and no other; `files`:
    so are the bytes of it and of its small picture."""
    late = _added_later()
    rows = Attachment.objects.order_by("event_id", "id").values_list(*ROW).iterator(CHUNK)
    yield from _against_the_log(rows, late)
    for uuid, number in late.items():
        yield f"{number} photo {uuid}", "missing"
    if files:
        yield from _file_faults()


def _added_later() -> dict[str, str]:
    """Photo -> number of the case, of those that came after their step."""
    events = AuditEvent.objects.filter(verb=ADDED).values_list("subject", "data")
    return {
        uuid: number for number, data in events.iterator(CHUNK) for uuid in data.get("photos", ())
    }


def _against_the_log(photos, late) -> Iterator[Fault]:
    named = CaseEvent.objects.exclude(photos=[]).order_by("id")
    steps = named.values_list("id", "case__number", "photos").iterator(CHUNK)
    step = next(steps, None)
    for event, group in groupby(photos, key=itemgetter(1)):
        while step is not None and step[0] < event:
            yield from _of_step(step, [], late)
            step = next(steps, None)
        if step is not None and step[0] == event:
            yield from _of_step(step, list(group), late)
            step = next(steps, None)
        else:
            yield from _of_step((event, "", []), list(group), late)
    while step is not None:
        yield from _of_step(step, [], late)
        step = next(steps, None)


def _of_step(step, photos, late) -> Iterator[Fault]:
    _event, number, hashes = step
    wanted = Counter(hashes)
    for case, _event, *values, mac in photos:
        photo = dict(zip(PHOTO, values, strict=True))
        name = f"{case} photo {photo['uuid']}"
        if not keyed.holds(mac, *photo_values(values)):
            yield name, "signature"
        if late.pop(str(photo["uuid"]), None):
            continue
        if wanted[photo["sha256"]] == 0:
            yield name, "not in the log"
        wanted[photo["sha256"]] -= 1
    for sha256 in sorted((+wanted).elements()):
        yield f"{number} photo with SHA-256 {sha256}", "missing"


def _file_faults() -> Iterator[Fault]:
    columns = ("case__number", "uuid", "file", "sha256", "thumb", "thumb_sha256")
    for number, uuid, *files in (
        Attachment.objects.order_by("id").values_list(*columns).iterator(CHUNK)
    ):
        for name, sha256 in ((files[0], files[1]), (files[2], files[3])):
            if sha256 and (reason := _file_fault(name, sha256)):
                yield f"{number} photo {uuid}", f"{name}: {reason}"


def _file_fault(name, sha256) -> str | None:
    try:
        with default_storage.open(name) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "file missing"
    return None if found == sha256 else "another file"
