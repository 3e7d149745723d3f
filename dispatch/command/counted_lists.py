"""The columns of the lists behind the counters of the wall."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.lists import Listing, Said
from citymgmt.accounts.models import Department
from citymgmt.lib.sheets import MOMENT, Column
from grid.models import Area


def listing(counter: dict, moved: bool) -> Listing:
    """`moved`: rows are steps of today with their case; otherwise cases that are overdue."""

    def case(row):
        return row.case if moved else row

    at = (_("Time"), lambda row: row.at) if moved else (_("Overdue since"), lambda row: row.due_at)
    return Listing(f"wall_{counter['name']}", counter["label"], (
        Column(*at, MOMENT),
        Column(
            _("Number"), lambda row: case(row).number, part="parts/number.html",
            link=lambda row: case(row).get_absolute_url(),
        ),
        Column(_("Class"), lambda row: case(row).matter_class),
        Column(_("Street"), lambda row: case(row).street.name),
        Column(_("Community"), lambda row: case(row).community.name),
        Column(_("Department"), lambda row: case(row).department),
        Column(
            _("State"), lambda row: case(row).get_state_display(),
            part="dispatch/command/counted_state.html",
        ),
    ))  # fmt: skip


def said(asked: dict[str, str], moved: bool) -> Said:
    """What narrows such a list, for the head of a file. `asked`: the address of the page."""
    named = ((_("Department"), Department, "dept"), (_("Area"), Area, "area"))
    filters = tuple(
        (str(label), str(model.objects.filter(code=asked[name]).first() or asked[name]))
        for label, model, name in named
        if asked.get(name)
    )
    return Said(filters, timezone.localdate().isoformat() if moved else "")
