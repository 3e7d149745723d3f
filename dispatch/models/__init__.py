"""Routing rules, the tasks people hold, what departments ask for, joint handling, oversight.

Everything here but `RoutingRule` and `HandOver` follows the log: `receivers.py` writes it inside
the transaction of the step it comes from, and nothing else does.
"""

from .joint import Assist, AssistQuerySet
from .oversight import HandOver, Instruction, Supervision, SupervisionQuerySet, Urge
from .requests import Request, RequestQuerySet
from .responsibility import Responsibility, ResponsibilityQuerySet
from .routing import RoutingRule
from .rulings import Ruling
from .tasks import WorkItem, WorkItemQuerySet

__all__ = [
    "Assist",
    "AssistQuerySet",
    "HandOver",
    "Instruction",
    "Request",
    "RequestQuerySet",
    "Responsibility",
    "ResponsibilityQuerySet",
    "RoutingRule",
    "Ruling",
    "Supervision",
    "SupervisionQuerySet",
    "Urge",
    "WorkItem",
    "WorkItemQuerySet",
]
