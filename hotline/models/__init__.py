"""The rows of the app. Personal data of citizens lives here and nowhere below."""

from .answers import CallBack, Rating, Satisfaction, Unsolved
from .calls import Call, CallQuerySet
from .citizens import Citizen
from .messages import CitizenMessage
from .reports import PublicReport

__all__ = [
    "Call",
    "CallBack",
    "CallQuerySet",
    "Citizen",
    "CitizenMessage",
    "PublicReport",
    "Rating",
    "Satisfaction",
    "Unsolved",
]
