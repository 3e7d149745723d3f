"""The columns of the list of components."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.lists import Listing
from citymgmt.lib.sheets import CODE, DAY, NUMBER, Column


def _place(axis):
    """A point on the shape itself, in degrees; seven decimals are a centimetre."""

    def value(row):
        shape = row.geometry
        point = shape if shape.geom_type == "Point" else shape.point_on_surface
        return round(getattr(point, axis), 7)

    return value


def _street(row):
    return row.community.parent if row.community else None


COMPONENTS = Listing("components", _("Components"), (
    Column(
        _("Code"), lambda row: row.code, CODE,
        link=lambda row: reverse("inventory:component", args=[row.code]),
    ),
    Column(_("Class"), lambda row: row.matter_class),
    Column(_("Class code"), lambda row: row.matter_class.code, page=False),
    Column(_("Name"), lambda row: row.name, page=False),
    Column(_("Status"), lambda row: row.get_status_display()),
    Column(_("Street"), _street, page=False),
    Column(_("Community"), lambda row: row.community),
    Column(_("Unit grid"), lambda row: row.unit_grid, CODE),
    Column(_("Supervisor"), lambda row: row.supervisor, page=False),
    Column(_("Owner"), lambda row: row.owner, page=False),
    Column(_("Maintainer"), lambda row: row.maintainer),
    Column(_("First survey"), lambda row: row.surveyed_on, DAY),
    Column(_("Longitude"), _place("x"), NUMBER, page=False),
    Column(_("Latitude"), _place("y"), NUMBER, page=False),
))  # fmt: skip
