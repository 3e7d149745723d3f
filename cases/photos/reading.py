"""Photos as evidence: checked by content, re-encoded without metadata, thumbnailed."""

import contextlib
import hashlib
import io
import struct
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from pi_heif import register_heif_opener
from PIL import Image, ImageOps, UnidentifiedImageError

from cases.devices.made import moment
from cases.models import Attachment, WaitingPhoto
from cases.record import chain as record
from cases.states import Action
from citymgmt.lib import keyed
from citymgmt.lib.errors import BadInput

register_heif_opener()  # what iPhones keep; without it a photo that came by cable is no evidence

LONGEST, THUMB = 2048, 320
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
_decoding = threading.Lock()  # of a process: what one photo takes is all that photos take
# What Pillow raises for broken files and broken metadata.
UNREADABLE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, LookupError, struct.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


# What a photo shows, as it is asked at a step; what is usual there stands first.
EVIDENCE = ("close", "wide", "reference")
WORK = ("after", "before", "reference")
AFTER_WORK = {Action.DISPOSE, Action.FEEDBACK, Action.ASSIST_FEEDBACK}


def types_at(action) -> tuple[str, ...]:
    """The photo types of a step. The first is that of every photo which says nothing else."""
    return WORK if action in AFTER_WORK else EVIDENCE


@dataclass(frozen=True)
class Picture:
    """A photo that passed every check, ready to be stored."""

    photo_type: str
    full: bytes
    thumb: bytes
    made_at: datetime | None = None  # as the device says
    waiting: UUID | None = None  # of the one that was sent ahead

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.full).hexdigest()


def read(photo_type: str, file, made_at=None) -> Picture:
    """Check and re-encode an upload; a `Picture` is taken as it is. BadInput says what is wrong.

    `made_at`: when it was taken, as the device says (ISO 8601 text, milliseconds or an instant).
    """
    if photo_type not in Attachment.PhotoType.values:
        raise _wrong(_("Unknown photo type."))
    if isinstance(file, Picture):
        return replace(file, photo_type=photo_type, made_at=made_at or file.made_at)
    raw = file if isinstance(file, bytes) else _from_start(file)
    if len(raw) > settings.PHOTO_MAX_BYTES:
        megabytes = settings.PHOTO_MAX_BYTES // 2**20
        raise _wrong(_("The photo is larger than %(max)s MB.") % {"max": megabytes})
    image = _open(raw)
    taken = moment("photos_made_at", made_at)
    return Picture(photo_type, _jpeg(image, LONGEST, 85), _jpeg(image, THUMB, 75), taken)


def _from_start(file) -> bytes:
    """A deed that is tried again reads its files again."""
    file.seek(0)
    return file.read(settings.PHOTO_MAX_BYTES + 1)


def read_all(photos, action) -> list[Picture]:
    """(photo_type, file) or (photo_type, file, made_at) of a step, checked; an empty type is the
    usual one of the step."""
    usual = types_at(action)[0]
    return [read(kind or usual, *rest) for kind, *rest in photos]


def _open(raw):
    """The photo, upright, in three colours and no larger than it is kept."""
    try:
        image = Image.open(io.BytesIO(raw), formats=FORMATS)
        if image.width * image.height > _most_pixels(image):
            raise _wrong(_("The photo has too many pixels."))
        with _decoding:
            image = _reduced(image)
        image = _flat(ImageOps.exif_transpose(image))
    except UNREADABLE:
        raise _wrong(_what_is_wrong(raw)) from None
    image.info = {}  # a comment would be written again
    return image


def _most_pixels(image) -> int:
    """Of a photo in this format; a progressive JPEG is held whole while it is decoded."""
    progressive = "progressive" in image.info
    return settings.PHOTO_MAX_PIXELS["progressive" if progressive else image.format]


def _reduced(image):
    """Decoded, a JPEG at a fraction of its size already, before anything else makes copies."""
    image.draft(None, (LONGEST, LONGEST))
    image.load()
    if image.mode.startswith("I"):  # grey in 16 bits
        image = image.convert("I")
    elif image.mode in ("1", "P", "PA"):  # their pixels are no shades that can be averaged
        exif = image.info.get("exif")
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        image.info = {"exif": exif} if exif else {}
    image.thumbnail((LONGEST, LONGEST))
    return image


def _flat(image):
    """Three colours without transparency: what can be seen through is white, as on paper."""
    if image.mode == "I":  # the upper eight bits are what a screen shows
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _what_is_wrong(raw) -> str:
    """A photo that was cut off on its way is told from what never was one."""
    with contextlib.suppress(*UNREADABLE):
        Image.open(io.BytesIO(raw), formats=FORMATS)
        return _("This photo is damaged: it was not transferred completely. Please send it again.")
    return _("This is not a photo (JPEG, PNG, WebP or HEIC).")


def _jpeg(image, longest, quality):
    copy = image.copy()
    copy.thumbnail((longest, longest))
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _wrong(detail, name="photos"):
    return BadInput(detail, code="bad_photo", fields={name: [str(detail)]})


def store(pictures, case, event, by, *, at=None, client_uuid=None) -> list[Attachment]:
    """Write the files and rows. Call inside the transaction of the step they belong to.

    `at` (the moment of the step) and `client_uuid` are of photos that come after it.

    BadInput for a photo sent ahead that belongs to a step already.
    """
    rows = []
    for picture in pictures:
        row = Attachment(
            uuid=_used(picture.waiting) if picture.waiting else uuid4(),
            case=case, event=event, photo_type=picture.photo_type, round=case.round, by=by,
            at=at or event.at, made_at=_taken(picture, event), client_uuid=client_uuid,
            sha256=picture.sha256, thumb_sha256=hashlib.sha256(picture.thumb).hexdigest(),
        )  # fmt: skip
        row.file.save("full.jpg", ContentFile(picture.full), save=False)
        if picture.thumb is picture.full:
            row.thumb.name = row.file.name
        else:
            row.thumb.save("thumb.jpg", ContentFile(picture.thumb), save=False)
        row.mac = keyed.sign(*record.photo_content(row))
        row.save(force_insert=True)
        rows.append(row)
    return rows


def _used(waiting):
    """One photo proves one step; the first that asks for it has it."""
    if not WaitingPhoto.objects.filter(uuid=waiting, used=False).update(used=True):
        raise _wrong(_("This photo belongs to another step already."), "photo_ids")
    return waiting


def _taken(picture, event):
    """A photo taken after it came in has a wrong clock behind it: nothing is known of when."""
    at = picture.made_at
    return at if at and at <= event.at else None
