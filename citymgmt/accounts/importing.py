"""People from a table: every row is checked first, then the good ones are created.

Accounts only: which post somebody holds is decided apart, person by person, by whoever may fill
that post. A new account has no password until one is set.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from citymgmt.accounts.actions import save_person
from citymgmt.accounts.models import Department, User
from citymgmt.lib import phones, writing
from citymgmt.lib.errors import BadInput, Refused
from citymgmt.lib.reading import read_table

MOST = 2000  # rows of one file
HEADINGS = {
    "username": ("用户名", "账号", "User name", "username"),
    "full_name": ("姓名", "Full name", "full_name"),
    "phone": ("电话", "手机", "Phone", "phone"),
    "department": ("专业部门", "部门", "单位", "Department", "department"),
}
NEEDED = ("username", "full_name", "department")


@dataclass(frozen=True)
class Draft:
    """A row as it was read: its line in the file and what it says."""

    line: int
    username: str
    full_name: str
    phone: str
    department: str
    fault: str = ""


@dataclass
class Plan:
    """What an import would do: the people it would create, and each refused row with its reason."""

    people: list[tuple[Draft, User]] = field(default_factory=list)
    refused: list[tuple[Draft, str]] = field(default_factory=list)


# --- reading --------------------------------------------------------------------------------
def read(path: Path) -> list[Draft]:
    """The rows of a file. BadInput when it is no table of people, or too long."""
    rows = read_table(path, NEEDED, also=("phone",), ways=HEADINGS).lines
    if not rows:
        raise BadInput(_("The file has no rows below its headings."), "empty")
    if len(rows) > MOST:
        detail = _("The file has %(n)s rows; take at most %(most)s at a time.")
        raise BadInput(detail % {"n": len(rows), "most": MOST}, "too_many")
    return [_draft(line) for line in rows]


def _draft(line) -> Draft:
    """`fault`: the first cell of the row that cannot be trusted."""
    words = {name: writing.plain(line.fields.get(name, "")) for name in HEADINGS}
    faults = (f"{HEADINGS[one.column][0]}: {one.reason}" for one in line.faults)
    return Draft(line.number, **words, fault=next(faults, ""))


# --- checking -------------------------------------------------------------------------------
def plan(drafts: Iterable[Draft]) -> Plan:
    """A fixed number of queries, however many rows."""
    drafts, found = list(drafts), Plan()
    departments = _Departments()
    names = {draft.username.casefold() for draft in drafts}
    taken = {name.casefold() for name in User.objects.values_list("username", flat=True)} & names
    for draft in drafts:
        try:
            person = _person(draft, departments, taken)
        except BadInput as problem:
            found.refused.append((draft, str(problem.detail)))
        else:
            taken.add(draft.username.casefold())
            found.people.append((draft, person))
    return found


def _person(draft: Draft, departments: "_Departments", taken: set[str]) -> User:
    """The account of a row; BadInput with the reason of a refusal."""
    if draft.fault:
        raise BadInput(draft.fault)
    if draft.username.casefold() in taken:
        raise BadInput(_("The user name %(name)s is taken.") % {"name": draft.username})
    if not draft.full_name:
        raise BadInput(_("The full name is missing."))
    person = User(
        username=draft.username, full_name=draft.full_name, phone=_phone(draft.phone),
        department=departments.named(draft.department),
    )  # fmt: skip
    person.set_unusable_password()
    try:
        person.clean_fields(exclude=["password", "department"])
    except ValidationError as problem:
        raise BadInput("; ".join(_told(problem))) from problem
    return person


def _told(problem: ValidationError) -> Iterator[str]:
    """ "Phone: …" for each field that is wrong."""
    for name, messages in problem.message_dict.items():
        yield f"{User._meta.get_field(name).verbose_name}: {' '.join(messages)}"


def _phone(text: str) -> str:
    if not text:
        return ""
    try:
        return str(phones.parse(text))
    except ValueError as error:
        raise BadInput(_("%(text)s is not a telephone number.") % {"text": text}) from error


class _Departments:
    """Departments in use, by code and by name in either language."""

    def __init__(self) -> None:
        self.known: dict[str, list[Department]] = {}
        for row in Department.objects.filter(active=True):
            words = {word.casefold() for word in (row.code, row.name_zh, row.name_en)}
            for word in words - {""}:
                self.known.setdefault(word, []).append(row)

    def named(self, word: str) -> Department:
        if not word:
            raise BadInput(_("The department is missing."))
        found = self.known.get(word.casefold(), [])
        exact = [row for row in found if row.code == word]
        found = exact or found
        if not found:
            raise BadInput(_("There is no department %(name)s.") % {"name": word})
        if len(found) > 1:
            codes = ", ".join(row.code for row in found)
            detail = _("%(name)s fits several departments; give the code: %(codes)s")
            raise BadInput(detail % {"name": word, "codes": codes})
        return found[0]


# --- creating -------------------------------------------------------------------------------
@transaction.atomic
def create(drafts: Iterable[Draft], *, by: User, request=None) -> Plan:
    """The people whose rows are good now, each on record; the others are told as in `plan`."""
    found = plan(drafts)
    done = Plan(refused=found.refused)
    for draft, person in found.people:
        try:
            with transaction.atomic():
                save_person(person=person, by=by, request=request)
        except Refused as refusal:
            done.refused.append((draft, str(refusal.detail)))
        else:
            done.people.append((draft, person))
    return done
