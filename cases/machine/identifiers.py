"""Identifiers of clients: they make a repeat harmless, and cover one content only.

Whoever enters something gives it an identifier of its own and may send it again until an answer
comes. The same identifier with the same content is answered as the first time; with another
content it is refused, for it would be lost without a word. What was entered is kept as a digest.
An identifier stored before digests were kept has none: it is answered as the first time.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cases.machine.inputs import parse_uuid
from cases.models.identifiers import ClientIdentifier
from cases.photos.reading import Picture
from citymgmt.lib.errors import NotNow, Refused

REUSED = "identifier_reused"
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Identifier:
    """An identifier with the digest (SHA-256 in hex) of what it is used for."""

    uuid: uuid.UUID
    digest: str


def identify(client_uuid: Any, purpose: str, by: Any, content: dict, photos: Iterable = ()):
    """The identifier of this content, or None without one; BadInput for anything but a UUID.

    An `Identifier` is taken as it is: who calls has more content than the action it calls.
    `photos` as `reports.report` takes them; files are read and wound back.
    """
    if isinstance(client_uuid, Identifier):
        return client_uuid
    parsed = parse_uuid(client_uuid)
    if parsed is None:
        return None
    pictures = [[one[0], _digest_of(one[1])] for one in photos]
    whole = [purpose, by and by.pk, _plain(content), pictures]
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False)
    return Identifier(parsed, hashlib.sha256(text.encode()).hexdigest())


def is_known(identifier: Identifier) -> bool:
    """Whether this content was entered under it; NotNow where it was another one."""
    row = ClientIdentifier.objects.filter(pk=identifier.uuid).first()
    if row and row.digest != identifier.digest:
        raise reused()
    return row is not None


def claim(identifier: Identifier | None) -> None:
    """Use it, inside the transaction of the act. IntegrityError: the same came in at once."""
    if identifier and not is_known(identifier):
        values = {"uuid": identifier.uuid, "digest": identifier.digest}
        ClientIdentifier.objects.create(**values)


def reused() -> NotNow:
    detail = _("This was sent before with other content. Send it again as something new.")
    return NotNow(detail, REUSED)


def renew(form: Any, refusal: Refused) -> None:
    """After this refusal a form gets another identifier: what stands in it can be sent as new."""
    if refusal.code == REUSED:
        form.data = form.data.copy()
        form.data["client_uuid"] = str(uuid.uuid4())


def _plain(value: Any) -> Any:
    """Values as text, rows by their keys; what is empty or off is as good as left out."""
    if isinstance(value, dict):
        kept = {name: _plain(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in ("", [], "False")}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "pk"):
        return str(value.pk)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _digest_of(file: Any) -> str:
    if isinstance(file, Picture):
        return hashlib.sha256(file.full).hexdigest()
    if isinstance(file, bytes):
        return hashlib.sha256(file).hexdigest()
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
