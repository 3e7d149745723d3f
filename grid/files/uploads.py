"""An uploaded GIS file: of a known kind, not too large, and read under a name of ours."""

import tempfile
from pathlib import Path

from django import forms
from django.utils.translation import gettext as _

from citymgmt.lib.errors import BadInput

TYPES = (".gpkg", ".fgb", ".geojson", ".json", ".zip")
LARGEST = 300 * 1024 * 1024


def check_type(upload):
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


def with_file(upload, deed):
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
