"""Forms made from the table of moves: one widget for each name of `Move.needs` and `Move.takes`.

The forms draw and keep what was typed; what is allowed is decided by `cases.machine.inputs` and the
rules.
"""

import uuid

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.campaigns import joining as campaigns
from cases.devices import made
from cases.finding import queries
from cases.machine import choices
from cases.machine.inputs import INPUTS, OPINION_MAX
from cases.machine.reports import Report
from cases.models import Source
from cases.photos.reading import types_at
from cases.presenting.keys import ends
from cases.standards.units import limit_words
from cases.states import Action

A = Action


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
    A.UNSOLVED: [gettext_lazy("The problem is still there."), gettext_lazy("It has come back.")],
    A.CLOSE: [gettext_lazy("Dealt with and checked.")],
    A.APPROVE: [gettext_lazy("Approved.")],
    A.REFUSE: [gettext_lazy("The reason is not sufficient.")],
}  # fmt: skip


def interface_of(case, action) -> str:
    """The address of the HTTP interface that takes an action on a case."""
    return reverse("api:action", args=[case.number, action])


class ActionForm(forms.Form):
    """The inputs of one move on one case. `asked` lists them in order for the template."""

    client_uuid = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, case, move, user, data=None, *, proposed=None, **kwargs):
        super().__init__(data, initial={"client_uuid": uuid.uuid4()}, **kwargs)
        self.case, self.move, self.ends = case, move, ends(move)
        # How long the log was when the person looked: what came since is told to whoever is late.
        self.seen = self.data.get("seen", case.events_count)
        self.phrases = queries.said_before(user, move.action) or PHRASES.get(move.action, [])
        names = set(move.named)
        self.asked = [name for name in INPUTS if name in names]
        if "after_photos" in names and "photos" in names:
            self.asked.remove("photos")
        for name in self.asked:
            self.fields[name] = self._field(name, user)
            if name in (proposed or {}):
                self.fields[name].initial = proposed[name]

    def _field(self, name, user):
        spec = INPUTS[name]
        field = forms.CharField(label=spec.label, required=False)
        field.kind = spec.widget
        field.template = f"cases/desk/fields/{spec.widget}.html"
        field.needed = spec in self.move.needs
        field.max_length = OPINION_MAX
        if spec.widget == "photos":
            field.types = types_at(self.move.action)
        if spec.choices:
            field.likely, field.others = self._choices(spec, user)
        return field

    def _choices(self, spec, user):
        """Offered choices first, then the rest without repeating any."""
        likely = choices.likely(spec.name, self.case, user)
        known = {choice.value for choice in likely}
        others = [c for c in spec.choices(self.case, user) if c.value not in known]
        found = choices.completed(spec.name, [*likely, *others], self.case)
        likely, others = found[: len(likely)], found[len(likely) :]
        if likely or spec.widget != "select":
            return likely, others
        return others, []

    def given(self) -> dict:
        """Raw inputs as `actions.perform` takes them; photos go beside them."""
        specs = [INPUTS[name] for name in self.asked if self.data.get(name)]
        return {
            spec.name: self.data.getlist(spec.name) if spec.several else self.data[spec.name]
            for spec in specs
            if spec.parse
        }

    @property
    def kept(self) -> str:
        """Where the device sends it later, for what is done on site, with or without a network;
        "" for what is done at a desk."""
        on_site = self.move.action in {*made.ON_SITE, A.ARRIVE}
        return interface_of(self.case, self.move.action) if on_site else ""

    @property
    def dispatches(self) -> bool:
        """Whether a department is chosen, for which one looks at what was filed."""
        return bool({"department", "locality"} & set(self.asked))

    @property
    def limit(self) -> str:
        return limit_words(self.case.limit_value, self.case.limit_unit)

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
    """(photo_type, file, made_at) of a request, in the order of the files; what is not given is
    "" or None."""
    files = request.FILES.getlist(name)
    types = request.POST.getlist(f"{name}_type")
    moments = request.POST.getlist(f"{name}_made_at")
    types += [""] * (len(files) - len(types))
    moments += [None] * (len(files) - len(moments))
    return list(zip(types[: len(files)], files, moments[: len(files)], strict=True))


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
        self.fields["campaign"].choices = [usual, *running, choices.daily()[:2]]

    def report(self) -> Report:
        """What was typed, as it is entered."""
        data = dict(self.cleaned_data)
        del data["client_uuid"]
        data["campaign"] = data.get("campaign") or campaigns.AUTO
        kind, _sep, code = data.pop("matter").partition(":")
        return Report(kind=kind, matter_class=code, **data)

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
