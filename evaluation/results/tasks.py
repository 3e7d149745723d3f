"""A period computed in the background for a person, and how far it is."""

from datetime import date

from celery import shared_task
from django.core.cache import cache

from citymgmt.accounts.models import User
from citymgmt.lib.errors import Refused
from evaluation.results.actions import evaluate

RUN_KEPT = 3600  # seconds for which the outcome of a run can be asked


@shared_task(name="evaluation.tasks.run")
def run(token: str, scheme: str, start: str, end: str, user_id: int):
    """Compute a period for a person; `run_state(token)` tells how far it is. Days are ISO text."""

    def progress(done, total):
        _tell(token, done=done, total=total)

    user = User.objects.get(pk=user_id)
    days = {"start": date.fromisoformat(start), "end": date.fromisoformat(end)}
    try:
        evaluation = evaluate(scheme=scheme, by=user, progress=progress, **days)
    except Refused as refusal:
        _tell(token, problem=str(refusal.detail))
    except Exception:
        _tell(token, failed=True)
        raise
    else:
        _tell(token, evaluation=evaluation.pk)


def run_state(token: str) -> dict | None:
    """{done, total}, then {evaluation} or {problem} or {failed}; None for an unknown run."""
    return cache.get(f"evaluation-run-{token}")


def start_run(token: str, **given) -> None:
    """Begin a run; in the embedded profile it is over when this returns."""
    _tell(token, done=0, total=0)
    run.delay(token, **given)


def _tell(token, **state):
    cache.set(f"evaluation-run-{token}", state, RUN_KEPT)
