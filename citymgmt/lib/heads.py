"""Chains of signatures: gapless numbers, a signed head, and a copy of the head in a file.

A row of a chain carries its number and a signature over its content, its number and the signature
of the row before it. The head (a row of its own, locked while one appends) holds the last number
and signature and is signed for itself, so an older head is nothing that the rows give away. A
copy in `RECORD_DIR` survives whoever can write the database alone.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models

from citymgmt.lib import keyed

log = logging.getLogger(__name__)


class Mark(NamedTuple):
    """A signature that was seen once at a place of a chain, and where it is kept since."""

    value: int
    mac: str
    kept: str


class Head(models.Model):
    """The end of a chain. `name` is a field of the model that inherits."""

    value = models.BigIntegerField(default=0)
    mac = models.CharField(max_length=keyed.LENGTH, blank=True)
    seal = models.CharField(max_length=keyed.LENGTH, blank=True)

    class Meta:
        abstract = True

    def extend(self, *content: Any) -> str:
        """Take the next number for a row of this content; its signature."""
        self.value += 1
        self.mac = link(self.name, self.mac, self.value, *content)
        return self.mac

    def close(self) -> None:
        """Sign the head after the last `extend`, before it is stored."""
        self.seal = sealed(self.name, self.value, self.mac)

    @property
    def holds(self) -> bool:
        return keyed.holds(self.seal, "head", self.name, self.value, self.mac)

    def keep(self) -> None:
        """After the commit: the copy outside the database. Not synced: it costs no turn of a disk.

        A disk that is full fails nothing here; the next head is written anew.
        """
        path = _path(self.name)
        part = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(f"{self.value} {self.mac} {self.seal}\n")
            part.replace(path)
        except OSError:
            log.exception("The head of the record (%s) could not be kept in %s", self.name, path)


def link(name: str, previous: str, value: int, *content: Any) -> str:
    return keyed.sign(name, previous, value, *content)


def sealed(name: str, value: int, mac: str) -> str:
    return keyed.sign("head", name, value, mac)


def signed(name: str, rows: Iterable[tuple]) -> Iterator[tuple]:
    """(key, number, signature) for rows of (key, content …) that had none before."""
    mac = ""
    for value, (pk, *content) in enumerate(rows, start=1):
        mac = link(name, mac, value, *content)
        yield pk, value, mac


def kept(name: str) -> Iterator[Mark]:
    """The copy of the head in the file, if there is one; one that the key has not signed says
    something that no row can."""
    path = _path(name)
    if not path.exists():
        return
    where = f"{path.parent.name}/{path.name}"
    value, mac, seal = [*path.read_text().split(), "", "", ""][:3]
    if value.isdecimal() and keyed.holds(seal, "head", name, int(value), mac):
        yield Mark(int(value), mac, where)
    else:
        yield Mark(1, "", where)


def _path(name):
    return settings.RECORD_DIR / "heads" / name


def faults(
    name: str, rows: Iterable[tuple], head: Head | None, marks: Iterable[Mark] = ()
) -> Iterator[tuple[str, str]]:
    """(place or places, reason) of a chain that does not hold. `rows` are (number, signature,
    content …) in the order of their numbers."""
    yield from _ranges(_broken(name, rows, head, list(marks)))


def _broken(name, rows, head, marks):
    """(first place, last place, reason)"""
    at, previous, last = {}, "", 0
    for mark in marks:
        at.setdefault(mark.value, []).append(mark)
    for value, mac, *content in rows:
        if value != last + 1:
            yield last + 1, value - 1, "missing"
        elif not keyed.holds(mac, name, previous, value, *content):
            yield value, value, "signature"
        for mark in at.get(value, ()):
            if mark.mac != mac:
                yield value, value, f"another than {mark.kept} says"
        previous, last = mac, value
    for mark in marks:
        if mark.value > last:
            yield last + 1, mark.value, f"missing, {mark.kept} says"
    yield from _end(head, previous, last)


def _end(head, previous, last):
    if head is None:
        if last:
            yield last, last, "head missing"
    elif head.value > last:
        yield last + 1, head.value, "missing"
    elif (head.value, head.mac) != (last, previous) or (last and not head.holds):
        yield last, last, "head"


def _ranges(found):
    """Neighbours that are broken in the same way, as one."""
    first = before = why = None
    for start, end, reason in found:
        if before is not None and reason == why and start == before + 1:
            before = end
            continue
        if before is not None:
            yield _words(first, before), why
        first, before, why = start, end, reason
    if before is not None:
        yield _words(first, before), why


def _words(first, last):
    return str(first) if first == last else f"{first}-{last}"
