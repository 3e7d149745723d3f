"""A fact as plain JSON values: what differs from the default, instants as text. Pure."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from evaluation.facts import Fact

MOMENTS = tuple(field.name for field in fields(Fact) if field.name.endswith("_at"))
DECIMALS = tuple(field.name for field in fields(Fact) if field.type in (Decimal, "Decimal"))
_DEFAULTS = {field.name: field.default for field in fields(Fact)}
_MOMENTS, _DECIMALS = frozenset(MOMENTS), frozenset(DECIMALS)


def to_json(fact: Fact) -> dict[str, Any]:
    """`from_json` gives back an equal fact."""
    return {
        name: _plain(value)
        for name, default in _DEFAULTS.items()
        if (value := getattr(fact, name)) != default or default is MISSING
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def from_json(data: Mapping[str, Any]) -> Fact:
    values = dict(data)
    for name, value in data.items():
        if name in _MOMENTS:
            values[name] = datetime.fromisoformat(value)
        elif name in _DECIMALS:
            values[name] = Decimal(value)
    return Fact(**values)


def moments(fact: Fact) -> list[datetime]:
    """Everything dated in a fact."""
    return [moment for name in MOMENTS if (moment := getattr(fact, name)) is not None]
