"""Forms made from the table of moves: one widget for each name of `Move.needs` and `Move.takes`.

The forms draw and keep what was typed; what is allowed is decided by `cases.inputs` and the
rules. Apps above may offer better choices: `offer("department", function)`.
"""

import uuid
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import campaigns, queries
from cases.inputs import (
    CHECK_RESULTS,
    OPINION_MAX,
    REJECT_REASONS,
    RETURN_KINDS,
    SUPERVISE_TYPES,
    VERIFY_RESULTS,
)
from cases.models import AreaLimit, Attachment, FilingCondition, Source
from cases.presenting import limit_words
from cases.states import Action, State

A = Action


class Choice(NamedTuple):
    """One answer: what is sent, what is read, and why it is offered."""

    value: str
    label: str
    note: str = ""


_offers: dict[str, Callable] = {}


def offer(name: str, function: Callable[..., Iterable[Choice]]) -> None:
    """For `AppConfig.ready` of an app above: `function(case, user)` gives the likely choices of
    `department`, `collector` or `handler`, best first; all others follow below them."""
    _offers[name] = function


# --- choices --------------------------------------------------------------------------------
def _departments(case, user):
    return [Choice(row.code, str(row)) for row in queries.disposing_departments()]


def _collectors(case, user):
    return [_person(row) for row in queries.people_in(["collector"])]


def _handlers(case, user):
    return [_person(r) for r in queries.people_in(["handler", "liaison"], case.department)]


def _localities(case, user):
    rows = queries.disposing_departments().filter(kind__in=["street", "district"])
    return [Choice(row.code, str(row)) for row in rows]


def _receivers(case, user):
    return (_handlers if case.state == State.DISPOSING else _collectors)(case, user)


def _open_around(case, user):
    """Open cases close by: the number is sent, the matter is read."""
    return [
        Choice(row.number, f"{row.number} {row.matter_class}", f"{row.away} m")
        for row in queries.main_cases(user, case)
    ]


def _person(row):
    return Choice(row.username, str(row), _("on duty") if row.on_duty else "")


def _conditions(case, user):
    """The filing conditions of the class with their limit in this area class and their end."""
    rows = FilingCondition.objects.filter(matter_class=case.matter_class_id, edition__active=True)
    areas = AreaLimit.objects.filter(condition__in=rows, area_class=case.area_class)
    special = {row.condition_id: row for row in areas}
    return [_condition(row, special.get(row.pk, row)) for row in rows.order_by("edition", "number")]


def _condition(row, promise):
    limit = limit_words(promise.limit_value, promise.limit_unit)
    return Choice(str(row.pk), row.text, f"{limit} · {row.closing}")


def _campaigns(case, user):
    """Those that ran when the case was reported, and none of them."""
    rows = campaigns.choices_of(case.reported_at)
    return [*(Choice(str(row.pk), str(row)) for row in rows), _daily()]


def _daily():
    return Choice(campaigns.NONE, _("none: a daily case"))


def _fixed(table):
    return lambda case, user: [Choice(value, str(label)) for value, label in table.items()]


class Field(NamedTuple):
    """How an input is asked for: its label, the template of its widget, and its choices."""

    label: str
    kind: str  # templates/cases/fields/<kind>.html
    choices: Callable | None = None


