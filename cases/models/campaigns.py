"""Campaigns (专项普查): time-boxed drives whose cases are counted apart from the daily ones."""

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.lib.naming import Bilingual
from grid.models import Area
from inventory.models import MatterClass

USER = settings.AUTH_USER_MODEL


class CampaignQuerySet(models.QuerySet):
    def running(self, at: datetime):
        """Those whose days hold the local day of the instant, unless ended before it."""
        day = timezone.localdate(at)
        ended_later = Q(closed_at__isnull=True) | Q(closed_at__gt=at)
        return self.filter(ended_later, first_day__lte=day, last_day__gte=day)


class Campaign(Bilingual, models.Model):
    """First and last day are local days, both included; `closed_at`: ended before its last day.

    No areas means everywhere. A case keeps its campaign whatever becomes of the days later.
    """

    name_zh = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    classes = models.ManyToManyField(MatterClass, related_name="+", verbose_name=_("classes"))
    areas = models.ManyToManyField(Area, related_name="+", blank=True, verbose_name=_("areas"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))
    closed_at = models.DateTimeField(_("ended"), null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-first_day", "-id"]
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="campaign_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(name_zh=""), name="campaign_has_a_name"),
        ]
        indexes = [models.Index(fields=["last_day", "first_day"], name="campaign_days")]

    def status(self, today: date) -> str:
        """planned, running or over."""
        if self.closed_at or self.last_day < today:
            return "over"
        return "planned" if self.first_day > today else "running"
