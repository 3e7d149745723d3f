"""Routing rules, the tasks people hold, what departments ask for, joint handling, oversight.

Everything here but rules, notices and `HandOver` follows the log: the receivers of `requests` and
`oversight` write it inside the transaction of the step it comes from, and nothing else does.
"""

from .joint import Assist, AssistQuerySet
from .notices import Channel, EscalationRule, Moment, Notice, NoticeQuerySet
from .oversight import HandOver, Instruction, Supervision, SupervisionQuerySet, Urge
from .requests import Request, RequestQuerySet
from .responsibility import Responsibility, ResponsibilityQuerySet
from .routing import RoutingRule
from .rulings import Ruling
from .tasks import WorkItem, WorkItemQuerySet

__all__ = [
    "Assist",
    "AssistQuerySet",
    "Channel",
    "EscalationRule",
    "HandOver",
    "Instruction",
    "Moment",
    "Notice",
    "NoticeQuerySet",
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
