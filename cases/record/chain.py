"""The hash chain of a case's log: each row covers its content and the row before it.

From form 2 on a row also covers the photos that came with the step and a digest of the columns of
the case after it, so that a column changed by other hands differs from the last row of the log.
Every row is signed with the key outside the database (`citymgmt.lib.keyed`), by who writes it.
"""

import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from itertools import chain

from cases.models import Attachment, Case, CaseEvent
from citymgmt.accounts.models import Department
from citymgmt.lib import keyed

COVERED = (
    "case_id", "seq", "action", "state_from", "state_to", "stage", "received_at", "at", "by_id",
    "post", "by_department_id", "department_id", "receiver_id", "opinion", "data",
    "used_seconds", "limit_seconds", "due_at", "overdue", "prev_hash",
)  # fmt: skip
_text = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
ADDED = "add_photos"  # what the audit record says of photos that came after their step
MADE = ("made_at", "made_lon", "made_lat")
EVIDENCE = ("photos", "case_digest", "form")
# Columns of a case by the form of the row that covers them. A form that rows were written in never
# changes: a column more is a form more, and `cases.models.events.FORM` names it.
COLUMNS = {
    2: (
        "number", "client_uuid", "matter_class_id", "component_id", "description", "address",
        "point", "unit_grid_id", "duty_grid_id", "community_id", "street_id", "district_id",
        "area_class", "source_id", "reporter_id", "reported_at", "urgent", "campaign_id", "state",
        "state_since", "pending", "to_forward", "return_kind", "round", "collector_id",
        "handler_id", "filed_by_id", "department_id", "first_department_id", "merged_into_id",
        "follows_id", "verify_result", "check_result", "filing_condition_id", "limit_value",
        "limit_unit", "arrive_by", "arrived_at", "arrival_late_at", "clocks", "due_at",
        "warned_at", "overdue_at", "suspended_until", "hard_since", "stockpiled_at", "supervised",
        "reply_due_at", "filed_at", "dispatched_at", "disposed_at", "closed_at",
        "disposal_overdue", "extensions", "suspensions", "returns", "closed_kind", "forced",
        "void_origin", "exempt", "appeals", "no_party", "proxy_disposal", "arbitrated",
        "self_disposed", "on_guard", "handed_over_at",
    ),
}  # fmt: skip
COLUMNS[1] = COLUMNS[2]  # signed afterwards
COLUMNS[3] = (*COLUMNS[2], "warn_at")
ALL_COLUMNS = COLUMNS[max(COLUMNS)]
PHOTO = (
    "uuid", "case_id", "event_id", "photo_type", "round", "file", "thumb", "sha256",
    "thumb_sha256", "by_id", "at", "client_uuid", "made_at",
)  # fmt: skip


# --- rows of the log ------------------------------------------------------------------------
def digest(event: CaseEvent) -> str:
    """SHA-256 in hex over the covered fields; instants in UTC so that both databases agree."""
    return digest_of([getattr(event, name) for name in (*COVERED, *MADE, *EVIDENCE)])


def digest_of(values) -> str:
    """The same of values in the order of COVERED, MADE and EVIDENCE.

    What a device says of the act is covered where it says anything, photos and columns from form
    2 on: rows without have the digest that they had before these were kept.
    """
    content = [_plain(value) for value in values[: len(COVERED)]]
    made = [_plain(value) for value in values[len(COVERED) : -len(EVIDENCE)]]
    if any(value is not None for value in made):
        content.append(made)
    photos, columns, form = values[-len(EVIDENCE) :]
    if form > 1:
        content.append({"photos": photos, "case": columns, "form": form})
    return _sha256(content)


def signed(hash, photos, case_digest, form) -> tuple:
    """What the signature of a row covers, for `keyed`: rows of form 1 are signed with photos and
    columns that their hash does not know."""
    return "event", hash, photos, case_digest, form


def sign(event: CaseEvent) -> None:
    """Hash and signature of a row that is otherwise complete."""
    event.hash = digest(event)
    event.mac = keyed.sign(*signed(event.hash, event.photos, event.case_digest, event.form))


def _plain(value):
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _sha256(content) -> str:
    return hashlib.sha256(_text(content).encode()).hexdigest()


# --- columns of a case ----------------------------------------------------------------------
def case_digest(case, form: int = max(COLUMNS)) -> str:
    """SHA-256 in hex over the columns that rows of this form cover."""
    return columns_digest([getattr(case, name) for name in COLUMNS[form]], form)


