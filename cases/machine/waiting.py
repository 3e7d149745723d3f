"""Photos that are sent ahead of what they prove, and named there by their identifiers."""

from datetime import timedelta
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.machine import identifiers
from cases.models import WaitingPhoto
from cases.photos import reading as photo_store
from cases.photos.reading import Picture
from citymgmt.lib.errors import BadInput, NotNow

DAYS = 7  # a phone may be without a network for so long between a photo and its report
MOST = 100  # of one person, unused
BATCH = 500  # rows that are removed at once


def keep(*, by, file, photo_type="", made_at=None, client_uuid=None) -> tuple[WaitingPhoto, bool]:
    """Store a photo until a report or a step of the person names it; (photo, whether it is new).

    Without a type it is of the usual one of its step. The same `client_uuid` again answers the
    same photo; with another content it is refused. BadInput, NotNow.
    """
    content = {"photo_type": photo_type, "made_at": made_at}
    identifier = identifiers.identify(client_uuid, "photo", by, content, [(photo_type, file)])
    if identifier and (known := _known(identifier)):
        return known, False
    picture = photo_store.read(photo_type or photo_store.EVIDENCE[0], file, made_at)
    if WaitingPhoto.objects.filter(by=by, used=False).count() >= MOST:
        detail = _("%(most)s photos wait for a report already.") % {"most": MOST}
        raise NotNow(detail, "too_many_photos")
    row = WaitingPhoto(by=by, photo_type=photo_type, made_at=picture.made_at)
    row.client_uuid = identifier and identifier.uuid
    try:
        with transaction.atomic():
            identifiers.claim(identifier)
            row.file.save("full.jpg", ContentFile(picture.full), save=False)
            row.thumb.save("thumb.jpg", ContentFile(picture.thumb), save=False)
            row.save(force_insert=True)
    except IntegrityError:
        # The same photo came in twice at once: the other one won.
        if identifier and (known := _known(identifier)):
            return known, False
        raise
    return row, True


def _known(identifier):
    if not identifiers.is_known(identifier):
        return None
    row = WaitingPhoto.objects.filter(client_uuid=identifier.uuid).first()
    if row is None:
        raise identifiers.reused()
    return row


def named(by, uuids: list[UUID]) -> list[tuple]:
    """(photo_type, picture, made_at) of photos that the person sent ahead, in this order, for
    `reports.report` and `actions.perform`. BadInput names what is none."""
    rows = {row.uuid: row for row in WaitingPhoto.objects.filter(by=by, uuid__in=uuids)}
    if unknown := [str(one) for one in uuids if one not in rows]:
        detail = _("There is no such photo of yours: %(photos)s") % {"photos": ", ".join(unknown)}
        raise BadInput(detail, fields={"photo_ids": [detail]})
    if len(set(uuids)) < len(uuids):
        detail = _("Given more than once.")
        raise BadInput(detail, fields={"photo_ids": [detail]})
    return [(rows[one].photo_type, _picture(rows[one]), rows[one].made_at) for one in uuids]


def _picture(row):
    full, thumb = (_bytes(file) for file in (row.file, row.thumb))
    return Picture(row.photo_type, full, thumb, row.made_at, waiting=row.uuid)


def _bytes(file):
    with file.open() as opened:
        return opened.read()


def remove_old(now=None) -> int:
    """Photos that nothing named in time, and those that were copied; how many."""
    rows = WaitingPhoto.objects.filter(at__lt=(now or timezone.now()) - timedelta(days=DAYS))
    removed = 0
    while batch := list(rows.order_by("pk")[:BATCH]):
        WaitingPhoto.objects.filter(pk__in=[row.pk for row in batch]).delete()
        for row in batch:
            _remove_files(row)
        removed += len(batch)
    return removed


def _remove_files(row):
    for file in (row.file, row.thumb):
        file.delete(save=False)
