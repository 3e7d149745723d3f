"""Likely choices for the forms of the desks, with the reason why each is offered."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.machine.choices import Choice, describe, offer
from cases.states import State
from citymgmt.accounts.models import Department
from dispatch.choosing import loads
from dispatch.choosing.candidates import collectors_for, handlers_for
from dispatch.routing import queries
from dispatch.routing.rules import may_read


def departments(case, user):
    """Suggestions of the routing rules; a rule that cannot be evaluated offers nothing."""
    known = may_read(user)
    return [
        Choice(
            found.department.code,
            str(found.department),
            str(found.reason),
            source=_source(found.reason) if known else "",
        )
        for found in queries.suggestions_for(case)
        if found.department
    ]


def _source(reason) -> str:
    """The page of the row that speaks; "" where no row does."""
    if reason.rule is not None:
        return f"{reverse('dispatch:routing')}#rule-{reason.rule}"
    if reason.answer is not None:
        return reverse("dispatch:responsibility", args=[reason.answer])
    return ""


def known_of_departments(found, case):
    """What lies with each department, how it keeps its deadlines, and who was here last."""
    now = timezone.now()
    keys = Department.objects.filter(code__in=[choice.value for choice in found])
    by_code, last = dict(keys.values_list("code", "pk")), loads.last_here(case)
    known = loads.loads(now) if found else {}
    return [
        choice._replace(
            figures=str(known.get(by_code[choice.value], loads.Load())),
            note=" · ".join(filter(None, [choice.note, _was_here(choice, last)])),
        )
        for choice in found
    ]


def _was_here(choice, last):
    if last is None or last.department.code != choice.value:
        return ""
    day = timezone.localtime(last.disposed_at).strftime("%m-%d")
    return _("dealt with the last one here on %(day)s") % {"day": day}


def localities(case, user):
    return [Choice(row.code, str(row), _("at the place")) for row in queries.localities_of(case)]


def receivers(case, user):
    """Whoever could be given the task that is open."""
    return (handlers if case.state == State.DISPOSING else collectors)(case, user)


def collectors(case, user):
    return [_person(candidate) for candidate in collectors_for(case)]


def handlers(case, user):
    return [_person(candidate) for candidate in handlers_for(case)]


def _person(candidate):
    said = [str(candidate.department)] if candidate.department else []
    if candidate.reporter:
        said.append(_("reported this case"))
    if candidate.on_rota:
        said.append(_("on the rota now"))
    if candidate.own_grid:
        said.append(_("own duty grid"))
    if candidate.distance_m is not None:
        said.append(_("%(m)s m away") % {"m": round(candidate.distance_m)})
    tasks = candidate.open_tasks
    said.append(ngettext("%(n)s open task", "%(n)s open tasks", tasks) % {"n": tasks})
    return Choice(candidate.user.username, str(candidate.user), " · ".join(said))


def register():
    """Called when the app is ready."""
    offer("department", departments)
    for name in ("department", "locality", "assist"):
        describe(name, known_of_departments)
    offer("collector", collectors)
    offer("handler", handlers)
    offer("locality", localities)
    offer("receiver", receivers)
