"""A form without the contents of its files, made while it comes: what was typed is not lost where
the whole would be more than its sender may bring."""

import re
from collections.abc import Iterable

from django.utils.http import parse_header_parameters

FILE = re.compile(rb";\s*filename\*?\s*=", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"


class Texts:
    """Takes the bytes of `multipart/form-data` piece by piece and keeps them without the contents
    of files, whose names stay. `most`: bytes that are kept; a form with more is not `whole`."""

    def __init__(self, boundary: bytes, most: int) -> None:
        self._mark, self._most = b"\r\n--" + boundary, most
        self._waiting = b"\r\n"  # the first boundary stands at the beginning of a line as well
        self._in_head, self._dropped, self._ended, self._given_up = False, True, False, False
        self.kept = bytearray()

    @property
    def whole(self) -> bool:
        return self._ended and not self._given_up

    def feed(self, data: bytes) -> None:
        if self._ended or self._given_up:
            return
        self._waiting += data
        while self._took_part():
            pass
        if len(self.kept) + (len(self._waiting) if self._in_head else 0) > self._most:
            self._given_up = True
            self._waiting, self.kept = b"", bytearray()

    def _took_part(self) -> bool:
        return self._took_head() if self._in_head else self._took_content()

    def _took_head(self) -> bool:
        if self._waiting.startswith(b"--"):
            self.kept += b"--\r\n"
            self._ended = True
            return False
        head, found, rest = self._waiting.partition(HEAD_END)
        if not found:
            return False
        self._dropped = bool(FILE.search(head))
        self.kept += head + HEAD_END
        self._waiting, self._in_head = rest, False
        return True

    def _took_content(self) -> bool:
        content, found, rest = self._waiting.partition(self._mark)
        if not found:
            # A boundary may have begun at the end.
            at = max(len(content) - len(self._mark) + 1, 0)
            content, rest = content[:at], content[at:]
        if not self._dropped:
            self.kept += content
        self.kept += found
        self._waiting, self._in_head = rest, bool(found)
        return bool(found)


def texts_of(headers: Iterable[tuple[bytes, bytes]], most: int) -> Texts | None:
    """For a request with these headers; None where it is no form with files."""
    said = next((value for name, value in headers if name == b"content-type"), b"")
    kind, given = parse_header_parameters(said.decode("latin-1"))
    boundary = given.get("boundary", "")
    if kind != "multipart/form-data" or not 0 < len(boundary) <= 200:
        return None
    return Texts(boundary.encode("latin-1"), most)
