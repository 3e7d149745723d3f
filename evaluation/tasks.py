"""Evaluation in the background. Times are on the beat schedule in the settings."""

from celery import shared_task
from django.utils import timezone

from evaluation.facts.queries import refresh_facts
from evaluation.record import anchors
from evaluation.results.tasks import run

__all__ = ["anchor_record", "refresh", "run"]  # a worker finds all of them here


@shared_task
def refresh():
    """Fold the cases whose log grew since the last time."""
    return refresh_facts()


@shared_task
def anchor_record():
    """The anchor of the day, where it is not written yet; whether it was."""
    return anchors.write(timezone.now()) is not None