def columns_digest(values, form: int) -> str:
    """The same of values in the order of COLUMNS; as either database gives them back."""
    pairs = zip(_conversions(form), values, strict=True)
    return _sha256([None if v is None else convert(v) if convert else v for convert, v in pairs])


@cache
def _conversions(form):
    kinds = {
        "DateTimeField": _plain,
        "DecimalField": lambda value: f"{value:.2f}",
        "BooleanField": bool,
        "UUIDField": str,
        "PointField": lambda point: [point.x, point.y],
    }
    fields = {field.attname: field for field in Case._meta.concrete_fields}
    return [kinds.get(fields[name].get_internal_type()) for name in COLUMNS[form]]


# --- photos ---------------------------------------------------------------------------------
def photo_content(photo: Attachment) -> tuple:
    """What the signature of a photo covers, for `keyed`."""
    return photo_values([getattr(photo, name) for name in PHOTO])


def photo_values(values) -> tuple:
    """The same of values in the order of PHOTO."""
    plain = (_plain(value) for value in values)
    return "photo", *(v if v is None or isinstance(v, int) else str(v) for v in plain)


# --- checking -------------------------------------------------------------------------------
HEAD = ("pk", "number", "events_count", "head_hash")
ROW = ("case_id", "seq", "prev_hash", "hash", "mac", *COVERED, *MADE, *EVIDENCE)
CHUNK = 2000


def broken_cases(cases=None):
    """Yields (case number, reason) for every case whose log does not hold, or whose columns are
    not those that its last row covers. Two readings side by side; constant memory."""
    events = CaseEvent.objects.all() if cases is None else CaseEvent.objects.filter(case__in=cases)
    rows = events.order_by("case_id", "seq").values_list(*ROW).iterator(CHUNK)
    found = Case.objects.all() if cases is None else cases
    assisting = _assisting()
    heads = found.order_by("id").values_list(*HEAD, *ALL_COLUMNS).iterator(CHUNK)
    row = next(rows, None)
    for pk, number, count, head, *columns in heads:
        while row is not None and row[0] < pk:
            yield f"case {row[0]}", f"row {row[1]} of no case"
            row = next(rows, None)
        log, row = _log_of(pk, row, rows)
        reason = _fault(log, count, head, columns)
        if reason or (reason := _helpers_fault(log, assisting.get(pk, set()))):
            yield number, reason
    for left in chain([row] if row else [], rows):
        yield f"case {left[0]}", f"row {left[1]} of no case"


def _log_of(pk, row, rows):
    """The rows of this case, and the first of the next."""
    log = []
    while row is not None and row[0] == pk:
        log.append(row)
        row = next(rows, None)
    return log, row


def _fault(log, count, head, columns) -> str | None:
    previous, evidence = "", None
    for place, (_case, seq, before, own, mac, *values) in enumerate(log, start=1):
        if seq != place or before != previous or own != digest_of(values):
            return f"row {seq}"
        evidence = values[-len(EVIDENCE) :]
        if not keyed.holds(mac, *signed(own, *evidence)):
            return f"signature of row {seq}"
        previous = own
    if len(log) != count or previous != head:
        return "head"
    if evidence:
        _photos, covered, form = evidence
        of_form = [columns[place] for place in _places(form)]
        if columns_digest(of_form, form) != covered:
            return "columns"
    return None


@cache
def _places(form) -> list[int]:
    """Where the columns of this form stand among all."""
    return [ALL_COLUMNS.index(name) for name in COLUMNS[form]]


DATA = ROW.index("data")


def _assisting() -> dict[int, set[str]]:
    """Case -> codes of the departments that assist in it."""
    found = defaultdict(set)
    rows = Case.assisting.through.objects.values_list("case_id", "department__code")
    for case, code in rows.iterator(CHUNK):
        found[case].add(code)
    return found


def _helpers_fault(log, actual: set[str]) -> str | None:
    """Those who assist are those whom the log named; a department may have another code since."""
    named = {code for row in log for code in row[DATA].get("assist", ())}
    if named == actual:
        return None
    known = set(Department.objects.filter(code__in=named).values_list("code", flat=True))
    renamed = named - known
    holds = named & known <= actual and len(actual - named) <= len(renamed)
    return None if holds else "assisting"
