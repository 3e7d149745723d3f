"""The form of an area's class."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import DateInput, Styled
from grid.models import Area


class AreaClassForm(Styled, forms.Form):
    area_class = forms.ChoiceField(label=_("Area class"), choices=[(c, c) for c in "ABC"])
    on = forms.DateField(label=_("From"), widget=DateInput())

    def __init__(self, *args, area: Area, **kwargs):
        initial = {"on": timezone.localdate(), "area_class": area.area_class}
        super().__init__(*args, initial=initial, **kwargs)
