"""The forms of the public site. Nothing typed is lost: a refused form comes back as it was."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from citymgmt.accounts.forms import Styled, WithPhone
from citymgmt.lib.errors import BadInput
from grid.models import Area
from hotline.citizens import answers
from hotline.portal.queries import kinds
from inventory.models import MatterClass

PHOTOS_MAX = 4


class KindField(forms.ModelChoiceField):
    """One list in groups, so that it works as it is; scripts make tiles of it."""

    def __init__(self, **kwargs):
        super().__init__(MatterClass.objects.in_use(), **kwargs)

    def group(self):
        self.groups = kinds()
        options = [(one["name"], one["options"]) for one in self.groups]
        self.widget.choices = [("", _("Choose …")), *options]


class ReportForm(WithPhone, Styled, forms.Form):
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    lon = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)
    lat = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)
    community = forms.ModelChoiceField(
        Area.objects.none(), label=_("Community"), required=False, empty_label=_("Choose …")
    )
    address = forms.CharField(
        label=_("Where exactly? For example: opposite the school gate"), max_length=256,
        required=False,
    )  # fmt: skip
    matter_class = KindField(label=_("What is it?"), error_messages={
        "required": _("Choose what it is about."), "invalid_choice": _("Choose from the list."),
    })  # fmt: skip
    description = forms.CharField(
        label=_("In a few words (optional)"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    name = forms.CharField(label=_("Name (optional)"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("Phone (optional)"), max_length=64, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )  # fmt: skip
    may_text = forms.BooleanField(
        label=_("Text me number, code and result (mobile numbers only)"), required=False
    )
    reply_required = forms.BooleanField(label=_("Call me with the result"), required=False)
    # People do not see this field; programs that fill in every field do.
    website = forms.CharField(
        label=_("Leave this field empty"), required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["matter_class"].group()
        self.fields["community"].queryset = communities()
        self.fields["community"].label_from_instance = lambda row: f"{row.parent.name} {row.name}"

    def refusal(self) -> BadInput:
        """Everything that is wrong, for a script to show at the fields."""
        detail = _("Not sent yet: please look at the marked places.")
        return BadInput(detail, "invalid", {name: list(said) for name, said in self.errors.items()})

    @property
    def groups(self):
        return self.fields["matter_class"].groups

    def clean(self):
        given = super().clean()
        if not (given.get("lon") and given.get("lat")):
            self._clean_community(given)
        return given

    def _clean_community(self, given):
        if "community" in self.errors:
            return
        if given.get("community") is None:
            self.add_error("community", _("Set the pin on the map, or choose the community."))
        elif not given.get("address", "").strip():
            self.add_error("address", _("Without a pin, please say where exactly it is."))

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave this field empty: it is there to stop robots."))
        return ""


class TrackForm(Styled, forms.Form):
    number = forms.CharField(
        label=_("Number of the report"), max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    code = forms.CharField(
        label=pgettext_lazy("tracking", "Code"), max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip


class AnswerForm(Styled, forms.Form):
    """A rating, or else that it is still not solved."""

    stars = forms.TypedChoiceField(
        choices=[(number, answer.label) for number, answer in answers.STARS.items()],
        coerce=int,
        empty_value=None,
        required=False,
        label=_("How satisfied are you with the result?"),
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What is not solved yet? (optional)"),
        required=False,
        max_length=answers.WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    unsolved = forms.BooleanField(required=False)

    def clean(self):
        given = super().clean()
        if not (self.errors or given.get("stars") or given.get("unsolved")):
            self.add_error("stars", _("Choose one of the given answers."))
        return given


def communities():
    """Communities with their streets, without polygons."""
    return (
        Area.objects.filter(level=Area.Level.COMMUNITY)
        .select_related("parent").only("code", "name", "parent__name").order_by("code")
    )  # fmt: skip
