"""What a dispatcher knows of a department before choosing it; a fixed number of queries for all."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Case, CaseEvent
from cases.states import WITH_DEPARTMENT, Action, State
from dispatch.models import Request

SPAN = timedelta(days=30)


@dataclass(frozen=True)
class Load:
    """Cases that lie with the department now; of the last 30 days its disposals, those on time
    (what is exempt counts as on time), and the returns it was granted."""

    open: int = 0
    disposed: int = 0
    in_time: int = 0
    returns: int = 0

    def __str__(self):
        said = [ngettext("%(n)s open", "%(n)s open", self.open) % {"n": self.open}]
        if self.disposed:
            rate = 100 * self.in_time // self.disposed
            said.append(_("%(rate)s %% on time, 30 days") % {"rate": rate})
        if self.returns:
            said.append(
                ngettext("%(n)s return", "%(n)s returns", self.returns) % {"n": self.returns}
            )
        return " · ".join(said)


def loads(now) -> dict[int, Load]:
    """By key of the department; three queries. Who has nothing is missing."""
    since = now - SPAN
    lying = Case.objects.filter(state__in=sorted({*WITH_DEPARTMENT, State.SUSPENDED})).order_by()
    here = dict(lying.values_list("department").annotate(Count("pk")))
    late = Count("pk", filter=Q(overdue=True, case__exempt=False))
    ended = CaseEvent.objects.filter(
        action__in=[Action.FEEDBACK, Action.DISPOSE], at__gte=since, state_to=State.FEEDBACK_IN
    )
    rows = ended.order_by().values_list("department").annotate(n=Count("pk"), late=late)
    disposed = {pk: (number, number - behind) for pk, number, behind in rows}
    granted = Request.objects.filter(
        kind=Request.Kind.RETURN, status=Request.Status.APPROVED, asked_at__gte=since
    )
    returns = dict(granted.order_by().values_list("department").annotate(Count("pk")))
    known = {*here, *disposed, *returns} - {None}
    return {
        pk: Load(here.get(pk, 0), *disposed.get(pk, (0, 0)), returns.get(pk, 0)) for pk in known
    }


def last_here(case) -> Case | None:
    """The latest disposed case of the same component, or else of the class in the community."""
    same = Q(matter_class=case.matter_class_id, community=case.community_id)
    if case.component_id:
        same = Q(component=case.component_id)
    rows = Case.objects.filter(same, disposed_at__isnull=False, department__isnull=False)
    return rows.exclude(pk=case.pk).select_related("department").order_by("-id").first()
