"""What a program may send: every shape refuses names that it does not know.

The fields of an action are those of `cases.inputs`: nothing is listed twice.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases import campaigns, made
from cases.inputs import DEFINITIONS, Type
from cases.models import Attachment
from citymgmt.lib.errors import BadInput
from inventory.models import Kind


class Strict(serializers.Serializer):
    """Refuses what it does not know: a misspelt name is never dropped in silence."""

    def to_internal_value(self, data):
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            detail = _("Unknown field.")
            raise BadInput(detail, "unknown_field", {name: [detail] for name in unknown})
        return super().to_internal_value(data)


class TokenIn(Strict):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


@extend_schema_field(OpenApiTypes.BINARY)
class Photo(serializers.FileField):
    """In the schema a file to be sent, not the address of one."""


class WithPhotos(Strict):
    """Photos travel beside the inputs: `photo_types` and `photos_made_at` in the order of `photos`.

    `made_…` is what the device says of when and where it was done, which may be long before it
    arrives; `photos_made_at` is when each photo was taken.
    """

    made_at = serializers.DateTimeField(required=False, allow_null=True)
    made_lon = serializers.FloatField(required=False, allow_null=True)
    made_lat = serializers.FloatField(required=False, allow_null=True)
    photos_made_at = serializers.ListField(
        child=serializers.DateTimeField(), default=list, max_length=9
    )
    client_uuid = serializers.UUIDField(required=False, allow_null=True)
    photos = serializers.ListField(child=Photo(), default=list, max_length=9)
    photo_types = serializers.ListField(
        child=serializers.ChoiceField(Attachment.PhotoType.choices), default=list, max_length=9
    )


class PhotosIn(Strict):
    """`photo_types` in the order of `photos`; one without a type is a close-up."""

    client_uuid = serializers.UUIDField(required=False, allow_null=True)
    photos = serializers.ListField(child=Photo(), min_length=1, max_length=9, allow_empty=False)
    photo_types = serializers.ListField(
        child=serializers.ChoiceField(Attachment.PhotoType.choices), default=list, max_length=9
    )


class ReportIn(WithPhotos):
    kind = serializers.ChoiceField(Kind.choices)
    class_code = serializers.CharField(max_length=8)
    filing_condition = serializers.IntegerField(required=False, allow_null=True)
    component = serializers.CharField(max_length=17, required=False, allow_blank=True)
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    description = serializers.CharField(max_length=4000, allow_blank=True, default="")
    address = serializers.CharField(max_length=256, allow_blank=True, default="")
    source = serializers.CharField(max_length=32)
    urgent = serializers.BooleanField(default=False)
    self_disposed = serializers.BooleanField(default=False)
    on_guard = serializers.BooleanField(default=False)
    campaign = serializers.CharField(
        default=campaigns.AUTO,
        help_text="The key of a campaign that runs, “none”, or “auto”: as class and place say.",
    )


class Codes(serializers.ListField):
    """Several codes: a list, or one text with commas between them."""

    child = serializers.CharField()

    def to_internal_value(self, data):
        given = [data] if isinstance(data, str) else data
        if not isinstance(given, list):
            return super().to_internal_value(data)
        parts = [one.split(",") if isinstance(one, str) else [one] for one in given]
        return super().to_internal_value([code for part in parts for code in part])


def _flag(row):
    return serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text=row.label
    )


def _answer(row):
    return serializers.ChoiceField(list(row.answers.items()), required=False, help_text=row.label)


def _text(row):
    """Whoever leaves a needed one blank hears that it is needed, by its name."""
    return serializers.CharField(required=False, allow_blank=True, help_text=row.label)


FIELDS_OF = {
    Type.TEXT: _text,
    Type.CODE: _text,
    Type.PERSON: _text,
    Type.CODES: lambda row: Codes(required=False, help_text=row.label),
    Type.KEY: lambda row: serializers.IntegerField(required=False, help_text=row.label),
    Type.ANSWER: _answer,
    Type.FLAG: _flag,
    Type.POSITION: lambda row: serializers.CharField(
        required=False, help_text=f"{row.label} (lon,lat)"
    ),
    Type.MOMENT: lambda row: serializers.CharField(
        required=False, help_text=f"{row.label} (ISO 8601)"
    ),
}


class ActionIn(WithPhotos):
    """The inputs of the table of moves by their names, and `photos` beside them."""

    def get_fields(self):
        own = {row.name: FIELDS_OF[row.type](row) for row in DEFINITIONS if row.parse}
        return own | super().get_fields()


def read(shape, data):
    if hasattr(data, "setlist") and "photos[]" in data:
        data = data.copy()
        data.setlist("photos", [*data.getlist("photos"), *data.pop("photos[]")])
    form = shape(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def photos_of(given):
    """(photo_type, file, made_at) of each; one without a type is of the type usual at its step."""
    files = given.pop("photos", [])
    types = given.pop("photo_types", [])
    if len(types) > len(files):
        detail = _("More types than photos.")
        raise BadInput(detail, fields={"photo_types": [detail]})
    types += [""] * (len(files) - len(types))
    moments = given.pop("photos_made_at", [])
    moments += [None] * (len(files) - len(moments))
    return list(zip(types, files, moments[: len(files)], strict=True))


def made_of(given):
    """What the device says of the act (`cases.made.Made`), or None."""
    return made.read(*(given.pop(name, None) for name in ("made_at", "made_lon", "made_lat")))


# --- for the schema: JSON carries no files ----------------------------------------------------
def without_photos(shape, name):
    """The body of JSON for `extend_schema`: photos follow by themselves.

    A client generated from a schema sends one kind of body to an address; multipart with `photos`
    is understood as well and described in words.
    """

    def get_fields(self):
        fields = super(shaped, self).get_fields()
        return {key: field for key, field in fields.items() if "photo" not in key}

    shaped = type(name, (shape,), {"get_fields": get_fields, "__doc__": shape.__doc__})
    return {"application/json": shaped}
