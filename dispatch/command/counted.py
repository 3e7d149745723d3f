"""Which moves the wall and the overview count. A case dispatched twice counts twice."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Q, Value, When

from cases.states import Action, State

A, S = Action, State


@dataclass(frozen=True)
class Counted:
    """Which rows of the log a counter counts; no actions or no target: any."""

    name: str
    hue: str  # family of states whose colour it wears
    actions: tuple[str, ...] = ()
    target: str = ""

    @property
    def query(self) -> Q:
        query = Q(action__in=self.actions) if self.actions else Q()
        return query & Q(state_to=self.target) if self.target else query


COUNTED = (
    Counted("reported", "intake", (A.REPORT,)),
    Counted("accepted", "intake", (A.ACCEPT,)),
    Counted("filed", "dispatch", (A.FILE,)),
    Counted("dispatched", "dispatch", (A.DISPATCH,)),
    Counted("disposed", "dispose", (A.DISPOSE, A.FEEDBACK), S.FEEDBACK_IN),
    Counted("checked", "check", (A.CHECK,), S.TO_CLOSE),
    Counted("closed", "closed", (), S.CLOSED),
    Counted("overdue", "", (A.OVERDUE,)),
)
KIND = models.Case(
    *(When(one.query, then=Value(one.name)) for one in COUNTED),
    default=Value(""),
    output_field=models.CharField(),
)
