"""A drawn photo for every class: ground, a thing on it, the code. Nobody takes it for a photo.

No words: a picture is looked at in every language, and the page names the class and the type.
"""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from cases.photos.reading import Picture

SIZE = (320, 240)
GROUND = {"before": "#7a7f85", "after": "#6f8f78"}


def picture(photo_type: str, code: str, taken: str) -> Picture:
    """What the class and the type look like, in a file of its own for each occasion (`taken`, a
    short text): no two photos of a city are the same. Its thumbnail is the picture itself."""
    drawn, comment = _draw(photo_type, code), taken.encode()
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    raw = drawn[:2] + segment + drawn[2:]
    return Picture(photo_type, raw, raw)


@cache
def _draw(photo_type, code):
    image = Image.new("RGB", SIZE, GROUND["after" if photo_type == "after" else "before"])
    pen = ImageDraw.Draw(image)
    hue = int(code, 36) * 47 % 360
    pen.polygon([(0, 240), (110, 96), (210, 96), (320, 240)], fill="#5b6066")
    size = {"close": 62, "wide": 26, "reference": 36}.get(photo_type, 48)
    light = "58%" if photo_type == "after" else "46%"
    pen.ellipse(
        (160 - size, 165 - size * 0.6, 160 + size, 165 + size * 0.6),
        fill=f"hsl({hue}, 45%, {light})", outline="#22262a", width=4,
    )  # fmt: skip
    if photo_type == "after":
        pen.line([(140, 165), (155, 180), (184, 148)], fill="white", width=8)
    pen.rectangle((0, 0, 320, 34), fill="#22262a")
    pen.text((10, 5), code, "white", ImageFont.load_default(20))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    return buffer.getvalue()
