"""What a notice says, in the language of the reader."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.presenting.words import REQUEST_WORDS
from cases.states import Stage
from dispatch.models import Moment

SAYS = {
    Moment.WARN: gettext_lazy("%(stage)s is due soon"),
    Moment.OVERDUE: gettext_lazy("%(stage)s is overdue"),
    Moment.ESCALATE: gettext_lazy("%(stage)s is long overdue"),
    Moment.ARRIVAL_LATE: gettext_lazy("Nobody was on site in time"),
    Moment.SUPERVISE: gettext_lazy("%(stage)s is supervised"),
    Moment.URGE: gettext_lazy("%(stage)s is urged"),
    Moment.INSTRUCT: gettext_lazy("A leader has given an instruction"),
    Moment.WITHDRAW: gettext_lazy("%(request)s: taken back, nothing is left to decide"),
}


def sentence(notice) -> str:
    """In a few words what has happened; the case is named beside it."""
    stage = notice.event.stage
    label = Stage(stage).label if stage in Stage.values else _("The step")
    asked = REQUEST_WORDS.get(notice.event.data.get("request"), "")
    return SAYS[notice.text_key] % {"stage": label, "request": asked}


def message(notice) -> str:
    """The whole text of a short message: no person, no description, one case."""
    case = notice.case
    due = f" {timezone.localtime(case.due_at):%m-%d %H:%M}" if case.due_at else ""
    number = f"{case.number[6:14]}-{case.number[14:]}"
    return _("[City management] %(what)s: case %(number)s, %(class)s, %(street)s, due%(due)s.") % {
        "what": sentence(notice), "number": number, "class": case.matter_class,
        "street": case.street.name, "due": due,
    }  # fmt: skip
