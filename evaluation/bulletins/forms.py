"""The form of a bulletin's words."""

from django import forms
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import Styled
from evaluation.bulletins.actions import BLOCKS, TITLE_LENGTH

BLOCK_NAMES = {
    "summary": _("Totals"),
    "sources": _("Sources"),
    "classes": _("Classes"),
    "rankings": _("Rankings"),
    "remarks": _("Remarks"),
}


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
