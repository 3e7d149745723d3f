"""Forms of the hotline desk. What is missing or wrong is decided by the actions; a refusal is
shown in the form."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Source
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.lib.addresses import key_of
from hotline.calls.actions import LINES
from hotline.citizens.answers import WORDS_MAX
from hotline.models import Call, Citizen, Satisfaction
from inventory.models import MatterClass


def say_in(form, refusal):
    """Put a refusal at the fields it names, or on top of the form."""
    if not refusal.fields:
        form.add_error(None, refusal.detail)
    for name, problems in refusal.fields.items():
        form.add_error(name if name in form.fields else None, problems)


def lines():
    return [(row.code, row.name) for row in Source.objects.filter(code__in=LINES, active=True)]


class CallForm(Styled, forms.Form):
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    phone = forms.CharField(label=_("Phone"), max_length=64, required=False)
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60, required=False)
    sex = forms.ChoiceField(
        label=_("Sex"), choices=[("", "–"), *Citizen.Sex.choices], required=False
    )
    source = forms.ChoiceField(label=_("Line"), choices=lines)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Call.Kind.choices, initial=Call.Kind.COMPLAINT,
        widget=forms.RadioSelect,
    )  # fmt: skip
    content = forms.CharField(
        label=_("Description"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    answer = forms.CharField(
        label=_("Answer given"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    address = forms.CharField(label=_("Place"), max_length=256, required=False)
    lon = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)
    lat = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)
    matter_class = forms.ModelChoiceField(
        MatterClass.objects.in_use(), widget=forms.HiddenInput, required=False
    )
    urgent = forms.BooleanField(label=_("Urgent"), required=False)
    reply_required = forms.BooleanField(label=_("Reply required"), required=False)
    may_text = forms.BooleanField(label=_("Agrees to text messages (ask)"), required=False)
    publish = forms.BooleanField(label=_("May be published"), required=False)

    def chosen_class(self):
        """The class to show in the search field of a form that is shown again."""
        key = key_of(str(self["matter_class"].value()))
        row = MatterClass.objects.in_use().filter(pk=key).first()
        return f"{row.code} {row.name}" if row else ""


class CallFilter(Styled, forms.Form):
    q = forms.CharField(label=_("Number, name, words"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All")), *Call.Kind.choices]
    )
    since = forms.DateField(label=_("From"), required=False, widget=DateInput)
    until = forms.DateField(label=_("Until"), required=False, widget=DateInput)


class CallBackForm(Styled, forms.Form):
    reached = forms.TypedChoiceField(
        label=_("Did somebody answer?"), choices=[("1", _("Reached")), ("0", _("Nobody answered"))],
        coerce=lambda value: value == "1", widget=forms.RadioSelect, initial="1",
    )  # fmt: skip
    service = forms.TypedChoiceField(
        label=_("How satisfied with the service?"), choices=Satisfaction.choices, coerce=int,
        empty_value=None, required=False, widget=forms.RadioSelect,
    )  # fmt: skip
    result = forms.TypedChoiceField(
        label=_("How satisfied with the result?"), choices=Satisfaction.choices, coerce=int,
        empty_value=None, required=False, widget=forms.RadioSelect,
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class UnsolvedForm(Styled, forms.Form):
    words = forms.CharField(
        label=_("What is not solved, in the caller's words"),
        required=False,
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
