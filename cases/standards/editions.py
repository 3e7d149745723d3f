"""Editions of classes and of filing conditions: which is used from which day, and who says so."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, FilingCondition, StandardEdition
from cases.states import OPEN
from citymgmt.accounts.audit import record
from citymgmt.accounts.posts import MANAGE_STANDARDS
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from inventory.classes.loading import begin_edition
from inventory.models import ClassEdition, MatterClass

KINDS: dict[str, type] = {"classes": ClassEdition, "conditions": StandardEdition}


class Stand(StrEnum):
    IN_FORCE = "in_force"
    PLANNED = "planned"
    FOLLOWED = "followed"
    WAITING = "waiting"


WORDS = {
    Stand.IN_FORCE: gettext_lazy("In force"),
    Stand.PLANNED: gettext_lazy("Planned"),
    Stand.FOLLOWED: gettext_lazy("Followed by a later one"),
    Stand.WAITING: gettext_lazy("Not in use"),
}


@dataclass(frozen=True)
class Line:
    """An edition as the page tells it.

    rows: its classes or conditions; fitting: how many of these can be used from its day on
    (classes that the standard of that day has a condition for; conditions whose class is in use
    then); open_cases: those that name it.
    """

    kind: str
    edition: ClassEdition | StandardEdition
    stand: Stand
    rows: int
    fitting: int
    open_cases: int

    @property
    def words(self):
        return WORDS[self.stand]

    @property
    def may_begin(self) -> bool:
        return self.stand != Stand.IN_FORCE

    @property
    def may_withdraw(self) -> bool:
        """A national edition or a standard in force ends when another one begins."""
        local = getattr(self.edition, "local", False)
        return self.stand == Stand.PLANNED or (local and self.stand == Stand.IN_FORCE)


def lines() -> dict[str, list[Line]]:
    """{kind: the editions stored}, those in force first."""
    today = timezone.localdate()
    return {kind: sorted(_lines(kind, today), key=_order) for kind in KINDS}


def line(kind: str, pk: int) -> Line | None:
    return next((row for row in lines().get(kind, ()) if row.edition.pk == pk), None)


def _order(row):
    return list(Stand).index(row.stand), row.edition.code


def _lines(kind, today):
    model = KINDS[kind]
    used = set(model.objects.in_force(today).values_list("pk", flat=True))
    rows = _numbers(_ROWS[kind]())
    cases = _numbers(Case.objects.filter(state__in=OPEN), _EDITION_OF_CASE[kind])
    for edition in model.objects.all():
        day = max(edition.valid_from or today, today)
        yield Line(
            kind, edition, _stand(edition, used, today), rows.get(edition.pk, 0),
            _FITTING[kind](edition, day), cases.get(edition.pk, 0),
        )  # fmt: skip


def _stand(edition, used, today):
    if edition.pk in used:
        return Stand.IN_FORCE
    if not edition.active:
        return Stand.WAITING
    return Stand.PLANNED if edition.valid_from and edition.valid_from > today else Stand.FOLLOWED


def _numbers(rows, edition="edition"):
    return dict(rows.order_by().values_list(edition).annotate(Count("pk")))


def _classes_with_condition(edition, day):
    """A standard that begins later does not help before its day."""
    ruled = FilingCondition.objects.in_force(day).values("matter_class")
    return edition.classes.filter(pk__in=ruled).count()


def _conditions_of_used_classes(edition, day):
    used = MatterClass.objects.in_use(day).values("pk")
    return edition.conditions.filter(matter_class__in=used).count()


_ROWS = {"classes": MatterClass.objects.all, "conditions": FilingCondition.objects.all}
_EDITION_OF_CASE = {
    "classes": "matter_class__edition", "conditions": "filing_condition__edition",
}  # fmt: skip
_FITTING = {"classes": _classes_with_condition, "conditions": _conditions_of_used_classes}


# --- deeds ----------------------------------------------------------------------------------
@transaction.atomic
def begin(*, row: Line, day: date, by, request=None) -> None:
    """Let an edition begin on a day, today or later; cases keep what they were entered under.

    NotYours, NotNow where it is in force already, BadInput for a day that is past or taken and
    for codes that another edition in use has too.
    """
    _need(by)
    if not row.may_begin:
        raise NotNow(_("It is in force already."), "in_force")
    if day < timezone.localdate():
        raise _wrong_day(_("An edition begins today or later."))
    before = row.edition.valid_from if row.edition.active else None
    if row.kind == "classes":
        begin_edition(row.edition.code, day)
    else:
        _begin_standard(row.edition, day)
    data = {"from": str(before or ""), "to": str(day)}
    record(verb="begin_edition", subject=row.edition.code, by=by, data=data, request=request)


def _begin_standard(edition, day):
    same = StandardEdition.objects.filter(active=True, valid_from=day).exclude(pk=edition.pk)
    if other := same.first():
        raise _wrong_day(_("%(other)s begins on this day.") % {"other": other.code})
    edition.active, edition.valid_from = True, day
    edition.save(update_fields=["active", "valid_from"])


def _wrong_day(detail):
    return BadInput(detail, "wrong_day", {"day": [detail]})


@transaction.atomic
def withdraw(*, row: Line, by, request=None) -> None:
    """Take a planned edition back, or a city's own classes out of use. NotYours, NotNow."""
    _need(by)
    if not row.may_withdraw:
        raise NotNow(_("It ends when another one begins."), "in_force")
    row.edition.active = False
    row.edition.save(update_fields=["active"])
    data = {"from": str(row.edition.valid_from or "")}
    record(verb="withdraw_edition", subject=row.edition.code, by=by, data=data, request=request)


def _need(by):
    if not holds(by, MANAGE_STANDARDS):
        raise NotYours(_("This is not yours to do."), "not_yours")
