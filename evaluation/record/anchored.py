"""The anchors present, and whether what each says still holds: its own signature, the one before
it, and the rows of the database that it names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from cases.models import CaseEvent
from cases.record.verifying import FEED
from citymgmt.accounts.audit import CHAIN as AUDIT
from citymgmt.accounts.models import AuditEvent
from evaluation.models import Seal
from evaluation.record import anchors
from evaluation.record.chain import CHAIN as SEALS

ROWS = {FEED: (CaseEvent, "feed", "feed_mac"), AUDIT: (AuditEvent, "number", "mac"),
        SEALS: (Seal, "number", "mac")}  # fmt: skip
Place = tuple[str, int]


@dataclass(frozen=True)
class Anchored:
    """An anchor as it stands now. `heads` and `counts` are empty where its file is not ours."""

    name: str
    at: datetime | None = None
    key: str = ""
    heads: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def row(self, chain: str) -> int | None:
        return self.heads[chain]["number"] if chain in self.heads else None

    @property
    def head(self) -> str:
        """The signature of the last step of all cases."""
        return self.heads[FEED]["signature"] if FEED in self.heads else ""

    @property
    def state(self) -> str:
        return "; ".join(self.faults) or _("holds")


def names() -> list[str]:
    """Of the files, the newest first."""
    return [path.stem for path in reversed(anchors.present())]


def file_of(name: str) -> Path | None:
    """None for a name that is no anchor present."""
    return next((path for path in anchors.present() if path.stem == name), None)


def standing(wanted: Sequence[str]) -> list[Anchored]:
    """The anchors of these names in their order; as many queries for one as for many."""
    paths = {path.stem: path for path in anchors.present()}
    before = dict(zip(list(paths)[1:], paths.values(), strict=False))
    found = {name: anchors.loaded(paths[name]) for name in wanted if name in paths}
    places = {
        (chain, head["number"])
        for anchor in found.values()
        for chain, head in (anchor["heads"] if anchor else {}).items()
    }
    signatures, now = _signatures(places), anchors.counts()
    return [
        _anchored(name, anchor, before.get(name), signatures, now) for name, anchor in found.items()
    ]


def _signatures(places: Iterable[Place]) -> dict[Place, str]:
    """What the database says at these places."""
    found = {}
    for chain, (model, number, mac) in ROWS.items():
        numbers = [at for name, at in places if name == chain]
        rows = model.objects.filter(**{f"{number}__in": numbers}).order_by()
        found.update({(chain, at): said for at, said in rows.values_list(number, mac)})
    return found


def _anchored(name, anchor, before, signatures, now) -> Anchored:
    if anchor is None:
        return Anchored(name, faults=(_("not signed with the key of this installation"),))
    faults = []
    if anchor["previous"] != _signature(before):
        faults.append(_("does not follow the anchor before it"))
    if any(
        signatures.get((chain, head["number"])) != head["signature"]
        for chain, head in anchor["heads"].items()
    ):
        faults.append(_("the rows it names were changed or taken away"))
    if any(now[what] < number for what, number in anchor["counts"].items()):
        faults.append(_("there are fewer rows than it counted"))
    return Anchored(
        name, datetime.fromisoformat(anchor["at"]), anchor["key"], anchor["heads"],
        anchor["counts"], tuple(faults),
    )  # fmt: skip


def _signature(path) -> str | None:
    """Of the anchor in a file; empty where there is none, None where it is not ours."""
    if path is None:
        return ""
    anchor = anchors.loaded(path)
    return anchor["signature"] if anchor else None
