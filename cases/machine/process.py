"""The process switches: who decides what, and how strict. Defaults here, rows override them."""

from dataclasses import dataclass, fields
from decimal import Decimal

from cases.models import ProcessSwitch
from citymgmt.lib.rows import Prepared

_switches = Prepared(lambda: ProcessSwitch.objects.values_list("key", "value"))


@dataclass(frozen=True)
class Process:
    """One consistent reading of all switches. Source: workflow §2, §4–§7, §10.

    The mode of a city is four levels, each `city` or `district`: a step of the level `city` is
    for those who oversee the whole city, one of the level `district` for whoever oversees the
    place.
    """

    accepts: str = "district"  # acceptance, filing, declining, merging
    dispatches: str = "district"
    sends_checks: str = "district"
    approves: str = "district"  # `city`: declining and closing go to the city's review
    two_level: bool = False  # the same review, where both levels are one office
    dept_review: bool = True  # the liaison looks at the handler's work before feedback
    max_extensions: int = 2
    return_window_minutes: int = 480  # working minutes to refuse a task after receiving it
    warn_share: Decimal = Decimal("0.8")
    escalate_share: Decimal = Decimal("1.5")  # of the limit: who is above is told
    photo_required_from_collectors: bool = True
    appeal_again: bool = False  # a second appeal after a refusal
    arbitrate_after: int = 2  # returns
    stockpile_days: int = 60  # calendar days since a hard-case suspension was approved
    rework_direct: bool = False  # to the same department at once, dispatched all the same
    auto_rework: bool = False  # on a failed check, without the shift leader's look
    urgent_arrival_minutes: int = 60  # until somebody is on site; 0: nobody need be
    unsolved_goes_back: bool = False  # a closed case begins a new round; off: a case follows it
    unsolved_days: int = 15  # calendar days after closing in which the citizen may say so
    position_accuracy_m: int = 100  # a vaguer position counts as unknown
    on_site_m: int = 200  # an act on site further from the case than this is marked
    force_close: bool = True
    special_close: bool = True
    count_by_device: bool = True  # an act on site counts when it was done, not when it arrived
    device_minutes: int = 240  # so far before its arrival an act is believed

    @property
    def reviewed_by_city(self) -> bool:
        return self.two_level or self.approves == "city"


LEVELS = ("city", "district")


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
        if type(value) is str and value not in LEVELS:
            raise ValueError(f"Process switch {key!r} is not one of {LEVELS}: {value!r}")
        values[key] = value
    return Process(**values)
