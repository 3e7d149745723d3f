"""What needs a second administrator, and the passwords that somebody has had."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class PendingAct(models.Model):
    """An act on who holds, or is to hold, a post of the three administrators.

    Done when a second administrator confirms it. `given`: what the act needs besides the person,
    as codes and numbers of rows. `password`: a hash, gone with the decision.
    """

    class Kind(models.TextChoices):
        EDIT = "edit_person", _("Edit the person")
        PASSWORD = "set_password", _("Set a new password")
        APPOINT = "appoint", _("Appoint")
        DISMISS = "dismiss", _("Dismiss")
        GRANT = "grant", _("Grant")
        REVOKE = "revoke", _("Revoke")

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    kind = models.CharField(_("act"), max_length=16, choices=Kind)
    person = models.ForeignKey(USER, models.PROTECT, related_name="acts", verbose_name=_("person"))
    given = models.JSONField(default=dict)
    password = models.CharField(max_length=128, blank=True)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=16, choices=Decision, blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("pending act")
        verbose_name_plural = _("pending acts")
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_by__isnull=False, password="")),
                name="act_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(decision="withdrawn")
                | ~Q(decided_by=models.F("asked_by")),
                name="act_decided_by_another",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.person}"


class FormerPassword(models.Model):
    """The hash of a password that was in use until `until`."""

    user = models.ForeignKey(USER, models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128)
    until = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("former password")
        verbose_name_plural = _("former passwords")
