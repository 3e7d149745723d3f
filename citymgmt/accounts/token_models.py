"""Programs that act over the HTTP interface: service accounts, and the tokens of whoever acts.

A token is shown once; what is kept is its digest.
"""

import hashlib
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

USER = settings.AUTH_USER_MODEL


class Service(models.Model):
    """What an account of the kind `service` may do: its verbs, and the source it reports under.

    Where it may act and what it may see is granted as to a person (`rules.py`).
    """

    user = models.OneToOneField(USER, models.CASCADE, primary_key=True, related_name="service")
    source = models.CharField(_("source"), max_length=32)
    verbs = models.JSONField(_("may"), default=list)
    valid_until = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("service account")
        verbose_name_plural = _("service accounts")

    def __str__(self):
        return str(self.user)

    @property
    def over(self) -> bool:
        return self.valid_until < timezone.localdate()


class AccessTokenQuerySet(models.QuerySet):
    def live(self):
        return self.filter(ended_at__isnull=True, expires_at__gt=timezone.now())


class AccessToken(models.Model):
    """Whoever sends it acts as `user` until it expires, is withdrawn, the password is another one
    or the account is switched off. `seed`: made by signing in, and given again to who signs in."""

    user = models.ForeignKey(USER, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80, blank=True)
    seed = models.UUIDField(null=True, default=uuid.uuid4)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    password_mark = models.CharField(max_length=64)
    made_at = models.DateTimeField(pgettext_lazy("token", "made"), default=timezone.now)
    made_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    last_used_from = models.GenericIPAddressField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="token_expires_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="token_is_kept_as_a_digest"
            ),
        ]

    def __str__(self):
        return f"{self.hint}…"


def digest_of(key: str) -> str:
    """SHA-256 in hex of the token itself; it is random, so it needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()
