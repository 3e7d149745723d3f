"""What one case contributes to every report: its log read once, folded into one flat row.

Pure. A `Fact` shows a case as its log stood when it was folded: to evaluate as at an earlier
moment, fold only the rows up to that moment. All instants are aware; none is computed here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from cases.time.clock import overdue_multiple

DISPOSAL = frozenset({"to_dispose", "disposing", "dept_review"})
PAST_DISPOSAL = frozenset(
    {"feedback_in", "to_check", "checking", "to_close", "close_review", "closed"}
)
BEFORE_DISPATCH = frozenset({"registered", "to_file", "to_dispatch"})
VOID_ORIGINS = {"reject": "reject", "decline": "decline", "merge": "merge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """The plain columns of a case that its log does not tell.

    `source_group` is collector, public or other. `due_at` is the bundled deadline of disposal as
    it stands (None before the first dispatch), `stage_due_at` and `holder_id` the deadline and
    the holder of the task that is open now. `missed` marks a confirmed problem that the
    collector on duty, `missed_by_id`, should have reported. `called` and `rated` are the scores
    that citizens gave the result, when called back and on the public page: one voice for everybody
    who reported it (`hotline.citizens.satisfaction`).
    """

    case_id: int
    number: str
    kind: str
    source: str
    source_group: str
    needs_verify: bool = False
    edition: str = ""
    major: str = ""
    minor: str = ""
    district_id: int | None = None
    street_id: int | None = None
    community_id: int | None = None
    unit_grid_id: int | None = None
    reporter_id: int | None = None
    self_disposed: bool = False
    exempt: bool = False
    forced: bool = False
    due_at: datetime | None = None
    stage_due_at: datetime | None = None
    holder_id: int | None = None
    called: tuple[int, ...] = ()
    rated: tuple[int, ...] = ()
    missed: bool = False
    missed_by_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One row of the flow log.

    `received_at`, `used_seconds`, `limit_seconds`, `due_at` and `overdue` speak of the task that
    this row ended; for a row that leaves disposal they are those of the bundle. `department_id`
    is the department that receives the case or holds it. `result` is what a collector found.
    On an approval `request_kind` names what was asked and `seconds` the extension granted.
    """

    action: str
    at: datetime
    state_from: str = ""
    state_to: str = ""
    user_id: int | None = None
    post: str = ""
    department_id: int | None = None
    step_stage: str = ""
    received_at: datetime | None = None
    used_seconds: int | None = None
    limit_seconds: int | None = None
    due_at: datetime | None = None
    overdue: bool = False
    result: str = ""
    request_kind: str = ""
    granted: bool | None = None
    seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(CaseView):
    """A case with everything its log says.

    An instant is None when the thing has not happened, or was undone by sending the case back.
    Acceptance, filing and dispatch are taken from the first row that passed them, verify, check,
    disposal and closing from the last; the `…_on_time` flag belongs to the same row. `overdue`
    judges disposal by its bundled deadline, and a case closed without disposal by its closing.
    Extension and rework belong to the last responsible department, as the bundle does.
    """

    state: str = ""
    void_origin: str = ""
    reported_at: datetime
    accepted_at: datetime | None = None
    accepted_on_time: bool = False
    acceptor_id: int | None = None
    verify_sent_at: datetime | None = None
    verify_sent_on_time: bool = False
    verify_sender_id: int | None = None
    should_send_verify: bool = False
    verified_at: datetime | None = None
    verified_on_time: bool = False
    verifier_id: int | None = None
    verified_exists: bool = False
    filed_at: datetime | None = None
    filed_on_time: bool = False
    shift_leader_id: int | None = None
    dispatched_at: datetime | None = None
    dispatched_on_time: bool = False
    dispatcher_id: int | None = None
    first_department_id: int | None = None
    last_department_id: int | None = None
    should_dispose: bool = False
    disposed_at: datetime | None = None
    handler_id: int | None = None
    overdue: bool = False
    overdue_multiple: Decimal = Decimal(0)
    check_due_at: datetime | None = None
    check_sent_at: datetime | None = None
    check_sent_on_time: bool = False
    check_sender_id: int | None = None
    checked_at: datetime | None = None
    checked_on_time: bool = False
    checker_id: int | None = None
    rework_times: int = 0
    rework_at: datetime | None = None
    extended_times: int = 0
    extended_hours: Decimal = Decimal(0)
    extended_at: datetime | None = None
    returned_times: int = 0
    returned_at: datetime | None = None
    returned_department_id: int | None = None
    shirked_times: int = 0
    shirked_at: datetime | None = None
    shirked_department_id: int | None = None
    suspended_at: datetime | None = None
    hard_suspended_at: datetime | None = None
    close_step_at: datetime | None = None
    close_step_on_time: bool = False
    closer_id: int | None = None
    closed_at: datetime | None = None
    voided_at: datetime | None = None


