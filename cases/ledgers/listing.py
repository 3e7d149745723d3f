"""A ledger as a list: the columns of every ledger before its own."""

from django.utils.translation import gettext_lazy as _

from cases.ledgers.registry import Ledger
from citymgmt.accounts.lists import Listing
from citymgmt.lib.sheets import LONG, MOMENT, Column


def listing(ledger: Ledger) -> Listing:
    case = ledger.case_of
    common = (
        Column(
            _("Number"), lambda row: case(row).number, part="parts/number.html",
            link=lambda row: case(row).get_absolute_url(),
        ),
        Column(_("Class"), lambda row: case(row).matter_class),
        Column(_("Street"), lambda row: case(row).street.name),
        Column(_("Place"), lambda row: case(row).address, LONG),
        Column(_("Department"), lambda row: case(row).department),
        Column(_("Time"), lambda row: getattr(row, ledger.at), MOMENT),
    )  # fmt: skip
    return Listing(ledger.code, ledger.label, (*common, *ledger.columns), verb="export_ledger")
