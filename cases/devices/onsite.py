"""Whether whoever acted on site was there, as far as can be known: what the device said against the
place of the case, and against where the person was last told to be. Pure.

Nothing here refuses an act: a device may be wrong, and a place may be large. What is marked is for
a person to look at. Distances are metres along the ground.
"""

from dataclasses import dataclass
from datetime import datetime

from cases.devices.made import ON_SITE
from grid.geometry import distance_m

# Faster than this nobody gets about in a city; a receiver may be off by so much at either end.
FASTEST_M_S = 33
VAGUE_M = 200
# A longer stretch says nothing: one gets anywhere in it.
LATELY_S = 2 * 3600


@dataclass(frozen=True)
class Told:
    """Where a person was told to be by the phone itself, at an instant."""

    at: datetime
    lon: float
    lat: float


@dataclass(frozen=True)
class OnSite:
    """`away`: from the place of the case, None where the device said no place. `far`: further than
    allowed. `apart`: from where the person was told to be `seconds` before or after, where no one
    gets from one to the other in that time; else None."""

    away: int | None
    far: bool = False
    apart: int | None = None
    seconds: int = 0

    @property
    def unknown(self) -> bool:
        return self.away is None

    @property
    def doubtful(self) -> bool:
        return self.unknown or self.far or self.apart is not None


def on_site(event, place, told: Told | None, allowed_m: int) -> OnSite | None:
    """Of a row of the log with `action`, `made_at`, `made_lon` and `made_lat`; `place`: (lon, lat)
    of the case. None for what no device claimed, and where the place of the act does not matter.
    """
    if event.made_at is None:
        return None
    if event.made_lon is None:
        return OnSite(None) if event.action in ON_SITE else None
    claimed = (event.made_lon, event.made_lat)
    away = round(distance_m(place, claimed))
    far = away > allowed_m and event.action in ON_SITE
    if told is None:
        return OnSite(away, far)
    apart, seconds = implausible(claimed, event.made_at, told)
    return OnSite(away, far, apart, seconds)


def implausible(claimed, at: datetime, told: Told) -> tuple[int | None, int]:
    """(metres, seconds) between two places of one person; metres None where one may have gone."""
    seconds = round(abs((at - told.at).total_seconds()))
    if seconds > LATELY_S:
        return None, 0
    apart = round(distance_m(claimed, (told.lon, told.lat)))
    return (apart, seconds) if apart > VAGUE_M + FASTEST_M_S * seconds else (None, 0)
