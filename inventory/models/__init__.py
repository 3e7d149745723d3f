"""The rows of the app: classes by edition, and the components that were surveyed by them."""

from .classes import ClassEdition, ClassEditionQuerySet, Kind, MatterClass, MatterClassQuerySet
from .components import Component, ComponentChange

__all__ = [
    "ClassEdition",
    "ClassEditionQuerySet",
    "Component",
    "ComponentChange",
    "Kind",
    "MatterClass",
    "MatterClassQuerySet",
]
