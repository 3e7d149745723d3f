from .campaigns import Campaign, CampaignQuerySet
from .case import Case
from .controls import ControlArea, ControlAreaQuerySet
from .duplicates import DuplicateReach
from .events import CaseEvent
from .identifiers import ClientIdentifier
from .photos import Attachment, WaitingPhoto
from .rows import CaseQuerySet
from .settings import (
    AreaLimit,
    Calendar,
    CalendarDay,
    CalendarSchedule,
    DepartmentCalendar,
    FilingCondition,
    FilingConditionQuerySet,
    ProcessSwitch,
    Sequence,
    Source,
    StageLimit,
    StandardEdition,
    StandardEditionQuerySet,
    UrgentLimit,
)
from .timers import TimerRound

__all__ = [
    "AreaLimit",
    "Attachment",
    "Calendar",
    "CalendarDay",
    "CalendarSchedule",
    "Campaign",
    "CampaignQuerySet",
    "Case",
    "CaseEvent",
    "CaseQuerySet",
    "ClientIdentifier",
    "ControlArea",
    "ControlAreaQuerySet",
    "DepartmentCalendar",
    "DuplicateReach",
    "FilingCondition",
    "FilingConditionQuerySet",
    "ProcessSwitch",
    "Sequence",
    "Source",
    "StageLimit",
    "StandardEdition",
    "StandardEditionQuerySet",
    "TimerRound",
    "UrgentLimit",
    "WaitingPhoto",
]
