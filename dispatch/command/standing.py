"""How things stand: open cases by state and department, late ones apart."""

from collections import Counter
from datetime import datetime

from django.db.models import Count

from cases.states import WITH_DEPARTMENT, State
from cases.time.overdue import overdue
from dispatch.command.scope import Scope

S = State
HUES = (
    ("intake", (S.REGISTERED, S.VERIFYING, S.TO_FILE, S.DECLINE_REVIEW)),
    ("dispatch", (S.TO_DISPATCH, S.TO_DISPOSE)),
    ("dispose", (S.DISPOSING, S.DEPT_REVIEW)),
    ("check", (S.FEEDBACK_IN, S.TO_CHECK, S.CHECKING, S.TO_CLOSE, S.CLOSE_REVIEW)),
    ("suspended", (S.SUSPENDED,)),
    ("closed", (S.CLOSED,)),
    ("void", (S.VOID,)),
)
HUE_OF = {state.value: hue for hue, states in HUES for state in states}
# Work reported done and not yet closed.
DONE = (S.FEEDBACK_IN, S.TO_CHECK, S.CHECKING, S.TO_CLOSE, S.CLOSE_REVIEW)


class Standing:
    """Open cases by state and department, late ones apart: one query."""

    def __init__(self, scope: Scope, now: datetime):
        self.rows = list(
            scope.open.values("state", "department")
            .annotate(number=Count("id"), late=Count("id", filter=overdue(now)))
            .order_by()
        )

    @property
    def overdue(self) -> int:
        return sum(row["late"] for row in self.rows)

    @property
    def due_to_close(self) -> int:
        """Open cases that ought to be closed: work done, or late at the department
        (应结案 = disposed + overdue and undisposed, evaluation §3)."""
        done = sum(row["number"] for row in self.rows if row["state"] in DONE)
        return done + sum(row["late"] for row in self.rows if row["state"] in WITH_DEPARTMENT)

    @property
    def states(self) -> list[dict]:
        number: Counter[str] = Counter()
        late: Counter[str] = Counter()
        for row in self.rows:
            number[row["state"]] += row["number"]
            late[row["state"]] += row["late"]
        return [
            {"state": HUE_OF[state], "name": str(state.label), "value": number[state],
             "overdue": late[state]}
            for state in S if number[state]
        ]  # fmt: skip

    def of_department(self) -> dict[int, tuple[int, int]]:
        """Department id -> (with it now, of these overdue)."""
        found: dict[int, tuple[int, int]] = {}
        for row in self.rows:
            if row["state"] in WITH_DEPARTMENT:
                number, late = found.get(row["department"], (0, 0))
                found[row["department"]] = (number + row["number"], late + row["late"])
        return found
