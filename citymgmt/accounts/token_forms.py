"""Forms of service accounts and their tokens."""

from django import forms
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts import services
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.models import User
from citymgmt.accounts.verbs import RESERVED, VERBS


class TokenFilter(Styled, forms.Form):
    q = forms.CharField(label=_("Whose, or what for"), required=False)
    ended = forms.TypedChoiceField(
        label=_("Shown"),
        required=False,
        empty_value=False,
        coerce=bool,
        choices=[("", _("Those that work")), ("1", _("All"))],
    )


class ServiceForm(Styled, forms.Form):
    """Everything of a service account but where it may act, which is granted as to a person."""

    username = forms.CharField(label=_("User name"), max_length=150)
    full_name = forms.CharField(label=_("Name"), max_length=80)
    source = forms.ChoiceField(
        label=_("Source"), help_text=_("What it reports is entered under this source.")
    )
    valid_until = forms.DateField(label=_("Valid until"), widget=DateInput())
    is_active = forms.BooleanField(label=_("Account is active"), required=False)
    verbs = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, person=None, **kwargs):
        super().__init__(*args, initial=_values(person), **kwargs)
        self.person = person
        self.fields["source"].choices = services.sources()
        self.fields["verbs"].choices = [row for row in VERBS.items() if row[0] not in RESERVED]

    def plain(self):
        """The fields that are one line each; the verbs are drawn apart."""
        return [self[name] for name in self.fields if name != "verbs"]

    def clean_username(self):
        name = self.cleaned_data["username"].strip()
        User.username_validator(name)
        others = User.objects.filter(username__iexact=name)
        if others.exclude(pk=self.person.pk if self.person else None).exists():
            raise forms.ValidationError(_("There is an account with this user name."))
        return name


def _values(person):
    if person is None:
        return {"verbs": ["report"], "is_active": True}
    own = person.service
    return {
        "username": person.username, "full_name": person.full_name, "source": own.source,
        "valid_until": own.valid_until, "verbs": own.verbs, "is_active": person.is_active,
    }  # fmt: skip


class NewTokenForm(Styled, forms.Form):
    name = forms.CharField(
        label=_("What for"), max_length=80, help_text=_("The machine or program that will hold it.")
    )
    last_day = forms.DateField(label=_("Valid until"), widget=DateInput())

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, initial={"last_day": person.service.valid_until}, **kwargs)
