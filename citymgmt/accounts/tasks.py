"""What the beat does for accounts."""

from celery import shared_task

from citymgmt.accounts import guessing


@shared_task
def remove_old_tries():
    """Sign-ins that count no more."""
    return guessing.remove_old()
