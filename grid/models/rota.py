"""Who walks which duty grid, by shift and date (排班)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from citymgmt.lib.naming import Bilingual
from grid.models.duty import DutyGrid


class Shift(Bilingual, models.Model):
    """A part of the day. An end at or before its start is on the next day."""

    code = models.SlugField(_("code"), max_length=16, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["starts", "code"]
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")


class DutyAssignment(models.Model):
    """A collector walks a duty grid in a shift that begins on a date."""

    duty_grid = models.ForeignKey(DutyGrid, models.CASCADE, related_name="assignments")
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="assignments")
    date = models.DateField(_("date"))
    collector = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="duty_assignments"
    )

    class Meta:
        ordering = ["date", "shift", "duty_grid", "collector"]
        verbose_name = _("entry of the rota")
        verbose_name_plural = _("entries of the rota")
        constraints = [
            models.UniqueConstraint(
                fields=["duty_grid", "shift", "date", "collector"], name="duty_assignment_once"
            )
        ]
        indexes = [
            models.Index(fields=["date", "shift"], name="duty_assignment_on_date"),
            models.Index(fields=["collector", "date"], name="duty_assignment_of_collector"),
        ]

    def __str__(self):
        return f"{self.date} {self.shift_id} {self.duty_grid_id} {self.collector_id}"
