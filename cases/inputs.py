"""What an action may be given: one parser per name, from plain values (form or JSON) to objects.

A parser raises BadInput naming the field. Names are those of `Move.needs` and `Move.takes`.
"""

import uuid
from datetime import datetime, time

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from cases import campaigns
from cases.models import Case, FilingCondition
from cases.states import FINAL, State
from citymgmt.accounts.models import Department, User
from citymgmt.lib.errors import BadInput

VERIFY_RESULTS = {"exists": _("Exists"), "absent": _("Absent"), "cannot_tell": _("Cannot tell")}
CHECK_RESULTS = {"pass": _("Pass"), "fail": _("Fail"), "cannot_tell": _("Cannot tell")}
REJECT_REASONS = {
    "out_of_scope": _("Out of scope"),
    "invalid": _("Invalid"),
    "duplicate": _("Duplicate"),
}
RETURN_KINDS = {
    "wrong_dispatch": _("Wrong dispatch"),
    "other": _("Other reason"),
}
SUPERVISE_TYPES = {
    "timeout": _("Overdue case"),
    "leader": _("Leader's demand"),
    "important": _("Important case"),
}
OPINION_MAX = 2000


def wrong(name, detail):
    return BadInput(detail, code="invalid", fields={name: [str(detail)]})


def _one_of(choices):
    def parse(case, name, value):
        if value not in choices:
            raise wrong(name, _("Choose one of the given answers."))
        return value

    return parse


def _opinion(case, name, value):
    text = str(value).strip()
    if len(text) > OPINION_MAX:
        raise wrong(name, _("At most %(max)s characters.") % {"max": OPINION_MAX})
    return text


def _flag(case, name, value):
    return value in (True, 1, "1", "true", "on")


def _met(case, name, value):
    if not _flag(case, name, value):
        raise wrong(name, _("Confirm that the closing condition is met."))
    return True


def _condition(case, name, value):
    """A condition of the class of the case, in an active edition."""
    row = value
    if not isinstance(value, FilingCondition):
        rows = FilingCondition.objects.select_related("edition")
        row = rows.filter(pk=_number(name, value)).first()
    if row is None or row.matter_class_id != case.matter_class_id or not row.edition.active:
        raise wrong(name, _("Choose a filing condition of this class."))
    return row


def _number(name, value):
    try:
        return int(value)
    except (TypeError, ValueError):
        raise wrong(name, _("Not a valid choice.")) from None


def _department(case, name, value):
    """A department by code (or row); centers do not dispose."""
    row = value
    if not isinstance(value, Department):
        row = Department.objects.filter(code=value).first()
    if row is None or not row.active or row.kind == Department.Kind.CENTER:
        raise wrong(name, _("Choose a department."))
    return row


def _locality(case, name, value):
    """The street office or the government of a district, for what nobody else answers for."""
    row = _department(case, name, value)
    if row.kind not in (Department.Kind.STREET, Department.Kind.DISTRICT):
        raise wrong(name, _("Choose a street office or a district government."))
    return row


def _assist(case, name, value):
    """Departments by code (or rows), several or separated by commas; each once."""
    several = value.split(",") if isinstance(value, str) else value
    if not isinstance(several, list | tuple | set | frozenset):
        raise wrong(name, _("Choose departments."))
    rows = [_department(case, name, v.strip() if isinstance(v, str) else v) for v in several if v]
    return sorted(set(rows), key=lambda row: row.code)


def _main_case(case, name, value):
    """Another open case of the same district, by number (or row), that is no duplicate itself."""
    row = value if isinstance(value, Case) else Case.objects.filter(number=value).first()
    if (
        row is None
        or row.pk == case.pk
        or row.state in FINAL
        or row.district_id != case.district_id
    ):
        raise wrong(name, _("Choose another open case of the same district."))
    return row


def _receiver(case, name, value):
    """Who may take over the task that is open: a handler's goes to a handler of the department."""
    return (_handler if case.state == State.DISPOSING else _collector)(case, name, value)


def _collector(case, name, value):
    return _person(name, value, lambda m: m.post.code == "collector")


def _handler(case, name, value):
    """A handler or liaison of the responsible department, or of one above it."""
    lineage = case.department.lineage if case.department else []
    posts = ("handler", "liaison")
    return _person(name, value, lambda m: m.post.code in posts and m.department.code in lineage)


def _person(name, value, suits):
    """An active person by username (or row) with a membership that suits today."""
    row = value if isinstance(value, User) else User.objects.filter(username=value).first()
    if row is None or not row.is_active or not any(map(suits, row.current_memberships)):
        raise wrong(name, _("Choose a person who can take this task."))
    return row


def _campaign(case, name, value):
    return campaigns.chosen(value, case.reported_at)


def _until(case, name, value):
    """An instant, or a date meaning its end of day in local time."""
    if isinstance(value, datetime):
        return value
    moment = _parsed(parse_datetime, value) if "T" in str(value) else None
    if moment is None and (day := _parsed(parse_date, value)):
        moment = datetime.combine(day, time(23, 59, 59))
    if moment is None:
        raise wrong(name, _("Enter a date."))
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _parsed(parse, value):
    try:
        return parse(str(value))
    except ValueError:  # the shape of a date, but no such day
        return None


INPUTS = {
    "opinion": _opinion,
    "collector": _collector,
    "handler": _handler,
    "department": _department,
    "filing_condition": _condition,
    "verify_result": _one_of(VERIFY_RESULTS),
    "check_result": _one_of(CHECK_RESULTS),
    "reject_reason": _one_of(REJECT_REASONS),
    "closing_met": _met,
    "urgent": _flag,
    "until": _until,
    "return_kind": _one_of(RETURN_KINDS),
    "supervise_type": _one_of(SUPERVISE_TYPES),
    "reply_by": _until,
    "assist": _assist,
    "locality": _locality,
    "main_case": _main_case,
    "receiver": _receiver,
    "defective": _flag,
    "campaign": _campaign,
}
PHOTOS = {"photos", "after_photos"}


def parse(case, move, given: dict) -> dict:
    """Objects for the inputs of a move. Unknown names are refused, missing ones named together."""
    allowed = {*move.needs, *move.takes, "opinion"}
    if unknown := sorted(set(given) - allowed):
        raise BadInput(_("Not an input of this action."), fields={n: ["?"] for n in unknown})
    needed = [name for name in move.needs if name not in PHOTOS]
    if missing := [name for name in needed if _blank(given.get(name))]:
        detail = _("Something is missing.")
        said = [str(_("This field is required."))]
        raise BadInput(detail, code="required", fields=dict.fromkeys(missing, said))
    return {
        name: INPUTS[name](case, name, value)
        for name, value in given.items()
        if not _blank(value) and name in INPUTS
    }


def _blank(value) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def parse_uuid(value):
    """A UUID or None; BadInput for anything else."""
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        raise wrong("client_uuid", _("Not a UUID.")) from None
