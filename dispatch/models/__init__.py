"""Routing rules, the tasks people hold, and the requests departments make.

`WorkItem` and `Request` follow the log: `receivers.py` writes them inside the transaction of the
move they come from, and nothing else does.
"""

from .requests import Request, RequestQuerySet
from .routing import RoutingRule
from .tasks import WorkItem, WorkItemQuerySet

__all__ = [
    "Request",
    "RequestQuerySet",
    "RoutingRule",
    "WorkItem",
    "WorkItemQuerySet",
]
