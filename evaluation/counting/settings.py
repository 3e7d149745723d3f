"""The choices a city makes about its statistics, with the defaults of the house.

Pure. One `Settings` is stored as JSON with every result, so that a figure can be explained.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

CHOICES: dict[str, tuple[str, ...]] = {
    "membership": ("due_or_done", "own", "created", "filed", "due", "closed"),
    "should_close_by": ("own", "due"),
    "suspended": ("out", "in"),
    "self_disposed": ("out", "in"),
    "dispatched_accurate": ("A", "B"),
    "zero_denominator": ("none", "zero", "zero_one"),
    "exempt": ("on_time", "drop"),
    "missed": ("confirmed", "public_verified"),
}
DENOMINATORS: dict[str, tuple[str, ...]] = {
    "extend_rate": ("should_close", "should_dispose"),
    "dispose_on_time_rate": ("should_close", "should_dispose", "disposed"),
    "missed_rate": ("filed+missed", "filed"),
    "rework_rate": ("should_close", "disposed"),
    "close_rate": ("should_close", "dispatched", "should_close_net"),
    "check_on_time_rate": ("should_check", "should_send_check"),
    "shirk_rate": ("should_dispose", "should_close", "filed"),
    "satisfied_rate": ("satisfaction_answers", "closed"),
    "check_rate": ("should_check", "should_send_check"),
    "accept_rate": ("reported", "public_reported"),
}
DECIMALS = (0, 1, 2)
ANY = "any"
PERIODS = (ANY, "day", "week", "month", "quarter", "year")
KINDS = (
    ANY,
    "district",
    "street",
    "community",
    "department",
    "contractor",
    "collector",
    "acceptor",
    "shift_leader",
    "dispatcher",
    "handler",
)
FEWEST_CASES = 10


class SettingsError(ValueError):
    """A choice that does not exist; the text names the choice and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every choice that moves a figure; the first of each list of `CHOICES` is the default.

    membership           which moment puts a case into a period. "due_or_done": volumes by the
                         moment of their own event; work that has a deadline belongs to the period
                         in which it was done, or at whose end it is past its deadline and undone,
                         and the numerator of a rate is counted over the members of its denominator,
                         so that no rate passes 100. "own": every count by the moment of its own
                         event. The others: all counts by one moment of the case
    should_close_by      with membership "own": a disposed case is due to close from its disposal
                         and an undisposed one from its deadline, or both by the deadline alone
    suspended            whether cases suspended now count among those due to dispose and close
    self_disposed        whether `accepted` includes what collectors put right on the spot
    dispatched_accurate  A: first and last department are the same; B: filed and never reworked
    zero_denominator     no value; 0; or 0 where the numerator is 0 too and 1 otherwise
    exempt               a successful appeal makes the case on time, or takes it out of both sides
    missed               confirmed findings, or every public report that was verified
    fewest               kind of object, or "any" -> kind of period, or "any" -> number of cases
                         under which an object is shown without a rank
    denominators         rate -> count, or counts joined by "+", for the rates of `DENOMINATORS`
                         that leave a choice
    decimals             of a percentage on display
    """

    membership: str = "due_or_done"
    should_close_by: str = "own"
    suspended: str = "out"
    self_disposed: str = "out"
    dispatched_accurate: str = "A"
    zero_denominator: str = "none"
    exempt: str = "on_time"
    missed: str = "confirmed"
    decimals: int = 2
    fewest: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    denominators: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            _one_of(name, getattr(self, name), allowed)
        if self.decimals not in DECIMALS or isinstance(self.decimals, bool):
            raise SettingsError(f"decimals: {self.decimals!r} is not one of 0, 1, 2")
        self._check_fewest()
        for rate, count in self.denominators.items():
            if rate not in DENOMINATORS:
                raise SettingsError(f"denominators: {rate!r} leaves no choice of denominator")
            _one_of(f"denominators: {rate}", count, DENOMINATORS[rate])

    def _check_fewest(self) -> None:
        for kind, periods in self.fewest.items():
            if kind not in KINDS:
                raise SettingsError(f"fewest: {kind!r} is not one of {', '.join(KINDS)}")
            if not isinstance(periods, Mapping):
                raise SettingsError(f"fewest: {kind}: expected an object")
            for period, number in periods.items():
                _one_of(f"fewest: {kind}", period, PERIODS)
                if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                    raise SettingsError(f"fewest: {kind}: {number!r} is not a number of cases")

    def fewest_cases(self, kind: str, period: str) -> int:
        """Under how many cases an object of the kind has no rank in such a period: what is said
        of the kind goes before what is said of any, a kind of period before any period."""
        for one in (kind, ANY):
            periods = self.fewest.get(one, {})
            for span in (period, ANY):
                if span in periods:
                    return periods[span]
        return FEWEST_CASES

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Settings from a stored object; what is absent takes its default."""
        if not isinstance(data, Mapping):
            raise SettingsError(f"expected an object, not {type(data).__name__}")
        unknown = set(data) - {item.name for item in fields(cls)}
        if unknown:
            raise SettingsError(f"unknown: {', '.join(sorted(unknown))}")
        for name in ("denominators", "fewest"):
            if not isinstance(data.get(name, {}), Mapping):
                raise SettingsError(f"{name}: expected an object")
        return cls(**data)

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "denominators": dict(self.denominators),
            "fewest": {kind: dict(periods) for kind, periods in self.fewest.items()},
        }


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsError(f"{name}: {value!r} is not one of {', '.join(allowed)}")
