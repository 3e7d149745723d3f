"""What the pages of a sheet share: finding it, and its head."""

from django.http import Http404
from django.utils.translation import gettext as _

from citymgmt.lib.addresses import key_of
from evaluation.models import Kind
from evaluation.sheets import queries


def sheet_of(ref: str) -> queries.Sheet:
    """The running month, or an evaluation by its key; 404 otherwise."""
    sheet = queries.live() if ref == queries.LIVE else None
    if sheet is None and (key := key_of(ref)):
        sheet = queries.frozen(key)
    if sheet is None:
        raise Http404
    return sheet


def kind_of(given: str) -> Kind:
    try:
        return Kind(given)
    except ValueError:
        raise Http404 from None


def head(found: queries.Sheet, kind: Kind) -> dict:
    tab = next(name for name, kinds in queries.TABS.items() if kind in kinds)
    tabs = {"area": _("Areas"), "department": _("Departments"), "post": _("Posts")}
    return {
        "sheet": found,
        "kind": kind,
        "tab": tab,
        "kinds": queries.TABS[tab],
        "tabs": [(queries.TABS[name][0], label, name == tab) for name, label in tabs.items()],
    }
