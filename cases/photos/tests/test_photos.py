"""What is taken as evidence, what is kept of it, and what is refused."""

import base64
import contextlib
import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image

from cases.machine import actions
from cases.machine.moves import MOVES
from cases.models import Attachment, Case, CaseEvent
from cases.photos import reading as photos
from cases.states import Action, State
from cases.tests.cast import MORNING, act, bring, photo, report
from citymgmt.lib.errors import BadInput

# Blue on the left, red on the right, 96 x 64 pixels, in the format of iPhones.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAACgAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34"
    "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmu"
    "bgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABgAAAA"
    "QAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAADBtZGF0AAAAJCgBrxmA93yFN//7hWBH"
    "zXdvzYLtPhdi8f6HV53YAgB7HSv/gA=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>'
GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def encoded(image_format="JPEG", size=(64, 32), **options):
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, image_format, **options)
    return buffer.getvalue()


def opened(raw):
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


def refused(raw, photo_type="close"):
    with pytest.raises(BadInput) as refusal:
        photos.read(photo_type, raw)
    assert refusal.value.status == 400
    assert refusal.value.code == "bad_photo"
    assert refusal.value.fields["photos"]
    return str(refusal.value.detail)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not an image",
        SVG,
        encoded("GIF"),
        encoded("BMP"),
        encoded()[:200],
        encoded("PNG", (600, 600))[:-300],
        b"<?php system(1); ?>" + encoded(),
    ],
    ids=["empty", "text", "svg", "gif", "bmp", "cut jpeg", "cut png", "hidden"],
)
def test_photos_what_is_no_photo_is_refused(raw):
    refused(raw)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_photos_become_jpeg_with_a_thumbnail(image_format):
    picture = photos.read("wide", encoded(image_format, (4000, 1000)))
    full, thumb = opened(picture.full), opened(picture.thumb)
    assert (full.format, full.size) == ("JPEG", (2048, 512))
    assert (thumb.format, thumb.size) == ("JPEG", (320, 80))


def test_photos_small_ones_are_not_enlarged():
    picture = photos.read("close", encoded(size=(64, 32)))
    assert opened(picture.full).size == opened(picture.thumb).size == (64, 32)


def test_photos_twenty_megabytes_are_refused_with_the_limit(settings):
    said = refused(SimpleUploadedFile("a.jpg", encoded() + bytes(20 * 2**20)))
    assert "10" in said
    settings.PHOTO_MAX_BYTES = len(encoded())
    photos.read("close", encoded())
    refused(encoded() + b"\0")


def png_of(width, height):
    """A valid head that promises so many pixels, in a few bytes."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_800, 10_000, 30_000, 65_000])
def test_photos_decompression_bombs_are_refused_unopened(side):
    refused(png_of(side, side))


def test_photos_lose_their_metadata():
    exif = Image.Exif()
    exif[MAKE] = "Camera of a person"
    exif.get_ifd(GPS)[1] = "N"
    raw = encoded(exif=exif, comment=b"taken at home", xmp=b"<x:xmpmeta>GPSLatitude</x:xmpmeta>")
    assert opened(raw).getexif()[MAKE]
    picture = photos.read("close", raw)
    for kept in (picture.full, picture.thumb):
        assert not opened(kept).getexif()
        assert {"comment", "xmp", "exif"}.isdisjoint(opened(kept).info)
        for word in (b"Camera of", b"taken at home", b"GPSLatitude"):
            assert word not in kept


def test_photos_are_turned_as_they_were_taken():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image = Image.new("RGB", (64, 32), "blue")
    image.paste("white", (0, 0, 32, 32))  # left half; seen upright it is the upper half
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, quality=95)
    upright = opened(photos.read("close", buffer.getvalue()).full)
    assert upright.size == (32, 64)
    assert min(upright.getpixel((16, 8))) > 200 > max(upright.getpixel((16, 56))[:2])


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # says so and goes on
def test_photos_broken_metadata_is_a_refusal_or_ignored_never_an_error():
    """Every single byte of the metadata changed in turn."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKE] = "abc"
    raw = encoded(size=(8, 8), exif=exif)
    end = raw.index(b"abc") + 4
    for place in range(2, end):
        for value in (0, 255):
            broken = raw[:place] + bytes([value]) + raw[place + 1 :]
            with contextlib.suppress(BadInput):
                photos.read("close", broken)


def test_photos_unknown_type_is_refused():
    refused(encoded(), "selfie")


