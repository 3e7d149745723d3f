"""The form of a period to compute."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import DateInput, Styled
from evaluation.counting import periods
from evaluation.models import SchemeRow

PRESETS = {
    "last_week": _("Last week"),
    "this_week": _("This week"),
    "last_month": _("Last month"),
    "this_month": _("This month"),
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