_CASE_FIELDS = tuple(field.name for field in fields(CaseView))


def fold(case: CaseView, steps: Iterable[StepView]) -> Fact:
    """The fact of a case from its log, oldest row first. An empty log is a ValueError."""
    reader = _Reader(case)
    for step in steps:
        reader.read(step)
    return reader.fact()


class _Reader:
    """Reads a log row by row. `seen` holds the fields of the fact so far; absent = default."""

    def __init__(self, case: CaseView) -> None:
        self.case = case
        self.seen: dict[str, Any] = {}
        self.handed_back = False
        self.checked = False
        self.disposal: StepView | None = None

    def read(self, step: StepView) -> None:
        self.seen.setdefault("reported_at", step.at)
        deed = _DEEDS.get(step.action)
        if deed:
            deed(self, step)
        if step.state_to and step.state_to != step.state_from:
            self.moved(step)

    def passed(self, name: str, actor: str, step: StepView) -> None:
        """Note a stage passed: its instant, whether in time, and who did it."""
        self.seen.update(
            {f"{name}_at": step.at, f"{name}_on_time": not step.overdue, actor: step.user_id}
        )

    def undo(self, *names: str) -> None:
        for name in names:
            for field in (f"{name}_at", f"{name}_on_time"):
                self.seen.pop(field, None)

    def moved(self, step: StepView) -> None:
        source, target = step.state_from, step.state_to
        self.seen["state"] = target
        if target == "registered":
            self.undo("accepted", "filed", "dispatched")
        elif target == "to_file":
            self.undo("filed", "dispatched")
        if target in BEFORE_DISPATCH or target in DISPOSAL:
            self.disposal = None
        elif source in DISPOSAL and target in PAST_DISPOSAL:
            self.disposal = step
        if source == "suspended":
            self.undo("suspended", "hard_suspended")
        elif source == "closed":  # not solved after all
            self.undo("closed", "close_step")
            self.seen.pop("closer_id", None)
            self.checked = True
        elif source == "void":  # a merge undone
            self.seen.pop("voided_at", None)
            self.seen.pop("void_origin", None)
        if source == "to_close" and target in {"closed", "close_review"}:
            self.passed("close_step", "closer_id", step)
        arrival = _ARRIVALS.get(target)
        if arrival:
            arrival(self, step)

    def arrive_check(self, step: StepView) -> None:
        self.seen["check_due_at"] = step.at

    def arrive_suspended(self, step: StepView) -> None:
        self.seen["suspended_at"] = step.at
        if step.request_kind == "suspend_hard":
            self.seen["hard_suspended_at"] = step.at

    def arrive_closed(self, step: StepView) -> None:
        self.seen["closed_at"] = step.at

    def arrive_void(self, step: StepView) -> None:
        declined = step.state_from == "decline_review"
        origin = "decline" if declined else VOID_ORIGINS.get(step.action, "void")
        self.seen.update(voided_at=step.at, void_origin=origin)

    def accept(self, step: StepView) -> None:
        self.passed("accepted", "acceptor_id", step)

    def reject(self, step: StepView) -> None:
        self.seen["acceptor_id"] = step.user_id

    def file(self, step: StepView) -> None:
        if "filed_at" not in self.seen:
            self.passed("filed", "shift_leader_id", step)

    def decline(self, step: StepView) -> None:
        self.seen["shift_leader_id"] = step.user_id

    def send_verify(self, step: StepView) -> None:
        self.passed("verify_sent", "verify_sender_id", step)
        self.undo("verified")
        self.seen.pop("verifier_id", None)

    def verify(self, step: StepView) -> None:
        self.passed("verified", "verifier_id", step)
        self.seen["verified_exists"] = step.result == "exists"

    def dispatch(self, step: StepView) -> None:
        seen = self.seen
        if "dispatched_at" not in seen:
            self.passed("dispatched", "dispatcher_id", step)
        before = seen.get("last_department_id")
        if before is not None and before != step.department_id:
            for name in ("rework_times", "rework_at", *_EXTENSION):
                seen.pop(name, None)
        elif before is not None and self.checked:
            seen["rework_times"] = seen.get("rework_times", 0) + 1
            seen["rework_at"] = step.at
        seen.setdefault("first_department_id", step.department_id)
        seen["last_department_id"] = step.department_id
        self.handed_back = self.checked = False

    def dispose(self, step: StepView) -> None:
        self.seen["handler_id"] = step.user_id

    def send_check(self, step: StepView) -> None:
        self.passed("check_sent", "check_sender_id", step)
        self.undo("checked")
        self.seen.pop("checker_id", None)

    def check(self, step: StepView) -> None:
        self.passed("checked", "checker_id", step)
        self.checked = True

    def approve(self, step: StepView) -> None:
        seen = self.seen
        if step.request_kind == "extend":
            hours = Decimal(step.seconds) / 3600
            seen["extended_times"] = seen.get("extended_times", 0) + 1
            seen["extended_hours"] = seen.get("extended_hours", Decimal(0)) + hours
            seen["extended_at"] = step.at
        elif step.request_kind == "return_":
            self.handed_back = True
            self.against_department("returned", step)

    def refuse(self, step: StepView) -> None:
        if step.request_kind == "return_":
            self.against_department("shirked", step)

    def against_department(self, name: str, step: StepView) -> None:
        seen = self.seen
        seen[f"{name}_times"] = seen.get(f"{name}_times", 0) + 1
        seen[f"{name}_at"] = step.at
        seen[f"{name}_department_id"] = seen.get("last_department_id")

    def fact(self) -> Fact:
        if not self.seen:
            raise ValueError(f"case {self.case.number} has an empty log")
        own = {name: getattr(self.case, name) for name in _CASE_FIELDS}
        return Fact(**{**own, **self.seen, **self.duties(), **self.verdict()})

    def duties(self) -> dict[str, Any]:
        """What is owed: a verify task to be sent, work to be done, and by whom."""
        seen, case = self.seen, self.case
        sent = "verify_sent_at" in seen
        spared = seen.get("void_origin") in {"reject", "merge"}
        voided = seen.get("state") == "void"
        owed: dict[str, Any] = {
            "should_send_verify": sent or (case.needs_verify and not spared),
            "should_dispose": "dispatched_at" in seen and not self.handed_back and not voided,
        }
        if seen.get("state") == "verifying":
            owed["verifier_id"] = case.holder_id
        elif seen.get("state") == "checking":
            owed["checker_id"] = case.holder_id
        return owed

    def verdict(self) -> dict[str, Any]:
        """When disposal ended, by which deadline it is judged, and how."""
        closed_at, due_at, step = self.seen.get("closed_at"), self.case.due_at, self.disposal
        if step is None:
            late = closed_at is not None and due_at is not None and closed_at > due_at
            return {"overdue": late}
        multiple = _multiple(step) if closed_at and step.overdue else Decimal(0)
        return {
            "disposed_at": step.at,
            "due_at": step.due_at or due_at,
            "overdue": step.overdue,
            "overdue_multiple": multiple,
        }


