"""Anchors: the ends of all chains at one moment, signed, in a file that can be printed and sent.

Whoever keeps an anchor outside can prove later that nothing up to it was changed, and who changes
the database cannot change the copies. One anchor a day is written by itself.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.models import Attachment, Case, CaseEvent, Sequence
from cases.record.verifying import FEED
from citymgmt.accounts.audit import CHAIN as AUDIT
from citymgmt.accounts.models import AuditEvent, RecordHead
from citymgmt.lib import keyed
from citymgmt.lib.heads import Mark
from citymgmt.lib.snapshot import snapshot
from evaluation.models import Seal
from evaluation.record.chain import CHAIN as SEALS

LANGUAGES = ("zh-hans", "en")


def folder() -> Path:
    return settings.RECORD_DIR / "anchors"


def counts() -> dict[str, int]:
    """Rows of which none is ever taken out."""
    return {
        "cases": Case.objects.count(),
        "events": CaseEvent.objects.count(),
        "photos": Attachment.objects.count(),
        "audit": AuditEvent.objects.count(),
        "seals": Seal.objects.count(),
    }


def taken(now: datetime) -> dict:
    """The anchor of this moment, signed."""
    with snapshot():
        heads = {row.name: row for row in RecordHead.objects.all()}
        heads[FEED] = Sequence.objects.filter(name=FEED).first()
        content = {
            "format": 1,
            "at": now.isoformat(timespec="seconds"),
            "algorithm": f"hmac-{settings.RECORD_DIGEST}",
            "key": keyed.fingerprint(),
            "previous": _last_signature(),
            "heads": {
                name: {"number": row.value, "signature": row.mac}
                for name in (FEED, AUDIT, SEALS)
                if (row := heads.get(name)) and row.value
            },
            "counts": counts(),
        }
    return {**content, "signature": keyed.sign("anchor", _canonical(content))}


def write(now: datetime, *, again: bool = False) -> Path | None:
    """Write the anchor of the local day with its printable text; None where the day has one
    (`again`: one more, named after the moment). OSError where the folder cannot be written."""
    local = timezone.localtime(now)
    path = folder() / f"{local:%Y-%m-%d}.json"
    if path.exists():
        if not again:
            return None
        path = folder() / f"{local:%Y-%m-%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    anchor = taken(now)
    path.with_suffix(".txt").write_text(printed(anchor), encoding="utf-8")
    part = path.with_suffix(".part")
    part.write_text(json.dumps(anchor, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def present() -> list[Path]:
    return sorted(folder().glob("*.json"), key=lambda path: path.stem)


def read(paths: Iterable[Path]) -> tuple[dict[str, list[Mark]], list[tuple[str, str]]]:
    """(chain -> signatures that the anchors hold, faults of the anchors and of what they count)."""
    marks: dict[str, list[Mark]] = {FEED: [], AUDIT: [], SEALS: []}
    faults, now = [], counts()
    for path in paths:
        anchor = loaded(path)
        if anchor is None:
            faults.append((f"anchor {path.name}", "signature"))
            continue
        for name, head in anchor["heads"].items():
            marks[name].append(Mark(head["number"], head["signature"], f"anchor {path.name}"))
        faults += _fewer(path, anchor["counts"], now)
    return marks, faults


def loaded(path: Path) -> dict[str, Any] | None:
    """The anchor, or None for a file that the key has not signed."""
    try:
        anchor = json.loads(path.read_text(encoding="utf-8"))
        signature = str(anchor["signature"])
    except (ValueError, KeyError, TypeError):
        return None
    content = {name: value for name, value in anchor.items() if name != "signature"}
    return anchor if keyed.holds(signature, "anchor", _canonical(content)) else None


def _fewer(path, then, now) -> Iterator[tuple[str, str]]:
    for name, number in then.items():
        if now[name] < number:
            yield f"{name} {now[name]}", f"fewer than the {number} of anchor {path.name}"


def _canonical(content) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _last_signature() -> str:
    """Anchors are a chain themselves: one that was sent proves those before it."""
    paths = present()
    return json.loads(paths[-1].read_text(encoding="utf-8"))["signature"] if paths else ""


# --- on paper -------------------------------------------------------------------------------
def printed(anchor: dict) -> str:
    """The anchor in Chinese and in English, to be printed, signed by hand and sent."""
    return "\n\n".join(map(_in_language, LANGUAGES, [anchor] * len(LANGUAGES))) + "\n"


def _in_language(language, anchor) -> str:
    with translation.override(language):
        at = timezone.localtime(datetime.fromisoformat(anchor["at"]))
        heads, numbers = anchor["heads"], anchor["counts"]
        names = {FEED: _("Log of all cases"), AUDIT: _("Audit log"), SEALS: _("Frozen figures")}
        lines = [
            _("Anchor of the record"),
            f"{_('Moment')}: {at:%Y-%m-%d %H:%M:%S %z}",
            f"{_('Algorithm')}: {anchor['algorithm']} · {_('Key')}: {anchor['key']}",
        ]
        for name, head in heads.items():
            lines += [f"{names[name]}: {_('row')} {head['number']}", f"  {head['signature']}"]
        words = {
            "cases": _("Cases"), "events": _("Steps"), "photos": _("Photos"),
            "audit": _("Audit log"), "seals": _("Frozen figures"),
        }  # fmt: skip
        lines.append(" · ".join(f"{words[name]}: {n}" for name, n in numbers.items()))
        lines += [f"{_('Signature')}:", f"  {anchor['signature']}"]
        lines += ["", f"{_('Received by')}: ____________________  {_('Day')}: ____________"]
        return "\n".join(lines)
