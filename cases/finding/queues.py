"""The queues of the desks: one table. A queue belongs to whoever holds one of its verbs.

`filters` are keyword arguments of `Case.objects.filter`, `excludes` of `exclude`, `own` names the
fields of which one must be the person, `also` makes a further condition. Queues of the group
"work" wait for the person; those of "watch" are looked at. `newest` sorts by age instead of by
the moment due, `late` takes the overdue ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.finding.left import left_behind
from cases.states import ASKING, FINAL, OPEN, WITH_DEPARTMENT, State
from cases.time.overdue import overdue

S = State
ANY = frozenset({"accept", "send_check", "file", "close", "dispatch", "pass_check", "approve"})


@dataclass(frozen=True)
class Queue:
    code: str
    label: str
    verbs: frozenset[str]
    states: frozenset[str] = OPEN
    filters: dict = field(default_factory=dict)
    excludes: dict = field(default_factory=dict)
    own: tuple[str, ...] = ()
    also: Callable[[], Q] | None = None
    group: str = "work"
    newest: bool = False
    late: bool = False

    def condition(self, user, now) -> Q:
        """What a case must be like to stand in this queue of this person."""
        # All states: no condition, so that the newest are read from the end of the table.
        found = Q() if self.states == frozenset(State) else Q(state__in=sorted(self.states))
        found &= Q(**self.filters)
        if self.late:
            found &= overdue(now)
        if self.also:
            found &= self.also()
        if self.excludes:
            found &= ~Q(**self.excludes)
        mine = Q()
        for name in self.own:
            mine |= Q(**{name: user.pk})
        return found & mine


def _queue(code, label, verbs, states=OPEN, **rest):
    states = {states} if isinstance(states, State) else states
    verbs = {verbs} if isinstance(verbs, str) else verbs
    return Queue(code, label, frozenset(verbs), frozenset(states), **rest)


QUEUES = (
    _queue("accept", S.REGISTERED.label, "accept", S.REGISTERED, filters={"verify_result": ""}),
    _queue("verified", _("Verified"), "accept", S.REGISTERED, excludes={"verify_result": ""}),
    _queue("to_check", S.TO_CHECK.label, "send_check", S.TO_CHECK),
    _queue("to_file", S.TO_FILE.label, "file", S.TO_FILE),
    _queue("to_close", S.TO_CLOSE.label, "close", S.TO_CLOSE, filters={"check_result": "pass"}),
    _queue("failed", _("Check failed"), "rework", S.TO_CLOSE, excludes={"check_result": "pass"}),
    # Not `pending=""`: nearly all cases are without a request, and the index on it would be taken.
    _queue("to_dispatch", S.TO_DISPATCH.label, "dispatch", S.TO_DISPATCH,
           excludes={"pending__gt": ""}),
    _queue("feedback_in", S.FEEDBACK_IN.label, "pass_check", S.FEEDBACK_IN),
    _queue("requests", _("Requests"), "approve", excludes={"pending": ""}),
    _queue("to_forward", _("Requests to pass on"), "forward", ASKING | {S.CLOSED},
           filters={"pending__gt": "", "to_forward": True}),
    _queue("appeals", _("Appeals"), "decide_appeal", S.CLOSED,
           filters={"pending": "appeal", "to_forward": False}),
    _queue("reviews", _("City review"), "approve", {S.DECLINE_REVIEW, S.CLOSE_REVIEW}),
    _queue("left", _("Holder has left"), {"file", "send_check"},
           {S.VERIFYING, S.CHECKING, S.DISPOSING}, also=left_behind),
    _queue("verifying", S.VERIFYING.label, "send_verify", S.VERIFYING, group="watch"),
    _queue("checking", S.CHECKING.label, "send_check", S.CHECKING, group="watch"),
    _queue("departments", _("With departments"), {"dispatch", "pass_check", "supervise"},
           WITH_DEPARTMENT, group="watch"),
    _queue("overdue", _("Overdue"), ANY, late=True, group="watch"),
    _queue("urgent", _("Urgent"), ANY, filters={"urgent": True}, group="watch"),
    _queue("suspended", S.SUSPENDED.label, {"resume", "dispatch"}, S.SUSPENDED, group="watch"),
    _queue("supervised", _("Supervised"), "supervise", excludes={"supervised": ""},
           group="watch"),
    _queue("returned", _("Returned twice or more"), "arbitrate", S.TO_DISPATCH,
           filters={"returns__gte": 2}, group="watch"),
    _queue("no_party", _("No responsible party"), {"no_party", "approve_hard"},
           filters={"no_party": True}, group="watch"),
    _queue("stockpiled", _("Stockpiled"), {"resume", "approve_hard"},
           filters={"stockpiled_at__isnull": False}, group="watch"),
    _queue("mine", _("My cases"), ANY, own=("reporter", "filed_by"),
           group="watch", newest=True),
    _queue("open", _("All open"), ANY, group="watch"),
    _queue("done", _("Closed and void"), ANY, FINAL, group="watch", newest=True),
)  # fmt: skip
# Not in the column of queues: everything that may be seen, for the search.
ALL = Queue("all", _("All cases"), frozenset(), frozenset(S), group="search", newest=True)


def queues_of(user) -> list[Queue]:
    """The queues of a person's posts, in the order of the table."""
    return [queue for queue in QUEUES if queue.verbs & user.verbs]
