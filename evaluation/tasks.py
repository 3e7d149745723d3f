"""Evaluation in the background. Times are on the beat schedule in the settings."""

from celery import shared_task

from evaluation.queries import refresh_facts


@shared_task
def refresh():
    """Fold the cases whose log grew since the last time."""
    return refresh_facts()
