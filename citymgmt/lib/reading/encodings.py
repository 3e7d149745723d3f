"""How the letters of a file are written: UTF-8 where they can be, else the Chinese standard.

Chinese office programs write GBK without saying so, and many files name an encoding they are not
in. Strict UTF-8 practically never fits another text by chance, so it is tried first; GB18030
holds GBK and GB2312. Pure.
"""

import codecs
import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

CHINESE = "gb18030"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Older names of the same letters, as .cpg files and people write them.
SAME = {
    "gbk",
    "gb2312",
    "cp936",
    "936",
    "ansi936",
    "ms936",
    "x-gbk",
    "gb",
    "gb18030-2000",
    "ansi 936",
}
SAME_UTF8 = {"65001", "utf8", "utf-8", "cp65001", "utf_8"}
SAME_BIG5 = {"950", "ms950", "ansi 950", "big-5"}
USUAL = (0xB0, 0xD7)  # first bytes of the letters that GB2312 lists as usual
PLAIN = 0.9
HAN = re.compile("[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
LATIN = re.compile("[\u0080-\u00ff]{2,}")
ACCENTED = re.compile("[À-ÿ]")
PRIVATE = re.compile("[\ue000-\uf8ff]")


class Unreadable(Exception):
    """Text number `index` is in none of the encodings; `codec` is the one that was asked for."""

    def __init__(self, index: int, codec: str = "") -> None:
        super().__init__(index, codec)
        self.index, self.codec = index, codec


def codec_named(name: str | None) -> str | None:
    """Python's codec of a name as offices write it; None for "" and "auto"; LookupError."""
    known = (name or "").strip().lower()
    if known in ("", "auto"):
        return None
    if known in SAME:
        return CHINESE
    if known in SAME_UTF8:
        return "utf-8"
    if known in SAME_BIG5:
        return "big5"
    found = codecs.lookup(known)
    if not found._is_text_encoding:  # type: ignore[attr-defined]
        raise LookupError(known)
    return found.name


def choose(texts: Iterable[bytes], stated: str | None = None, hint: str | None = None) -> str:
    """The codec of these texts. stated: by a person, so nothing else is tried; hint: by the file.

    A text may end within a character (a field too short for its text), which is told elsewhere.
    Unreadable when no codec fits all of them.
    """
    texts = [text for text in texts if not text.isascii()]
    if stated:
        wrong = first_wrong(texts, stated)
        if wrong is not None:
            raise Unreadable(wrong, stated)
        return stated
    if first_wrong(texts, "utf-8") is None:
        return "utf-8"
    tried = [CHINESE] if not hint or _fits_anything(hint) else [hint, CHINESE]
    fitting = [codec for codec in tried if first_wrong(texts, codec) is None]
    if not fitting:
        raise Unreadable(first_wrong(texts, CHINESE) or 0)
    # What a file says of itself may be a lie that fits by chance; plain Chinese is no chance.
    plain = CHINESE in fitting and _share_of_usual(texts) >= PLAIN
    return CHINESE if plain else fitting[0]


def _share_of_usual(texts):
    """Which part of the letters, read as GB18030, the standard lists as usual."""
    text = b"".join(texts).decode(CHINESE, "ignore")
    letters = [letter for letter in text if not letter.isascii()]
    return sum(map(_usual, letters)) / max(len(letters), 1)


def _usual(letter):
    try:
        return USUAL[0] <= letter.encode("gb2312")[0] <= USUAL[1]
    except UnicodeEncodeError:
        return False


def _fits_anything(codec):
    """Whether each byte is a letter in it: such a statement proves nothing."""
    try:
        return len(bytes(range(0xA1, 0xFF)).decode(codec)) == 0xFF - 0xA1
    except UnicodeDecodeError:
        return False


def first_wrong(texts: Iterable[bytes], codec: str) -> int | None:
    for index, text in enumerate(texts):
        try:
            codecs.getincrementaldecoder(codec)("strict").decode(text, False)
        except UnicodeDecodeError:
            return index
    return None


def decode_file(data: bytes, stated: str | None = None) -> str:
    """A whole text file. Its mark, what a person says, UTF-8, GB18030; Unreadable with the line."""
    for mark, codec in MARKS:
        if data.startswith(mark):
            return _whole(data, codec)
    if stated:
        return _whole(data, stated)
    if wide := _unmarked_wide(data[:200]):
        return _whole(data, wide)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _whole(data, CHINESE)


def _whole(data, codec):
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise Unreadable(data[: error.start].count(b"\n") + 1, codec) from error


def _unmarked_wide(head):
    """UTF-16 without its mark: every other byte of its commas and digits is zero."""
    if head[1:2] == b"\0" or head.count(b"\0") > len(head) // 4:
        return "utf-16-be" if head[0::2].count(0) > head[1::2].count(0) else "utf-16-le"
    return None


def noise(text: str) -> str:
    """Why a text is no word but letters read in the wrong encoding; "" when it may be meant."""
    if text.isascii():
        if set(text) == {"?"} and len(text) > 1:
            return _("the letters of the text are lost: only question marks are left")
        return ""
    if "\ufffd" in text or "锟斤拷" in text:
        return _("the letters of the text are lost; the file was saved in the wrong encoding")
    if PRIVATE.search(text) or _latin_noise(text) or _twice(text):
        return _("the text is noise: its file was read in the wrong encoding once")
    return ""


def _latin_noise(text):
    run = not HAN.search(text) and LATIN.search(text)
    return bool(run and ACCENTED.search(run.group()))


def _twice(text):
    """UTF-8 that somebody read as GBK: it becomes Chinese of another meaning, and can be undone."""
    if not HAN.search(text):
        return False
    try:
        return bool(HAN.search(text.encode(CHINESE).decode("utf-8")))
    except UnicodeError:
        return False
