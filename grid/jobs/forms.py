"""What a build is made from."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from citymgmt.accounts.forms import Styled
from grid.build.base_map import CLASS_FIELDS, NAME_FIELDS
from grid.build.builder import Sizes
from grid.files.layers import check_texts, read_lines, read_polygons
from grid.files.uploads import check_type, with_file
from grid.geometry import system_of

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
            check_type(upload)
            found = with_file(upload, lambda path: self._read(reader, path, layer, texts))
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
