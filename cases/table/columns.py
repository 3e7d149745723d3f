"""The columns of a list of cases, on every page, in every file and on paper."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.standards.units import limit_words
from cases.time.overdue import is_overdue
from citymgmt.accounts.lists import Listing
from citymgmt.lib.sheets import LONG, MOMENT, NUMBER, Column

REPORTED = pgettext_lazy("moment", "Reported")
FILED = pgettext_lazy("moment", "Filed")
DISPATCHED = pgettext_lazy("moment", "Dispatched")
DISPOSED = pgettext_lazy("moment", "Disposed")
CLOSED = pgettext_lazy("moment", "Closed")


def _yes(name):
    return lambda case: _("yes") if getattr(case, name) else ""


def _overdue_since(case):
    """The deadline, where it has passed; whether the timer has written so yet does not matter."""
    return case.due_at if is_overdue(case.state, case.due_at, timezone.now()) else None


COLUMNS = (
    Column(
        _("Number"), lambda case: case.number, sort="number", part="parts/number.html",
        link=lambda case: case.get_absolute_url(),
    ),
    Column(_("Class"), lambda case: case.matter_class, sort="class"),
    Column(
        _("State"), lambda case: case.get_state_display(), sort="state",
        part="cases/table/state.html",
    ),
    Column(_("Urgent"), _yes("urgent"), page=False),
    Column(_("Street"), lambda case: case.street.name, sort="street"),
    Column(_("Community"), lambda case: case.community.name, page=False),
    Column(_("Place"), lambda case: case.address, LONG),
    Column(_("Description"), lambda case: case.description, LONG, page=False),
    Column(_("Source"), lambda case: case.source, sort="source"),
    Column(_("Department"), lambda case: case.department, sort="department"),
    Column(_("Handler"), lambda case: case.handler, page=False),
    Column(_("Collector"), lambda case: case.collector, page=False),
    Column(REPORTED, lambda case: case.reported_at, MOMENT, sort="reported"),
    Column(FILED, lambda case: case.filed_at, MOMENT, page=False),
    Column(DISPATCHED, lambda case: case.dispatched_at, MOMENT, page=False),
    Column(
        _("Limit"), lambda case: limit_words(case.limit_value, case.limit_unit), page=False
    ),
    Column(_("Due"), lambda case: case.due_at, MOMENT, sort="due", part="cases/table/due.html"),
    Column(_("Overdue since"), _overdue_since, MOMENT, page=False),
    Column(DISPOSED, lambda case: case.disposed_at, MOMENT, page=False),
    Column(_("Disposed late"), _yes("disposal_overdue"), page=False),
    Column(CLOSED, lambda case: case.closed_at, MOMENT, sort="closed"),
    Column(_("Round"), lambda case: case.round, NUMBER, page=False),
    Column(_("Returns"), lambda case: case.returns, NUMBER, page=False),
)  # fmt: skip
CASES = Listing("cases", _("List of cases"), COLUMNS)


def with_columns(rows):
    """Everything the columns show, in one query and without the polygons."""
    return rows.for_lists().defer("community__geometry", "street__geometry")
