"""What a change of cells is asked with."""

import json

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from citymgmt.accounts.forms import DateInput, Styled
from grid.change import drawings
from grid.files.uploads import check_type, with_file
from grid.models import GridChange


class ChangeForm(Styled, forms.Form):
    """A change of cells as the page sends it; `drawn` is GeoJSON, or comes out of the file."""

    kind = forms.ChoiceField(label=lazy("Change"), choices=GridChange.Kind.choices)
    codes = forms.CharField(
        label=lazy("Unit grids"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=lazy("Click them on the map, or write their codes."),
    )  # fmt: skip
    community = forms.RegexField(
        r"^\d{12}$", label=lazy("Community code"), required=False,
        error_messages={"invalid": lazy("A community code has 12 digits.")},
    )  # fmt: skip
    on = forms.DateField(label=lazy("In effect from"), widget=DateInput())
    drawn = forms.CharField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=lazy("Polygons of the community"), required=False,
        help_text=lazy("All its cells: GeoPackage, FlatGeobuf, GeoJSON or zipped shapefile."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        kwargs["initial"] = {"on": timezone.localdate()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def clean_codes(self):
        return self.cleaned_data["codes"].replace(",", " ").replace("、", " ").split()

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if not upload:
            return None
        check_type(upload)
        return with_file(upload, drawings.from_file)

    def clean(self):
        found = super().clean()
        if found.get("file"):
            found["drawn"] = json.dumps(found["file"])
        drawing = found.get("kind") in (GridChange.Kind.SPLIT, GridChange.Kind.REDRAW)
        if drawing and not found.get("drawn"):
            self.add_error(None, _("Draw it on the map first."))
        missing = found.get("kind") == GridChange.Kind.REIMPORT and not found.get("drawn")
        if missing and "file" not in self.errors:
            self.add_error("file", _("Give the file with the cells of the community."))
        return found

    @property
    def wish(self):
        """Keywords of `grid.change.actions.preview`."""
        found = self.cleaned_data
        words = ("kind", "on", "codes", "community", "drawn")
        return {name: found[name] for name in words}


class ApplyForm(ChangeForm):
    """The same again with the token of the preview."""

    token = forms.CharField(widget=forms.HiddenInput)
    note = forms.CharField(label=lazy("Reason"), max_length=1000, required=False)
