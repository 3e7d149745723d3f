"""Photos of a case."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from citymgmt.lib import keyed

USER = settings.AUTH_USER_MODEL


def photo_path(attachment, filename):
    return f"photos/{attachment.at:%Y/%m/%d}/{attachment.uuid}.jpg"


def thumb_path(attachment, filename):
    return f"photos/{attachment.at:%Y/%m/%d}/{attachment.uuid}-s.jpg"


def waiting_path(photo, filename):
    return f"photos/waiting/{photo.uuid}-{filename}"


class Attachment(models.Model):
    """A photo of a case: re-encoded, with a thumbnail, never replaced."""

    class PhotoType(models.TextChoices):
        CLOSE = "close", pgettext_lazy("photo", "Close")
        WIDE = "wide", pgettext_lazy("photo", "Wide")
        REFERENCE = "reference", pgettext_lazy("photo", "Reference")
        BEFORE = "before", pgettext_lazy("photo", "Before")
        AFTER = "after", pgettext_lazy("photo", "After")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="attachments")
    event = models.ForeignKey("cases.CaseEvent", models.PROTECT, related_name="attachments")
    photo_type = models.CharField(_("photo type"), max_length=12, choices=PhotoType)
    round = models.PositiveSmallIntegerField(default=1)
    file = models.ImageField(upload_to=photo_path)
    thumb = models.ImageField(upload_to=thumb_path)
    sha256 = models.CharField(max_length=64, db_index=True)
    thumb_sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    # When it came in, and when it was taken as the device says.
    at = models.DateTimeField(default=timezone.now)
    # Of what was sent by itself; several photos may have come together.
    client_uuid = models.UUIDField(null=True, editable=False, db_index=True)
    made_at = models.DateTimeField(null=True)
    # Signs all of the above (`chain.photo_content`).
    mac = models.CharField(max_length=keyed.LENGTH, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self):
        return f"{self.case_id} {self.photo_type}"


class WaitingPhoto(models.Model):
    """A photo sent ahead of the report or step it belongs to; nobody but its sender knows it.

    It is copied to the case under the same identifier. The row stays for some days, so that a
    repeat is answered as the first time, and is removed with its files then.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(USER, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    photo_type = models.CharField(max_length=12, blank=True, choices=Attachment.PhotoType)
    file = models.ImageField(upload_to=waiting_path)
    thumb = models.ImageField(upload_to=waiting_path)
    made_at = models.DateTimeField(null=True)
    client_uuid = models.UUIDField(null=True, unique=True, editable=False)
    used = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("photo that waits")
        verbose_name_plural = _("photos that wait")

    def __str__(self):
        return str(self.uuid)
