"""Nobody is left holding a case: what somebody has who leaves, and what leavers left behind."""

from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.finding.left import COLLECTORS, ON_SITE, WORKERS
from cases.machine import attended
from cases.machine.actions import context
from cases.models import Case
from cases.states import State
from citymgmt.accounts.held import Held, leaving
from citymgmt.accounts.models import User
from dispatch.shifts.actions import tasks_of
from grid.models import DutyAssignment


@receiver(leaving)
def held(person, memberships, **_rest) -> list[Held]:
    """Tasks, shifts ahead, and cases with which nobody else could go on."""
    lost = {row.post.code for row in memberships}
    kept = {row.post.code for row in person.current_memberships} - lost
    found = []
    if lost & {*COLLECTORS, *WORKERS}:
        tasks = _tasks_without(person, kept)
        url = f"{reverse('dispatch:hand_over')}?giver={person.pk}"
        found.append(Held(_("Open tasks in their hands"), tasks.count(), url))
    if "collector" in lost:
        today = timezone.localdate()
        shifts = DutyAssignment.objects.filter(collector=person, date__gte=today).count()
        found.append(Held(_("Shifts ahead on the rota"), shifts, reverse("grid:rota")))
    return [*found, *_alone(memberships)]


def _tasks_without(person, kept):
    """Tasks that the posts which stay do not cover."""
    rows = tasks_of(person)
    if "collector" in kept:
        rows = rows.exclude(state__in=ON_SITE)
    if kept & set(WORKERS):
        rows = rows.exclude(state=State.DISPOSING)
    return rows


def _alone(memberships):
    now = context()
    before = attended.unattended(now)
    after = attended.unattended(now, without=[row.pk for row in memberships])
    return attended.as_held(after - before)


def givers():
    """Everybody who has an open task, switched off or not."""
    open_tasks = Case.objects.filter(state__in=(*ON_SITE, State.DISPOSING)).order_by()
    return User.objects.filter(
        Q(pk__in=open_tasks.values("collector")) | Q(pk__in=open_tasks.values("handler"))
    )
