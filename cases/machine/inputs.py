"""What an action may be given: one definition per input, and all else is read from it.

The forms of the desks, the fields of the HTTP interface and its reference list, the words of the
log and the docs follow `INPUTS`; the rows of the table of moves name them. A parser takes
a plain value (of a form or of JSON), gives the object, and raises BadInput naming the field.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.campaigns import joining as campaigns
from cases.duplicates import merging
from cases.machine import choices
from cases.models import Case, FilingCondition
from cases.states import State
from citymgmt.accounts.models import Department, User
from citymgmt.lib.dates import day_of, moment_of
from citymgmt.lib.errors import BadInput
from citymgmt.lib.printable import printable
from grid.places.queries import position

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


# --- parsers --------------------------------------------------------------------------------
def wrong(name, detail):
    return BadInput(detail, code="invalid", fields={name: [str(detail)]})


def _one_of(answers):
    def parse(case, name, value):
        if value not in answers:
            raise wrong(name, _("Choose one of the given answers."))
        return value

    return parse


def _opinion(case, name, value):
    text = printable(str(value)).strip()
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
    """A condition of the class of the case, of the edition in force today."""
    pk = value.pk if isinstance(value, FilingCondition) else _number(name, value)
    rows = FilingCondition.objects.in_force().select_related("edition")
    row = rows.filter(pk=pk).first()
    if row is None or row.matter_class_id != case.matter_class_id:
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
    """Another open case of the same district, by row, number or the last digits of its number."""
    if isinstance(value, Case):
        rows = [value] if merging.fits(case, value) else []
    else:
        rows = merging.ending_with(case, str(value))
    if len(rows) > 1:
        raise wrong(name, _("Several open cases end with these digits: type more of them."))
    if not rows:
        raise wrong(name, _("Choose another open case of the same district."))
    return rows[0]


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


def _position(case, name, value):
    """A point from "lon,lat"; where somebody stands, not where the case is."""
    lon, _comma, lat = str(value).partition(",")
    try:
        return position(lon.strip(), lat.strip())
    except BadInput as refusal:
        raise wrong(name, refusal.detail) from refusal


def _campaign(case, name, value):
    return campaigns.chosen(value, case.reported_at)


def _until(case, name, value):
    """An instant, or a date meaning its end of day in local time."""
    if isinstance(value, datetime):
        return value
    if moment := moment_of(str(value)):
        return moment
    if day := day_of(str(value)):
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
    raise wrong(name, _("Enter a date."))


# --- definitions ----------------------------------------------------------------------------
class Type(StrEnum):
    """What is sent for an input; the HTTP interface has one kind of field for each."""

    TEXT = "text"
    CODE = "code"  # of a department, or the number of a case
    CODES = "codes"  # several codes, in a list or separated by commas
    PERSON = "person"  # a username
    KEY = "key"  # the number of a row
    ANSWER = "answer"  # one of the fixed `answers`
    FLAG = "flag"
    POSITION = "position"  # "lon,lat" in degrees
    MOMENT = "moment"  # ISO 8601; a date means the end of that day
    PHOTOS = "photos"  # files, which travel beside the inputs


@dataclass(frozen=True, eq=False)
class Input:
    """One input of an action.

    `widget` names the template, `templates/cases/desk/fields/<widget>.html`. `choices(case, user)`
    is what the form offers. `parse(case, name, value)` is None for photos, which are stored by
    `cases.photos.reading`, which knows the types of each step.
    """

    name: str
    label: str
    type: Type
    widget: str
    parse: Callable | None = None
    choices: Callable | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        return self.type == Type.CODES


def _answer(name, label, answers):
    """An input with fixed answers: what may be sent, what is offered and what the log says."""

    def offered(case, user):
        return [choices.Choice(value, str(words)) for value, words in answers.items()]

    return Input(name, label, Type.ANSWER, "results", _one_of(answers), offered, answers)


FILING_CONDITION = Input(
    "filing_condition",
    _("Filing condition"),
    Type.KEY,
    "radios",
    _condition,
    choices.conditions,
)
DEPARTMENT = Input(
    "department", _("Department"), Type.CODE, "select", _department, choices.departments
)
COLLECTOR = Input(
    "collector", _("Collector"), Type.PERSON, "select", _collector, choices.collectors
)
HANDLER = Input("handler", _("Handler"), Type.PERSON, "select", _handler, choices.handlers)
VERIFY_RESULT = _answer("verify_result", _("Verify result"), VERIFY_RESULTS)
CHECK_RESULT = _answer("check_result", _("Check result"), CHECK_RESULTS)
REJECT_REASON = _answer("reject_reason", _("Reason"), REJECT_REASONS)
CLOSING_MET = Input("closing_met", _("The closing condition is met"), Type.FLAG, "met", _met)
URGENT = Input("urgent", _("Urgent"), Type.FLAG, "urgent", _flag)
UNTIL = Input("until", _("Suspended until"), Type.MOMENT, "date", _until)
RETURN_KIND = _answer("return_kind", _("Kind of return"), RETURN_KINDS)
LOCALITY = Input("locality", _("Locality"), Type.CODE, "select", _locality, choices.localities)
ASSIST = Input(
    "assist",
    _("Assisting departments"),
    Type.CODES,
    "several",
    _assist,
    choices.departments,
)
MAIN_CASE = Input("main_case", _("Main case"), Type.CODE, "number", _main_case, choices.open_around)
RECEIVER = Input(
    "receiver", _("Taken over by"), Type.PERSON, "select", _receiver, choices.receivers
)
DEFECTIVE = Input("defective", _("Closed as defective"), Type.FLAG, "switch", _flag)
CAMPAIGN = Input("campaign", _("Campaign"), Type.CODE, "results", _campaign, choices.campaigns_then)
SUPERVISE_TYPE = _answer("supervise_type", _("Kind of supervision"), SUPERVISE_TYPES)
POSITION = Input("position", _("Position"), Type.POSITION, "position", _position)
REPLY_BY = Input("reply_by", _("Reply needed by"), Type.MOMENT, "date", _until)
PHOTOS = Input("photos", _("Photos"), Type.PHOTOS, "photos")
AFTER_PHOTOS = Input("after_photos", _("Photos after the work"), Type.PHOTOS, "photos")
OPINION = Input("opinion", _("Opinion"), Type.TEXT, "opinion", _opinion)
# In the order in which a form asks for them.
DEFINITIONS = (
    FILING_CONDITION,
    DEPARTMENT,
    COLLECTOR,
    HANDLER,
    VERIFY_RESULT,
    CHECK_RESULT,
    REJECT_REASON,
    CLOSING_MET,
    URGENT,
    UNTIL,
    RETURN_KIND,
    LOCALITY,
    ASSIST,
    MAIN_CASE,
    RECEIVER,
    DEFECTIVE,
    CAMPAIGN,
    SUPERVISE_TYPE,
    POSITION,
    REPLY_BY,
    PHOTOS,
    AFTER_PHOTOS,
    OPINION,
)
INPUTS = {row.name: row for row in DEFINITIONS}


# --- reading --------------------------------------------------------------------------------
def parse(case, move, given: dict) -> dict:
    """Objects for the inputs of a move. Unknown names are refused, missing ones named together."""
    allowed = set(move.named)
    if unknown := sorted(set(given) - allowed):
        detail = _("Not an input of this action.")
        raise BadInput(detail, "unknown_field", {name: [str(detail)] for name in unknown})
    needed = [row.name for row in move.needs if row.parse]
    if missing := [name for name in needed if _blank(given.get(name))]:
        detail = _("Something is missing.")
        needed_here = [str(_("This field is required."))]
        raise BadInput(detail, "required", dict.fromkeys(missing, needed_here))
    return {
        name: INPUTS[name].parse(case, name, value)
        for name, value in given.items()
        if not _blank(value) and INPUTS[name].parse
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