def test_photos_are_stored_with_their_step(cast):
    case = report(cast, photos=[photo("close"), photo("wide", "green")])
    kept = list(case.attachments.all())
    assert [row.photo_type for row in kept] == ["close", "wide"]
    for row in kept:
        assert (row.event, row.by, row.round) == (case.events.get(), cast.collector, 1)
        assert row.file.read()[:3] == row.thumb.read()[:3] == b"\xff\xd8\xff"
        row.file.close()
        row.thumb.close()


def test_photos_one_bad_photo_refuses_the_whole_report(cast):
    with pytest.raises(BadInput):
        report(cast, photos=[photo(), ("close", SVG)])
    assert not Case.objects.exists()
    assert not CaseEvent.objects.exists()
    assert not Attachment.objects.exists()


def test_photos_that_cannot_be_stored_undo_the_step(cast, monkeypatch):
    case = report(cast)
    head = case.events_count, case.head_hash

    def full(*_args, **_kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(Attachment, "save", full)
    with pytest.raises(OSError, match="No space"):
        report(cast)
    with pytest.raises(OSError, match="No space"):
        actions.perform(case, "accept", by=cast.acceptor, photos=[photo()], at=MORNING)
    case.refresh_from_db()
    assert (case.state, case.events_count, case.head_hash) == ("registered", *head)
    assert Case.objects.count() == CaseEvent.objects.count() == Attachment.objects.count() == 1


def colours(raw, *places):
    image = opened(photos.read("close", raw).full)
    return [image.getpixel(place) for place in places]


def near(colour, wanted):
    return all(abs(a - b) <= 24 for a, b in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "renamed.jpg"])
def test_photos_of_an_iphone_are_taken(name):
    left, right = colours(SimpleUploadedFile(name, HEIC), (20, 30), (80, 30))
    assert near(left, (30, 30, 200))
    assert near(right, (200, 30, 30))


def test_a_cut_photo_is_told_from_what_is_none():
    assert "damaged" in _english(encoded(size=(600, 600))[:-300])
    assert "damaged" in _english(HEIC[:-20])
    assert "not a photo" in _english(b"not an image")


def _english(raw):
    with translation.override("en"):
        return refused(raw)


def test_what_is_transparent_is_white():
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (0, 0, 20, 20))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    red, white = colours(buffer.getvalue(), (5, 10), (34, 10))
    assert near(red, (200, 0, 0))
    assert near(white, (255, 255, 255))


def test_a_transparent_palette_is_white_too():
    image = Image.new("P", (40, 20), 0)
    image.putpalette([0, 0, 0, 200, 0, 0] + [0] * 762)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=0)
    assert near(colours(buffer.getvalue(), (20, 10))[0], (255, 255, 255))


def test_sixteen_bits_of_grey_keep_their_shades():
    image = Image.new("I;16", (40, 20), 40_000)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    assert near(colours(buffer.getvalue(), (20, 10))[0], (156, 156, 156))


# --- what a photo shows -------------------------------------------------------------------------
def test_where_an_after_photo_is_needed_it_is_the_usual_one():
    needing = {move.action for move in MOVES if "after_photos" in move.needed}
    assert needing
    assert {photos.types_at(action)[0] for action in needing} == {"after"}


@pytest.mark.parametrize(
    ("state", "who", "action", "inputs", "usual"),
    [
        (State.DISPOSING, "handler", Action.DISPOSE, {"opinion": "已修"}, "after"),
        (State.TO_DISPOSE, "liaison", Action.FEEDBACK, {"opinion": "已修"}, "after"),
        (State.VERIFYING, "collector", Action.VERIFY, {"verify_result": "exists"}, "close"),
        (State.CHECKING, "collector", Action.CHECK, {"check_result": "pass"}, "close"),
    ],
)
def test_every_photo_without_a_type_is_of_the_type_of_its_step(
    cast, state, who, action, inputs, usual
):
    case = verifying(cast) if state == State.VERIFYING else bring(cast, state)
    untyped = [("", photo()[1]) for _n in range(3)]
    act(cast, case, action, who, photos=[*untyped, photo("reference")], **inputs)
    rows = case.attachments.filter(event__action=action).order_by("pk")
    assert [row.photo_type for row in rows] == [usual, usual, usual, "reference"]


def verifying(cast):
    case = report(cast, by="acceptor", source="hotline_12319", photos=())
    return act(cast, case, Action.SEND_VERIFY, "acceptor", collector=cast.collector)


def test_a_reported_photo_without_a_type_is_a_close_up(cast):
    case = report(cast, photos=[("", photo()[1])])
    assert [row.photo_type for row in case.attachments.all()] == ["close"]
