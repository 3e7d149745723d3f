"""What a build is made from, and what a change of cells is asked with."""

import json
import tempfile
from pathlib import Path

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.lib.errors import BadInput
from grid import drawn
from grid.basemap import CLASS_FIELDS, NAME_FIELDS
from grid.builder import Sizes
from grid.geometry import system_of
from grid.models import GridChange
from grid.sources import check_texts, read_lines, read_polygons

TYPES = (".gpkg", ".fgb", ".geojson", ".json", ".zip")
LARGEST = 300 * 1024 * 1024
ENCODINGS = [
    ("", lazy("found out")),
    ("utf-8", "UTF-8"),
    ("gb18030", "GB18030, GBK, GB2312"),
    ("big5", "Big5"),
]
READERS = {
    "roads": read_lines, "barriers": read_lines, "areas": read_polygons,
    "compounds": read_polygons, "buildings": read_polygons,
}  # fmt: skip


def _check_type(upload):
    if Path(upload.name).suffix.lower() not in TYPES:
        raise forms.ValidationError(
            _("%(name)s: give a GeoPackage, FlatGeobuf, GeoJSON or zipped shapefile (%(types)s).")
            % {"name": upload.name, "types": ", ".join(TYPES)}
        )
    if upload.size > LARGEST:
        raise forms.ValidationError(
            _("%(name)s is larger than %(mb)d MB.")
            % {"name": upload.name, "mb": LARGEST // 1024 // 1024}
        )


def _with_file(upload, deed):
    """deed(path) of the upload; ValueError becomes the field's error."""
    with tempfile.TemporaryDirectory() as place:
        # Under a name of ours: some names are addresses to those who open them.
        path = Path(place) / f"file{Path(upload.name).suffix.lower()}"
        with path.open("wb") as target:
            for chunk in upload.chunks():
                target.write(chunk)
        try:
            return deed(path)
        except (ValueError, BadInput) as error:
            raise forms.ValidationError(f"{upload.name}: {error}") from error


class BuildForm(Styled, forms.Form):
    """Files of a trial run; each is read here, so that what is wrong stands beside its field."""

    roads = forms.FileField(label=lazy("Road centre lines"))
    areas = forms.FileField(
        label=lazy("Communities"), required=False,
        help_text=lazy("Polygons with code and name; without them areas are stood in for."),
    )  # fmt: skip
    barriers = forms.FileField(
        label=lazy("Rivers, rails, walls"), required=False,
        help_text=lazy("Lines or polygons that no cell crosses."),
    )  # fmt: skip
    compounds = forms.FileField(
        label=lazy("Compounds"), required=False,
        help_text=lazy("Polygons kept whole, whatever their size."),
    )  # fmt: skip
    buildings = forms.FileField(
        label=lazy("Buildings"), required=False, help_text=lazy("Outlines that no split cuts.")
    )
    district = forms.RegexField(
        r"^\d{6}$", label=lazy("District code"), required=False,
        help_text=lazy("Six digits; needed where no communities are given."),
    )  # fmt: skip
    name = forms.CharField(label=lazy("Name of the district"), max_length=80, required=False)
    roads_layer = forms.CharField(
        label=lazy("Layer of the roads"), required=False,
        help_text=lazy("Where the file has several."),
    )  # fmt: skip
    code_field = forms.CharField(label=lazy("Field of the area code"), initial="code")
    name_field = forms.CharField(label=lazy("Field of the area name"), initial="name")
    encoding = forms.ChoiceField(
        label=lazy("Encoding of the text"),
        required=False,
        choices=ENCODINGS,
        help_text=lazy("Only where names come out wrong: UTF-8 and GBK are told apart."),
    )
    crs = forms.CharField(
        label=lazy("Coordinate system"),
        required=False,
        max_length=60,
        help_text=lazy(
            "Only where the files lie or do not tell: the number of a zone, GCJ-02, BD-09."
        ),
    )
    built_up_max = forms.FloatField(
        label=lazy("Largest built-up block (m²)"), initial=Sizes.built_up_max, min_value=20_000,
        help_text=lazy("A larger one between the lines is open land or water and stays whole."),
    )  # fmt: skip

    def clean_crs(self):
        crs = self.cleaned_data["crs"]
        if crs:
            try:
                system_of(crs)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return crs

    def clean(self):
        found = super().clean()
        for name, reader in READERS.items():
            if found.get(name):
                self._look(name, reader)
        if not found.get("areas") and not found.get("district") and "district" not in self.errors:
            self.add_error("district", _("Without communities a district code is needed."))
        return found

    def _look(self, name, reader):
        upload = self.cleaned_data[name]
        layer = self.cleaned_data.get("roads_layer") if name == "roads" else None
        texts = self._texts().get(name, ())
        try:
            _check_type(upload)
            found = _with_file(upload, lambda path: self._read(reader, path, layer, texts))
        except forms.ValidationError as error:
            self.add_error(name, error)
            return
        if name == "areas":
            self._check_fields(upload.name, found.fields)

    def _read(self, reader, path, layer, texts):
        given = {name: self.cleaned_data.get(name) or None for name in ("encoding", "crs")}
        found = reader(path, layer=layer or None, **given)
        check_texts(found, texts)
        return found

    def _texts(self):
        """The fields of each file whose words are stored."""
        words = [self.cleaned_data.get(name) for name in ("code_field", "name_field")]
        return {"roads": (*NAME_FIELDS, *CLASS_FIELDS), "areas": tuple(filter(None, words))}

    def _check_fields(self, file, fields):
        for name in ("code_field", "name_field"):
            wanted = self.cleaned_data.get(name)
            if wanted and wanted not in fields:
                self.add_error(
                    name,
                    _("%(file)s has no field %(field)s; it has: %(fields)s.")
                    % {"file": file, "field": wanted, "fields": ", ".join(fields) or "–"},
                )

    @property
    def given(self):
        """The uploads by field."""
        return {name: self.cleaned_data[name] for name in READERS if self.cleaned_data.get(name)}

    @property
    def options(self):
        words = ("district", "name", "roads_layer", "code_field", "name_field", "built_up_max")
        return {name: self.cleaned_data[name] for name in (*words, "encoding", "crs")}


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
        _check_type(upload)
        return _with_file(upload, drawn.from_file)

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
        """Keywords of `grid.changing.preview`."""
        found = self.cleaned_data
        words = ("kind", "on", "codes", "community", "drawn")
        return {name: found[name] for name in words}


class ApplyForm(ChangeForm):
    """The same again with the token of the preview."""

    token = forms.CharField(widget=forms.HiddenInput)
    note = forms.CharField(label=lazy("Reason"), max_length=1000, required=False)
