"""What "overdue" means, told once: the case is open, a clock runs for it, and that clock's
deadline has passed.

`due_at` is the deadline of the clock that runs now and is null while none runs. Clocks count whole
seconds: in the second of the deadline a case is still on time, in the next it is overdue. Nothing
here waits for the timer, whose own mark (`Case.overdue_at`) only remembers that it has written the
event "became overdue" and told people of it.
"""

from datetime import datetime

from django.db.models import Q

from cases.states import OPEN
from cases.time.worktime import whole


def overdue(now: datetime, prefix: str = "") -> Q:
    """Cases that are overdue at `now`; `prefix` leads to the case, as in "cases__"."""
    late = {f"{prefix}due_at__lt": whole(now)}
    return Q(**late, **{f"{prefix}state__in": sorted(OPEN)})


def is_overdue(state: str, due_at: datetime | None, now: datetime) -> bool:
    """The same for one case whose columns are at hand."""
    return state in OPEN and due_at is not None and due_at < whole(now)
