"""Forms of the sign-in, account and administration pages."""

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordForm,
)
from django.core.validators import MaxValueValidator, MinValueValidator
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from citymgmt.accounts.models import Department, Membership, Post, User
from citymgmt.accounts.posts import POSTS, SEPARATED
from citymgmt.accounts.queries import grantable, named
from citymgmt.accounts.rules import may_fill
from citymgmt.accounts.verbs import AUDIT, GRANTS, RESERVED, VERBS
from citymgmt.lib import phones
from citymgmt.lib.dates import FIRST, LAST, iso_day

IN_REACH = (MinValueValidator(FIRST), MaxValueValidator(LAST))


class Styled:
    """Mixin: Bootstrap's classes, no colon after a label, and days that can be reckoned with."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", _css(field.widget))
            if isinstance(field, forms.DateField):
                field.validators = [*field.validators, *IN_REACH]


def _css(widget):
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class DateInput(forms.DateInput):
    """Reads and shows a day as YYYY-MM-DD in every language; see templates/parts/date.html."""

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)

    def value_from_datadict(self, data, files, name):
        text = super().value_from_datadict(data, files, name)
        return iso_day(text) if isinstance(text, str) else text

    def render(self, name, value, attrs=None, renderer=None):
        return render_to_string("parts/date.html", self.get_context(name, value, attrs)["widget"])


# --- own account ----------------------------------------------------------------------------
class SignInForm(Styled, AuthenticationForm):
    pass


class OwnPasswordForm(Styled, PasswordChangeForm):
    pass


# --- people ---------------------------------------------------------------------------------
BELONGS = pgettext_lazy("any department", "Department")


class PersonFilter(Styled, forms.Form):
    q = forms.CharField(label=_("Name, user name or phone"), required=False)
    post = forms.ModelChoiceField(
        Post.objects.all(), label=_("Post"), required=False, empty_label=_("All")
    )
    department = forms.ModelChoiceField(
        Department.objects.all(), required=False, empty_label=_("All"),
        label=pgettext_lazy("any department", "Department"),
    )  # fmt: skip
    active = forms.TypedChoiceField(
        label=_("Account"), required=False, empty_value=None, coerce=lambda value: value == "1",
        choices=[("", _("All")), ("1", _("Active")), ("0", _("Switched off"))],
    )  # fmt: skip


class WithPhone:
    """A telephone number in the spelling that messages are sent to."""

    def clean_phone(self):
        text = self.cleaned_data["phone"]
        try:
            return str(phones.parse(text)) if text.strip() else ""
        except ValueError:
            raise forms.ValidationError(_("This is not a telephone number.")) from None


class PersonForm(WithPhone, Styled, forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "full_name", "phone", "department", "on_duty", "is_active"]
        labels = {"is_active": _("Account is active"), "department": BELONGS}
        help_texts = {"is_active": _("Switch off instead of deleting: what was done stays known.")}


class NewPersonForm(WithPhone, Styled, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "full_name", "phone", "department"]
        labels = {"department": BELONGS}


class ImportForm(Styled, forms.Form):
    file = forms.FileField(
        label=_("File (CSV or XLSX)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )


class NewPasswordForm(Styled, SetPasswordForm):
    pass


class AppointForm(Styled, forms.ModelForm):
    """Offers the posts that `by` may fill."""

    class Meta:
        model = Membership
        fields = ["post", "department", "since"]
        labels = {
            "post": _("Post"),
            "department": pgettext_lazy("any department", "Department"),
            "since": _("First day"),
        }
        widgets = {"since": DateInput()}

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        codes = [code for code in Post.objects.values_list("code", flat=True) if may_fill(by, code)]
        self.fields["post"].queryset = Post.objects.filter(code__in=codes)
        self.fields["department"].queryset = Department.objects.filter(active=True)
        self.fields["since"].initial = timezone.localdate


class GrantForm(Styled, forms.Form):
    """What may be done, and the department or area on which: chosen by name, sent as its code."""

    verb = forms.ChoiceField(label=_("Right"))
    code = forms.CharField(
        label=_("Department or area"), widget=forms.Select(attrs={"data-choose": ""})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.models = grantable()
        self.fields["verb"].choices = [(verb, GRANTS.get(verb, verb)) for verb in self.models]
        self.fields["code"].widget.choices = [("", ""), *self._codes()]

    def _codes(self):
        """Everything that can be granted, in a group for each of its kinds; a query for each."""
        for model in dict.fromkeys(self.models.values()):
            rows = [(row.code, f"{row} · {row.code}") for row in named(model).order_by("code")]
            yield model._meta.verbose_name_plural, rows

    def clean(self):
        data = super().clean()
        if {"verb", "code"} <= data.keys():
            data["obj"] = named(self.models[data["verb"]]).filter(code=data["code"]).first()
            if data["obj"] is None:
                self.add_error("code", _("Nothing with this code can be granted this right."))
        return data


# --- departments and posts ------------------------------------------------------------------
class DepartmentForm(Styled, forms.ModelForm):
    class Meta:
        model = Department
        fields = ["code", "name_zh", "name_en", "kind", "group", "credit_code", "parent", "active"]
        field_classes = {"code": forms.SlugField}

    def clean_credit_code(self):
        return self.cleaned_data["credit_code"] or None


class VerbsForm(Styled, forms.Form):
    """Offers what the post may be given: administration stays with its three posts."""

    verbs = forms.MultipleChoiceField(
        label=_("May"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, post, **kwargs):
        super().__init__(*args, initial={"verbs": post.verbs}, **kwargs)
        open_to = POSTS[post.code][2] if post.code in SEPARATED else VERBS.keys() - RESERVED.keys()
        self.fields["verbs"].choices = [row for row in VERBS.items() if row[0] in open_to]


# --- audit ----------------------------------------------------------------------------------
class AuditFilter(Styled, forms.Form):
    verb = forms.ChoiceField(
        label=_("Deed"), required=False, choices=[("", _("All")), *AUDIT.items()]
    )
    q = forms.CharField(label=_("User name or subject"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=DateInput())
    until = forms.DateField(label=_("To"), required=False, widget=DateInput())
