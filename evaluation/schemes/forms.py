"""The form of a new version of a scheme."""

import json

from django import forms
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import DateInput, Styled


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
