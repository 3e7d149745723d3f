"""A fact as plain JSON values: what differs from the default, instants as text. Pure."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from evaluation.counting.facts import Fact

MOMENTS = tuple(field.name for field in fields(Fact) if field.name.endswith("_at"))
DECIMALS = tuple(field.name for field in fields(Fact) if field.type in (Decimal, "Decimal"))
_DEFAULTS = {field.name: field.default for field in fields(Fact)}
_MOMENTS, _DECIMALS = frozenset(MOMENTS), frozenset(DECIMALS)
_LISTS = frozenset(name for name, default in _DEFAULTS.items() if isinstance(default, tuple))


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
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value


class _Stored:
    """A fact as it was stored: what is absent is looked up at the class. Making the 80 fields of
    a `Fact` for each of 60,000 cases would take longer than counting them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fact | _Stored) and all(
            getattr(self, name) == getattr(other, name) for name in _DEFAULTS
        )

    __hash__ = None  # type: ignore[assignment]


for _name, _default in _DEFAULTS.items():
    if _default is not MISSING:
        setattr(_Stored, _name, _default)


def from_json(data: Mapping[str, Any]) -> Fact:
    """The fact that `to_json` wrote, to be read only."""
    row = _Stored()
    values = row.__dict__
    for name, value in data.items():
        if name in _MOMENTS:
            value = datetime.fromisoformat(value)
        elif name in _DECIMALS:
            value = Decimal(value)
        elif name in _LISTS:
            value = tuple(value)
        values[name] = value
    return cast(Fact, row)


def moments(fact: Fact) -> list[datetime]:
    """Everything dated in a fact."""
    return [moment for name in MOMENTS if (moment := getattr(fact, name)) is not None]
