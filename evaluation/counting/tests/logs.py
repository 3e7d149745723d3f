"""Short flow logs for the tests: one line a row, minutes after the first morning."""

from datetime import UTC, datetime, timedelta
from typing import Any

from evaluation.counting.facts import CaseView, Fact, StepView, fold

MORNING = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)

# action -> (state before, state after) where there is only one way
WAYS = {
    "report": ("", "registered"),
    "send_verify": ("registered", "verifying"),
    "verify": ("verifying", "registered"),
    "accept": ("registered", "to_file"),
    "reject": ("registered", "void"),
    "merge": ("registered", "void"),
    "file": ("to_file", "to_dispatch"),
    "decline": ("to_file", "void"),
    "dispatch": ("to_dispatch", "to_dispose"),
    "assign": ("to_dispose", "disposing"),
    "dispose": ("disposing", "dept_review"),
    "feedback": ("dept_review", "feedback_in"),
    "pass_check": ("feedback_in", "to_check"),
    "send_check": ("to_check", "checking"),
    "check": ("checking", "to_close"),
    "rework": ("to_close", "to_dispatch"),
    "close": ("to_close", "closed"),
    "resume": ("suspended", "to_dispose"),
}
SET_UP = ["report", "accept", "file"]
WORK = ["dispatch", "assign", "dispose", "feedback"]
END = ["pass_check", "send_check", "check", "close"]


def at(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def case(**given: Any) -> CaseView:
    plain = {
        "case_id": 1,
        "number": "2026030200001",
        "kind": "event",
        "source": "collector",
        "source_group": "collector",
        "due_at": at(600),
    }
    return CaseView(**{**plain, **given})


def log(*rows: str | tuple[str, dict[str, Any]], every: int = 10) -> list[StepView]:
    """Rows `every` minutes apart; a row is an action or (action, fields of the step)."""
    steps = []
    for place, row in enumerate(rows):
        action, given = (row, {}) if isinstance(row, str) else row
        source, target = WAYS.get(action, ("", ""))
        plain = {"action": action, "at": at(place * every), "user_id": 100 + place}
        plain |= {"state_from": source, "state_to": target}
        if action == "dispatch":
            plain["department_id"] = 7
        if action in {"verify", "check"}:
            plain["result"] = {"verify": "exists", "check": "pass"}[action]
        steps.append(StepView(**{**plain, **given}))
    return steps


def fact(*rows: str | tuple[str, dict[str, Any]], **given: Any) -> Fact:
    return fold(case(**given), log(*rows))