def _multiple(step: StepView) -> Decimal:
    """How many limits too late, by the clock's own rule; 0 where no limit was set."""
    if not step.limit_seconds or step.used_seconds is None:
        return Decimal(0)
    return overdue_multiple(step.used_seconds, step.limit_seconds)


_EXTENSION = ("extended_times", "extended_hours", "extended_at")

_ARRIVALS: dict[str, Callable[[_Reader, StepView], None]] = {
    "to_check": _Reader.arrive_check,
    "suspended": _Reader.arrive_suspended,
    "closed": _Reader.arrive_closed,
    "void": _Reader.arrive_void,
}

_DEEDS: dict[str, Callable[[_Reader, StepView], None]] = {
    "accept": _Reader.accept,
    "reject": _Reader.reject,
    "file": _Reader.file,
    "decline": _Reader.decline,
    "send_verify": _Reader.send_verify,
    "verify": _Reader.verify,
    "dispatch": _Reader.dispatch,
    "redispatch": _Reader.dispatch,
    "no_party": _Reader.dispatch,
    "proxy_dispose": _Reader.dispatch,
    "arbitrate": _Reader.dispatch,
    "dispose": _Reader.dispose,
    "send_check": _Reader.send_check,
    "check": _Reader.check,
    "approve": _Reader.approve,
    "refuse": _Reader.refuse,
}
