"""What a stranger's photo costs the server: bounded before it is decoded, one at a time."""

import io
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from cases.photos import reading as photos
from cases.photos.tests.test_photos import ORIENTATION, encoded, opened, png_of, refused

ROOT = Path(__file__).resolve().parents[3]
SIDE = 7740
PARALLEL = """
import resource, sys, threading
import django
django.setup()
from cases.photos import reading as photos
from citymgmt.lib.errors import BadInput
raw = open(sys.argv[1], "rb").read()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
def read():
    try:
        photos.read("close", raw)
        said.append("taken")
    except BadInput:
        said.append("refused")
said, before = [], peak()
threads = [threading.Thread(target=read) for _n in range(4)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(peak() - before, *said)
"""


def peak_of_four(path):
    """(megabytes by which the largest memory of a process grew, what was said of four photos)."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "citymgmt.settings"}
    found = subprocess.run(
        [sys.executable, "-c", PARALLEL, path],
        cwd=ROOT, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    grown, *said = found.stdout.split()
    return int(grown), said


@pytest.mark.parametrize(
    ("image_format", "size", "options", "said", "most"),
    [
        ("PNG", (SIDE, SIDE), {}, "refused", 30),
        ("PNG", (5000, 5000), {}, "taken", 300),
        ("JPEG", (SIDE, SIDE), {}, "taken", 300),
        ("JPEG", (SIDE, SIDE), {"progressive": True}, "refused", 30),
        ("WEBP", (5000, 4900), {"quality": 1}, "taken", 350),
    ],
)
def test_four_at_once_take_the_memory_of_one(tmp_path, image_format, size, options, said, most):
    path = tmp_path / "photo"
    Image.new("RGBA" if image_format == "PNG" else "RGB", size).save(path, image_format, **options)
    grown, told = peak_of_four(path)
    assert told == [said] * 4
    assert grown <= most


@pytest.mark.parametrize("side", [5_001, 7_700, 65_000])
def test_a_promise_of_many_pixels_is_refused_unopened(side):
    refused(png_of(side, side))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_large_photos_of_every_kind_are_reduced_and_upright(mode):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    buffer = io.BytesIO()
    Image.new(mode, (4100, 100)).save(buffer, "PNG", exif=exif)
    full = opened(photos.read("close", buffer.getvalue()).full)
    assert (full.mode, full.size) == ("RGB", (50, 2048))


def test_a_jpeg_is_decoded_at_a_fraction_of_its_size(monkeypatch):
    decoded, raw = [], encoded(size=(8000, 6000))
    load = Image.Image.load

    def noted(self):
        decoded.append(self.size)
        return load(self)

    monkeypatch.setattr(Image.Image, "load", noted)
    picture = photos.read("close", raw)
    assert opened(picture.full).size == (2048, 1536)
    assert max(decoded) <= (4000, 3000)


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_that_ends_early_is_refused(image_format, kept):
    raw = io.BytesIO()
    Image.effect_noise((300, 300), 80).convert("RGB").save(raw, image_format)
    refused(raw.getvalue()[: int(len(raw.getvalue()) * kept)])


def test_text_in_a_photo_is_not_unpacked_without_end():
    raw = encoded("PNG")
    body = b"Comment\0\0" + zlib.compress(bytes(200 * 2**20), 9)
    kind = b"zTXt"
    chunk = len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
    refused(raw[:33] + chunk + raw[33:])
