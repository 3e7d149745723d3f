"""Places on the ground. Every geometry is stored in `geometry.STORED` (CGCS2000)."""

from .areas import Area, AreaQuerySet
from .cells import UnitGrid, UnitGridQuerySet
from .duty import DutyGrid
from .features import MapFeature
from .positions import Position

__all__ = [
    "Area",
    "AreaQuerySet",
    "DutyGrid",
    "MapFeature",
    "Position",
    "UnitGrid",
    "UnitGridQuerySet",
]
