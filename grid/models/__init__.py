"""Places on the ground. Every geometry is stored in `geometry.STORED` (CGCS2000)."""

from .above import EvaluationGrid, ManagementCell, ManagementGrid
from .areas import Area, AreaQuerySet
from .cells import UnitGrid, UnitGridQuerySet
from .changes import GridChange, GridSettlement
from .classes import AreaClass
from .duty import DutyGrid, DutyMembership
from .features import MapFeature
from .jobs import GridJob
from .positions import Position
from .rota import DutyAssignment, Shift

__all__ = [
    "Area",
    "AreaClass",
    "AreaQuerySet",
    "DutyAssignment",
    "DutyGrid",
    "DutyMembership",
    "EvaluationGrid",
    "GridChange",
    "GridJob",
    "GridSettlement",
    "ManagementCell",
    "ManagementGrid",
    "MapFeature",
    "Position",
    "Shift",
    "UnitGrid",
    "UnitGridQuerySet",
]
