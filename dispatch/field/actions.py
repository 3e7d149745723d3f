"""Deeds of a collector that touch no case: going on and off duty, saying where one is."""

import math

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.states import Action
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.models import Position
from grid.places.queries import position

WORST_M = 100_000  # a receiver that is less sure than this does not know where it is


def set_duty(*, by, on: bool):
    """Only who is on duty is sent tasks and says where they are."""
    _check(by)
    by.on_duty = on
    by.save(update_fields=["on_duty"])


def note_position(*, by, lon, lat, accuracy=None, at=None) -> Position:
    """Keep where the person is. BadInput for no place on earth, NotNow while off duty."""
    _check(by)
    point = position(lon, lat)
    accuracy = _accuracy(accuracy)
    if not by.on_duty:
        raise NotNow(_("Positions are kept on duty only."), "off_duty")
    return Position.objects.create(
        user=by, point=point, accuracy_m=accuracy, at=at or timezone.now()
    )


def _check(by):
    if not holds(by, Action.VERIFY):
        raise NotYours(_("This is for collectors."), "not_yours")


def _accuracy(value):
    if value in (None, ""):
        return None
    try:
        metres = float(value)
    except (TypeError, ValueError):
        metres = math.nan
    if not 0 <= metres <= WORST_M:
        reason = _("Not an accuracy in metres.")
        raise BadInput(reason, fields={"accuracy": [str(reason)]})
    return metres