FIELDS = {
    "opinion": Field(gettext_lazy("Opinion"), "opinion"),
    "filing_condition": Field(gettext_lazy("Filing condition"), "radios", _conditions),
    "department": Field(gettext_lazy("Department"), "select", _departments),
    "collector": Field(gettext_lazy("Collector"), "select", _collectors),
    "handler": Field(gettext_lazy("Handler"), "select", _handlers),
    "verify_result": Field(gettext_lazy("Verify result"), "results", _fixed(VERIFY_RESULTS)),
    "check_result": Field(gettext_lazy("Check result"), "results", _fixed(CHECK_RESULTS)),
    "reject_reason": Field(gettext_lazy("Reason"), "results", _fixed(REJECT_REASONS)),
    "closing_met": Field(gettext_lazy("The closing condition is met"), "met"),
    "urgent": Field(gettext_lazy("Urgent"), "flag"),
    "until": Field(gettext_lazy("Suspended until"), "date"),
    "return_kind": Field(gettext_lazy("Kind of return"), "results", _fixed(RETURN_KINDS)),
    "locality": Field(gettext_lazy("Locality"), "select", _localities),
    "assist": Field(gettext_lazy("Assisting departments"), "several", _departments),
    "main_case": Field(gettext_lazy("Main case"), "number", _open_around),
    "receiver": Field(gettext_lazy("Taken over by"), "select", _receivers),
    "defective": Field(gettext_lazy("Closed as defective"), "switch"),
    "campaign": Field(gettext_lazy("Campaign"), "results", _campaigns),
    "supervise_type": Field(gettext_lazy("Kind of supervision"), "results",
                            _fixed(SUPERVISE_TYPES)),
    "reply_by": Field(gettext_lazy("Reply needed by"), "date"),
    "photos": Field(gettext_lazy("Photos"), "photos"),
    "after_photos": Field(gettext_lazy("Photos after the work"), "photos"),
}  # fmt: skip
ORDER = [*list(FIELDS)[1:], "opinion"]
PHOTO_TYPES = {"after_photos": "after,before,reference", "photos": "close,wide,reference"}
PHRASES = {
    A.ACCEPT: [gettext_lazy("The report is clear and within scope.")],
    A.REJECT: [gettext_lazy("Outside the scope of city management."),
               gettext_lazy("The same matter is being dealt with already.")],
    A.DECLINE: [gettext_lazy("No filing condition is met on site.")],
    A.SEND_BACK: [gettext_lazy("The place is not clear."), gettext_lazy("The photos are unclear.")],
    A.DISPATCH: [gettext_lazy("Please deal with this in time.")],
    A.DISPOSE: [gettext_lazy("Done."), gettext_lazy("Repaired and the site cleared.")],
    A.FEEDBACK: [gettext_lazy("Done."), gettext_lazy("Repaired and the site cleared.")],
    A.RETURN: [gettext_lazy("Not the duty of this department."),
               gettext_lazy("The facility belongs to another owner.")],
    A.EXTEND: [gettext_lazy("Materials have been ordered and are on the way."),
               gettext_lazy("The work needs more time than the limit.")],
    A.SUSPEND: [gettext_lazy("Cannot be done in this season.")],
    A.SUSPEND_HARD: [gettext_lazy("Needs a plan of the city that is not made yet.")],
    A.APPEAL: [gettext_lazy("The delay was not ours: the site could not be entered.")],
    A.FORWARD: [gettext_lazy("Looked at; please decide.")],
    A.NO_PARTY: [gettext_lazy("No responsible party was found.")],
    A.PROXY_DISPOSE: [gettext_lazy("Make it safe first; the owner will be found later.")],
    A.URGE: [gettext_lazy("Please deal with this at once.")],
    A.REWORK: [gettext_lazy("The problem is still there.")],
    A.CLOSE: [gettext_lazy("Dealt with and checked.")],
    A.APPROVE: [gettext_lazy("Approved.")],
    A.REFUSE: [gettext_lazy("The reason is not sufficient.")],
}  # fmt: skip
# A handler reports with a photo and three keys: the usual words stand there already.
PREFILLED = {A.DISPOSE, A.FEEDBACK}


