from .calls import (
    Call,
    CallBack,
    CallQuerySet,
    Citizen,
    CitizenMessage,
    PublicReport,
    Rating,
    Satisfaction,
    Unsolved,
)

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
