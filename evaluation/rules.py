"""Who may do what with figures."""

from django.utils.translation import gettext as _

from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import NotYours


def need(by, verb):
    """`by` None is the installation itself."""
    if by is not None and not holds(by, verb):
        raise NotYours(_("This is not yours to do."), "not_yours")
