"""What the public is told of a case: eight groups of states. Pure data (workflow §3)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.states import State as S


class PublicStatus(TextChoices):
    RECEIVED = "received", _("Received, being looked at")
    PASSED_ON = "passed_on", _("Passed to the responsible unit")
    IN_PROGRESS = "in_progress", _("Work in progress")
    CHECKING = "checking", _("Being checked on site")
    REVIEW = "review", _("Under review")
    ON_HOLD = "on_hold", _("On hold")
    DONE = "done", pgettext_lazy("public status", "Done")
    NOT_TAKEN = "not_taken", _("Not taken on")


P = PublicStatus
GROUPS = {
    S.REGISTERED: P.RECEIVED, S.VERIFYING: P.RECEIVED, S.TO_FILE: P.RECEIVED,
    S.DECLINE_REVIEW: P.REVIEW, S.CLOSE_REVIEW: P.REVIEW,
    S.TO_DISPATCH: P.PASSED_ON, S.TO_DISPOSE: P.PASSED_ON,
    S.DISPOSING: P.IN_PROGRESS, S.DEPT_REVIEW: P.IN_PROGRESS,
    S.FEEDBACK_IN: P.CHECKING, S.TO_CHECK: P.CHECKING, S.CHECKING: P.CHECKING,
    S.TO_CLOSE: P.CHECKING,
    S.SUSPENDED: P.ON_HOLD, S.CLOSED: P.DONE, S.VOID: P.NOT_TAKEN,
}  # fmt: skip
# The state whose colour stands for the group (one hue for a state everywhere).
HUES = {
    P.RECEIVED: S.REGISTERED, P.PASSED_ON: S.TO_DISPATCH, P.IN_PROGRESS: S.DISPOSING,
    P.CHECKING: S.CHECKING, P.REVIEW: S.CLOSE_REVIEW, P.ON_HOLD: S.SUSPENDED,
    P.DONE: S.CLOSED, P.NOT_TAKEN: S.VOID,
}  # fmt: skip


def public_status(state: str, pending: str = "") -> PublicStatus:
    """The group of a state; a request that waits for a decision is a review. An appeal is about
    statistics alone: the case stays done."""
    return P.REVIEW if pending and pending != "appeal" else GROUPS[S(state)]
