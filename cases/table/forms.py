"""What narrows the table, asked for in the address; what is done to the cases chosen in it."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.finding import queries
from cases.finding.queries import Filter
from cases.models import Campaign, Source
from cases.states import State
from cases.table.bulk import DEEDS, deeds_of, handlers_of
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.models import Department


class TableFilter(Styled, forms.Form):
    """`queue`: the one looked at, with its states."""

    q = forms.CharField(label=_("Number, place, words"), required=False, max_length=100)
    street = forms.ChoiceField(label=_("Street"), required=False)
    cls = forms.ChoiceField(label=_("Class"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False, to_field_name="code",
        empty_label=_("All departments"),
    )  # fmt: skip
    since = forms.DateField(label=_("Reported from"), required=False, widget=DateInput())
    until = forms.DateField(label=_("Reported to"), required=False, widget=DateInput())
    overdue = forms.BooleanField(label=_("Overdue"), required=False)
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, user, queue, now, data):
        super().__init__(data)
        streets = [(row.code, row.name) for row in queries.streets_of(user)]
        classes = [(row["key"], str(row["matter"])) for row in queries.classes_in(user, queue, now)]
        states = [(code, label) for code, label in State.choices if code in queue.states]
        sources = [(row.code, row.name) for row in Source.objects.all()]
        self._offer(street=streets, cls=classes, state=states, source=sources)
        self.fields["department"].queryset = queries.disposing_departments()
        if len(states) < 2:
            del self.fields["state"]

    def _offer(self, **choices):
        every = {"street": _("All streets"), "cls": _("All classes"), "state": _("All states"),
                 "source": _("All sources")}  # fmt: skip
        for name, known in choices.items():
            self.fields[name].choices = [("", every[name]), *known]

    def add_prefix(self, field_name):
        """One name in the address on the desk and here."""
        return "class" if field_name == "cls" else super().add_prefix(field_name)

    def clean(self):
        data = super().clean()
        first, last = data.get("since"), data.get("until")
        if first and last and last < first:
            self.add_error("until", _("The last day lies before the first one."))
        return data

    def narrow(self) -> Filter:
        """Only of a valid form."""
        given = self.cleaned_data
        campaign, department = given["campaign"], given["department"]
        return Filter(
            q=given["q"], state=given.get("state", ""), street=given["street"],
            matter=given["cls"], overdue=given["overdue"], source=given["source"],
            department=department.path if department else "",
            campaign=str(campaign.pk) if campaign else "",
            since=given["since"], until=given["until"],
        )  # fmt: skip


class BulkForm(Styled, forms.Form):
    """One step on several cases; who may take it on each of them is decided by the table."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    action = forms.ChoiceField(label=_("Step"))
    handler = forms.ChoiceField(label=_("Handler"), required=False)
    opinion = forms.CharField(
        label=_("Opinion"), required=False, max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, user, *args, **kwargs):
        kwargs.setdefault("initial", {"client_uuid": uuid.uuid4()})
        super().__init__(*args, **kwargs)
        deeds = deeds_of(user)
        self.fields["action"].choices = [(deed.action, deed.action.label) for deed in deeds]
        if any(deed.asks_handler for deed in deeds):
            people = [(person.username, str(person)) for person in handlers_of(user)]
            self.fields["handler"].choices = [("", "–"), *people]
        else:
            del self.fields["handler"]

    def clean(self):
        data = super().clean()
        deed = DEEDS.get(data.get("action"))
        if deed and deed.asks_handler and not data.get("handler"):
            self.add_error("handler", _("Choose who is to do it."))
        if deed and deed.asks_opinion and not data.get("opinion"):
            self.add_error("opinion", _("This field is required."))
        return data
