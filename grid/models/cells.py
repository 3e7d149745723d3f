"""Unit grids (单元网格), dated: never deleted, they end on a day."""

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grid.geometry import STORED
from grid.models.areas import Area
from grid.models.changes import GridChange
from grid.models.duty import DutyGrid


class UnitGridQuerySet(models.QuerySet):
    def valid(self, on=None):
        """Cells in force on a day (today unless told)."""
        day = on or timezone.localdate()
        return self.filter(Q(start_date__lte=day), Q(end_date__isnull=True) | Q(end_date__gt=day))


class UnitGrid(models.Model):
    """The smallest management polygon, about 10,000 m². Never deleted: it ends on a day."""

    code = models.CharField(_("code"), max_length=15, unique=True)
    community = models.ForeignKey(Area, models.PROTECT, related_name="unit_grids")
    duty_grid = models.ForeignKey(
        DutyGrid, models.SET_NULL, null=True, blank=True, related_name="unit_grids"
    )
    geometry = models.PolygonField(srid=STORED)
    area_m2 = models.DecimalField(_("area (m²)"), max_digits=14, decimal_places=2)
    built_up = models.BooleanField(_("built-up"), default=True)
    start_date = models.DateField(_("valid from"), default=timezone.localdate)
    end_date = models.DateField(_("valid until"), null=True, blank=True)
    predecessors = models.ManyToManyField(
        "self", symmetrical=False, related_name="successors", blank=True
    )
    begun_by = models.ForeignKey(
        GridChange, models.PROTECT, null=True, blank=True, editable=False, related_name="beginning"
    )
    ended_by = models.ForeignKey(
        GridChange, models.PROTECT, null=True, blank=True, editable=False, related_name="ending"
    )
    remark = models.CharField(_("remark"), max_length=1000, blank=True)

    objects = UnitGridQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("unit grid")
        verbose_name_plural = _("unit grids")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^\d{15}$"), name="unit_grid_code_15_digits"
            ),
            models.CheckConstraint(condition=Q(area_m2__gt=0), name="unit_grid_area_positive"),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="unit_grid_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(end_date__isnull=False),
                name="unit_grid_ended_by_change_has_end",
            ),
            models.CheckConstraint(
                condition=Q(begun_by__isnull=True)
                | Q(ended_by__isnull=True)
                | ~Q(begun_by=F("ended_by")),
                name="unit_grid_begun_and_ended_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["community", "end_date"], name="unit_grid_by_community"),
            models.Index(fields=["start_date", "end_date"], name="unit_grid_by_day"),
        ]

    def __str__(self):
        return self.code
