"""The rows of the app: the case and its log, photos, and what a center sets."""

from .campaigns import Campaign, CampaignQuerySet
from .case import Case, CaseQuerySet
from .controls import ControlArea, ControlAreaQuerySet
from .duplicates import DuplicateReach
from .events import CaseEvent
from .identifiers import ClientIdentifier
from .photos import Attachment, WaitingPhoto
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
