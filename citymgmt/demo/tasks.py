"""What the beat does in a demonstration: its life goes on."""

import threading
import time
from functools import lru_cache

from celery import shared_task

from citymgmt.demo.people.duty import fill_rota
from citymgmt.demo.people.staff import offered
from citymgmt.demo.simulation.life import Life
from citymgmt.lib.clock import by_the_clock

FRESH = 600  # seconds after which people and places are read anew
_one_at_a_time = threading.Lock()  # one life goes on, whichever threads a worker has


@shared_task(name="dispatch.tasks.live_step")  # the name that schedules already know
@by_the_clock
def live_step():
    """A few reports and steps, only where a demonstration is offered; what happened."""
    if not offered():
        return {}
    with _one_at_a_time:
        return _life(int(time.time() // FRESH)).step()


@lru_cache(maxsize=1)
def _life(_period) -> Life:
    fill_rota()
    return Life(seed=1)
