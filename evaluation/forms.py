"""Forms: a period to compute, the words of a bulletin, a new version of a scheme."""

import json

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import DateInput, Styled
from evaluation import periods
from evaluation.bulletins import BLOCKS, TITLE_LENGTH
from evaluation.models import SchemeRow

PRESETS = {
    "last_week": _("Last week"),
    "this_week": _("This week"),
    "last_month": _("Last month"),
    "this_month": _("This month"),
}
BLOCK_NAMES = {
    "summary": _("Totals"),
    "sources": _("Sources"),
    "classes": _("Classes"),
    "rankings": _("Rankings"),
    "remarks": _("Remarks"),
}


class PeriodForm(Styled, forms.Form):
    """Days from a preset button or from the two fields."""

    scheme = forms.ChoiceField(label=_("Scheme"))
    start = forms.DateField(label=_("From"), required=False, widget=DateInput())
    end = forms.DateField(label=_("Until"), required=False, widget=DateInput())
    preset = forms.ChoiceField(required=False, choices=list(PRESETS.items()))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        codes = SchemeRow.objects.order_by("code").values_list("code", flat=True).distinct()
        self.fields["scheme"].choices = [(code, code) for code in codes]

    def clean(self):
        data = super().clean()
        if preset := data.get("preset"):
            data["start"], data["end"] = periods.presets(timezone.localdate())[preset]
        for name in ("start", "end"):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("Enter a date."))
        return data


class BulletinForm(Styled, forms.Form):
    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in BLOCKS:
            self.fields[name] = forms.CharField(
                label=BLOCK_NAMES[name], required=False, max_length=8000,
                widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
            )  # fmt: skip

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in BLOCKS}


class Indented(json.JSONEncoder):
    """One value to a line, letters as they are."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "indent": 2, "ensure_ascii": False})


def json_input(rows):
    attrs = {"class": "form-control scores-json", "rows": rows, "spellcheck": "false"}
    return forms.Textarea(attrs=attrs)


class SchemeForm(Styled, forms.Form):
    effective_from = forms.DateField(label=_("Effective from"), widget=DateInput())
    scheme = forms.JSONField(label=_("Scheme (JSON)"), widget=json_input(24), encoder=Indented)
    settings = forms.JSONField(label=_("Settings (JSON)"), widget=json_input(8), encoder=Indented)
