"""Sections of rows that an administrator edits. Apps above register theirs at start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import ModelForm


@dataclass(frozen=True)
class Section:
    """`rows()` in the order of the list; `columns` are (label, value of a row).

    `before(row)` runs ahead of saving, `check(row)` after a row was saved or deleted, both in
    the same transaction: they raise ValueError or BadInput if all rows together make no sense.
    """

    code: str
    label: str
    note: str
    rows: Callable[[], QuerySet]
    form: type[ModelForm]
    columns: tuple[tuple[str, Callable[[Any], Any]], ...]
    check: Callable[[Model], None] = lambda row: None
    before: Callable[[Model], None] = lambda row: None
    order: int = 50

    @property
    def model(self) -> type[Model]:
        return self.form._meta.model


_sections: dict[str, Section] = {}


def register(*sections: Section) -> None:
    """For `AppConfig.ready`; the same code again replaces the definition."""
    for section in sections:
        _sections[section.code] = section


def every() -> list[Section]:
    return sorted(_sections.values(), key=lambda section: (section.order, section.code))


def named(code: str) -> Section | None:
    return _sections.get(code)