class ActionForm(forms.Form):
    """The inputs of one move on one case. `asked` lists them in order for the template."""

    client_uuid = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, case, move, user, data=None, *, proposed=None, **kwargs):
        super().__init__(data, initial={"client_uuid": uuid.uuid4()}, **kwargs)
        self.case, self.move = case, move
        self.phrases = queries.said_before(user, move.action) or PHRASES.get(move.action, [])
        names = {*move.needs, *move.takes, "opinion"}
        self.asked = [name for name in ORDER if name in names]
        if "after_photos" in names and "photos" in names:
            self.asked.remove("photos")
        for name in self.asked:
            self.fields[name] = self._field(name, user)
            if name in (proposed or {}):
                self.fields[name].initial = proposed[name]

    def _field(self, name, user):
        spec = FIELDS[name]
        field = forms.CharField(label=spec.label, required=False)
        field.kind, field.template = spec.kind, f"cases/fields/{spec.kind}.html"
        field.needed = name in self.move.needs
        field.max_length = OPINION_MAX
        field.types = PHOTO_TYPES.get(name, "")
        if name == "opinion" and self.move.action in PREFILLED and self.phrases:
            field.initial = self.phrases[0]
        if spec.choices:
            field.likely, field.others = self._choices(name, spec, user)
        return field

    def _choices(self, name, spec, user):
        """Offered choices first, then the rest without repeating any."""
        likely = list(_offers[name](self.case, user)) if name in _offers else []
        known = {choice.value for choice in likely}
        others = [c for c in spec.choices(self.case, user) if c.value not in known]
        if likely or spec.kind != "select":
            return likely, others
        return others, []

    def given(self) -> dict:
        """Raw inputs as `actions.perform` takes them; photos go beside them."""
        names = [n for n in self.asked if self.data.get(n) and "photos" not in n]
        return {n: self.data.getlist(n) if n == "assist" else self.data[n] for n in names}

    def boxes(self):
        return [self[name] for name in self.asked]

    def say(self, refusal):
        """Put a refusal where it belongs; fields that are not asked for are said on top."""
        if not refusal.fields:
            self.add_error(None, str(refusal.detail))
        for name, problems in refusal.fields.items():
            place = "after_photos" if name == "photos" and name not in self.fields else name
            self.add_error(place if place in self.fields else None, [str(p) for p in problems])


def photos_of(request, name="photos"):
    """(photo_type, file) pairs of a request; types come in the order of the files."""
    files, types = request.FILES.getlist(name), request.POST.getlist(f"{name}_type")
    usual = request.POST.get(f"{name}_usual", "close")
    if usual not in Attachment.PhotoType.values:
        usual = "close"
    return [(types[n] if n < len(types) else usual, file) for n, file in enumerate(files)]


# --- a new report ---------------------------------------------------------------------------
class ReportForm(forms.Form):
    """A report entered at a desk. `matter` is "kind:code"."""

    client_uuid = forms.CharField(required=False, widget=forms.HiddenInput)
    matter = forms.CharField(label=gettext_lazy("Class"))
    lon = forms.FloatField(widget=forms.HiddenInput)
    lat = forms.FloatField(widget=forms.HiddenInput)
    component = forms.CharField(required=False, widget=forms.HiddenInput)
    address = forms.CharField(label=gettext_lazy("Place"), required=False, max_length=256)
    description = forms.CharField(label=gettext_lazy("Description"), required=False,
                                  max_length=4000)  # fmt: skip
    source = forms.ChoiceField(label=gettext_lazy("Source"))
    urgent = forms.BooleanField(label=gettext_lazy("Urgent"), required=False)
    campaign = forms.ChoiceField(label=gettext_lazy("Campaign"), initial=campaigns.AUTO,
                                 required=False)  # fmt: skip

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {"client_uuid": uuid.uuid4()} | kwargs["initial"]
        super().__init__(*args, **kwargs)
        # A patrol report is filed without verification: only collectors make one.
        rows = Source.objects.filter(active=True).exclude(group=Source.Group.COLLECTOR)
        self.fields["source"].choices = [(row.code, row.name) for row in rows]
        self._ask_campaign()

    def _ask_campaign(self):
        """Only while one runs; untouched, the report joins by itself."""
        running = [(str(row.pk), str(row)) for row in campaigns.choices_of(timezone.now())]
        if not running:
            del self.fields["campaign"]
            return
        usual = (campaigns.AUTO, _("as class and place say"))
        self.fields["campaign"].choices = [usual, *running, _daily()[:2]]

    def values(self) -> dict:
        """Keyword arguments of `actions.report`."""
        data = dict(self.cleaned_data)
        data["campaign"] = data.get("campaign") or campaigns.AUTO
        kind, _sep, code = data.pop("matter").partition(":")
        return data | {"kind": kind, "class_code": code}

    def say(self, refusal):
        named = {"class_code": "matter", "lon": None, "lat": None}
        if not refusal.fields:
            self.add_error(None, str(refusal.detail))
        for name, problems in refusal.fields.items():
            place = named.get(name, name)
            said = [str(p) for p in problems]
            if place is None and said[0] in self.non_field_errors():
                continue
            self.add_error(place if place in self.fields else None, said)
