"""Where collectors were."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.geometry import STORED


class PositionQuerySet(models.QuerySet):
    def telling(self, accuracy_m: float):
        """Positions at least that exact. A receiver indoors may be kilometres off and say so; one
        that says nothing is believed."""
        return self.filter(Q(accuracy_m__isnull=True) | Q(accuracy_m__lte=accuracy_m))


class Position(models.Model):
    """Where a collector was. Kept for a year (requirements §9)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="positions")
    at = models.DateTimeField(_("time"))
    point = models.PointField(srid=STORED)
    accuracy_m = models.FloatField(_("accuracy (m)"), null=True, blank=True)

    objects = PositionQuerySet.as_manager()

    class Meta:
        get_latest_by = "at"
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        indexes = [models.Index(fields=["user", "-at"], name="position_latest")]

    def __str__(self):
        return f"{self.user} {self.at:%Y-%m-%d %H:%M:%S}"
