"""When and where something was done, as the device says: kept beside the moment of arrival.

What is done without a network arrives later. Both moments are kept; which of them the clocks
count by is a process setting with a bound. Instants are UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from cases.states import Action
from citymgmt.lib.errors import BadInput
from grid.geometry import check_lon_lat

ON_SITE = {Action.VERIFY, Action.CHECK, Action.DISPOSE, Action.HAND_OVER_SITE}
DECIMALS = 7  # of a degree: a centimetre


@dataclass(frozen=True)
class Made:
    """The claim of a device: its moment, and its position in degrees where it had one."""

    at: datetime
    lon: float | None = None
    lat: float | None = None


def read(made_at: Any, lon: Any = None, lat: Any = None) -> Made | None:
    """From ISO 8601 text (or milliseconds since 1970) and degrees; None without a moment."""
    at = moment("made_at", made_at)
    if at is None:
        return None
    if lon in (None, "") or lat in (None, ""):
        return Made(at)
    try:
        x, y = check_lon_lat(lon, lat)
    except ValueError as error:
        reason = str(error)
        raise BadInput(reason, fields={"made_lon": [reason], "made_lat": [reason]}) from error
    return Made(at, round(x, DECIMALS), round(y, DECIMALS))


def moment(name: str, value: Any) -> datetime | None:
    """An instant in whole seconds; None for nothing given, BadInput for what is no instant."""
    if value in (None, ""):
        return None
    try:
        at = value if isinstance(value, datetime) else _parsed(str(value))
        at = at if timezone.is_aware(at) else timezone.make_aware(at)
        return at.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        reason = _("Not a moment in time.")
        raise BadInput(reason, fields={name: [reason]}) from None


def _parsed(text: str) -> datetime:
    if text.isascii() and text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
    found = parse_datetime(text)
    if found is None:
        raise ValueError(text)
    return found


def counted(
    made: Made | None,
    *,
    arrived: datetime,
    began: datetime,
    last_act: datetime | None,
    bound_minutes: int,
) -> datetime:
    """The moment by which the clocks count an act: that of the device where it can be believed.

    Believed is what lies after the step began and not before the person's last known act, not in
    the future, and not further back than the bound; else the moment of arrival counts.
    """
    if made is None:
        return arrived
    earliest = max(began, last_act or began, arrived - timedelta(minutes=bound_minutes))
    return made.at if earliest <= made.at <= arrived else arrived
