"""The beat of the center. Times are on the beat schedule in the settings."""

from celery import shared_task

from cases.feed import log as live
from cases.machine import actions, waiting
from cases.photos import sweeping
from cases.timers import watch
from citymgmt.lib.clock import by_the_clock


@shared_task
def find_due():
    """Warnings, overdue marks and ends of suspensions whose moment has come; 0 while it stands."""
    return actions.strike() if watch.may_act() else 0


@shared_task
def publish_pending():
    """Log rows that no process has pushed yet."""
    return live.publish()


@shared_task
@by_the_clock
def remove_waiting_photos():
    """Photos sent ahead that nothing named in time."""
    return waiting.remove_old()


@shared_task
def sweep_photos():
    """Files that no row names, and rows whose file is missing."""
    return sweeping.sweep()
