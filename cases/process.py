"""The process switches: who decides what, and how strict. Defaults here, rows override them."""

from dataclasses import dataclass, fields
from decimal import Decimal

from cases.models import ProcessSwitch
from citymgmt.lib.rows import Prepared

_switches = Prepared(lambda: ProcessSwitch.objects.values_list("key", "value"))


@dataclass(frozen=True)
class Process:
    """One consistent reading of all switches. Source: workflow §2, §5, §10."""

    two_level: bool = False  # declining and closing go to the city's review
    dept_review: bool = True  # the liaison looks at the handler's work before feedback
    max_extensions: int = 2
    return_window_minutes: int = 480  # working minutes to refuse a task after receiving it
    warn_share: Decimal = Decimal("0.8")
    photo_required_from_collectors: bool = True


def process() -> Process:
    """The switches now in force; one query. An unknown key or a wrong type raises ValueError."""
    known = {field.name: field.type for field in fields(Process)}
    values = {}
    for key, value in _switches():
        if key not in known:
            raise ValueError(f"Unknown process switch {key!r}")
        if known[key] is Decimal and type(value) in (int, float):
            value = Decimal(str(value))
        if type(value) is not known[key]:
            raise ValueError(f"Process switch {key!r} is not a {known[key].__name__}: {value!r}")
        values[key] = value
    return Process(**values)
