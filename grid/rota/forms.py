"""The form of a shift."""

from django import forms
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import Styled
from grid.models import Shift


class ShiftForm(Styled, forms.ModelForm):
    class Meta:
        model = Shift
        fields = ["code", "name_zh", "name_en", "starts", "ends", "active"]
        widgets = {
            "starts": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "ends": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {"ends": _("At or before the beginning: on the next day.")}
