"""Which light a case shows, told once: of one case for its row, of many for the lanes of a list.

Both follow from the two stored moments of the clock that runs, `Case.warn_at` and `Case.due_at`
(null while none runs), by the rule of `clock.light`; so does the clock of the page
(`static/js/lib/clock.js`). Nothing here waits for the timer, whose mark (`Case.warned_at`) only
remembers that it has written the warning and told people of it.
"""

from datetime import datetime

from django.db.models import Q

from cases.states import OPEN
from cases.time import clock
from cases.time.clock import Light
from cases.time.overdue import overdue


def light_of(case, now: datetime) -> Light:
    """The light of one case whose columns are at hand."""
    if case.state not in OPEN:
        return Light.GREY
    return clock.light(case.due_at, case.warn_at, now)


def lights(now: datetime) -> dict[Light, Q]:
    """Light -> which cases show it at `now`; each case shows exactly one."""
    late = overdue(now)
    runs = Q(due_at__isnull=False, state__in=sorted(OPEN))
    soon = Q(warn_at__lte=now)
    return {
        Light.RED: late,
        Light.YELLOW: runs & ~late & soon,
        Light.GREEN: runs & ~late & ~soon,
        Light.GREY: ~runs,
    }
