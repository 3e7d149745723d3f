"""What a program may send: every shape refuses names that it does not know.

The fields of an action are those of `cases.machine.inputs`: nothing is listed twice.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.campaigns import joining as campaigns
from cases.devices import made
from cases.machine import waiting
from cases.machine.inputs import DEFINITIONS, Type
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


MOST_PHOTOS = 9


class WithPhotos(Strict):
    """Photos are sent ahead to `/api/v1/photos/` and named in `photo_ids`, or travel beside the
    inputs: `photo_types` and `photos_made_at` in the order of `photos`.

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
    photos = serializers.ListField(child=Photo(), default=list, max_length=MOST_PHOTOS)
    photo_types = serializers.ListField(
        child=serializers.ChoiceField(Attachment.PhotoType.choices),
        default=list,
        max_length=MOST_PHOTOS,
    )
    photo_ids = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=MOST_PHOTOS,
        help_text="The `uuid` of photos that you sent ahead; each is used once.",
    )


class PhotoIn(Strict):
    """One photo ahead of the report or action that will name it."""

    photo = Photo()
    photo_type = serializers.ChoiceField(
        Attachment.PhotoType.choices,
        required=False,
        help_text="The usual one of the step that names it, unless given.",
    )
    made_at = serializers.DateTimeField(
        required=False, help_text="When it was taken, as the device says."
    )
    client_uuid = serializers.UUIDField(
        required=False, help_text="The same again gives the same photo."
    )


class PhotosIn(Strict):
    """`photo_types` in the order of `photos`; one without a type is a close-up."""

    client_uuid = serializers.UUIDField(required=False)
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


def photos_of(given, by):
    """(photo_type, file, made_at) of each, those sent ahead first; one without a type is of the
    type usual at its step."""
    ahead = waiting.named(by, given.pop("photo_ids", []))
    along = _along(given)
    if len(ahead) + len(along) > MOST_PHOTOS:
        detail = _("At most %(most)s photos.") % {"most": MOST_PHOTOS}
        raise BadInput(detail, fields={"photo_ids": [detail], "photos": [detail]})
    return ahead + along


def _along(given):
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
    """What the device says of the act (`cases.devices.made.Made`), or None."""
    return made.read(*(given.pop(name, None) for name in ("made_at", "made_lon", "made_lat")))


# --- for the schema ---------------------------------------------------------------------------
class StrictSchema(OpenApiSerializerExtension):
    """What is refused is said: unknown names, and texts that are blank."""

    target_class = Strict
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema["additionalProperties"] = False
        for name, field in self.target.fields.items():
            if isinstance(field, serializers.CharField) and not field.allow_blank:
                schema["properties"][name] |= {"minLength": 1}
        return schema


ALONG = {"photos", "photo_types", "photos_made_at"}


def without_photos(shape, name):
    """The body of JSON for `extend_schema`, which carries no files: photos are sent ahead, or
    follow by themselves.

    A client generated from a schema sends one kind of body to an address; multipart with `photos`
    is understood as well and described in words.
    """

    def get_fields(self):
        fields = super(shaped, self).get_fields()
        return {key: field for key, field in fields.items() if key not in ALONG}

    shaped = type(name, (shape,), {"get_fields": get_fields, "__doc__": shape.__doc__})
    return {"application/json": shaped}
