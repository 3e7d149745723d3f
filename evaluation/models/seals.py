"""The chain of seals over everything frozen."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from citymgmt.lib import keyed
from evaluation.sealing import digests
from evaluation.sealing.frozen import Frozen

USER = settings.AUTH_USER_MODEL


class Seal(Frozen):
    """One link of the chain over everything frozen (`sealing.digests`)."""

    kind = models.CharField(max_length=12)
    object_id = models.BigIntegerField()
    content = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64)
    # Gapless, and signed together with the seal before it (`heads`).
    number = models.BigIntegerField(unique=True, null=True)
    mac = models.CharField(max_length=keyed.LENGTH, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="seal_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[digests.EVALUATION, digests.BULLETIN]), name="seal_kind_known"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.object_id}"
