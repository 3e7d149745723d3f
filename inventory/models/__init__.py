from .components import (
    ClassEdition,
    ClassEditionQuerySet,
    Component,
    ComponentChange,
    Kind,
    MatterClass,
    MatterClassQuerySet,
)

__all__ = [
    "ClassEdition",
    "ClassEditionQuerySet",
    "Component",
    "ComponentChange",
    "Kind",
    "MatterClass",
    "MatterClassQuerySet",
]
