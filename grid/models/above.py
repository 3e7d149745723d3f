"""Grids built on unit grids: management grids (管理网格) and evaluation grids (评价网格)."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grid.geometry import STORED
from grid.models.areas import Area


class EvaluationGrid(models.Model):
    """Adjacent management grids of one community that are scored alike.

    `letter` is the area class of the community; `grid.areas.classes` keeps it.
    """

    code = models.CharField(_("code"), max_length=20, unique=True)
    community = models.ForeignKey(Area, models.PROTECT, related_name="evaluation_grids")
    letter = models.CharField(_("type"), max_length=1, choices=[(c, c) for c in "ABC"])
    geometry = models.MultiPolygonField(srid=STORED)

    class Meta:
        ordering = ["code"]
        verbose_name = _("evaluation grid")
        verbose_name_plural = _("evaluation grids")
        constraints = [
            models.CheckConstraint(
                condition=Q(letter__in=["A", "B", "C"]), name="evaluation_grid_letter"
            )
        ]

    def __str__(self):
        return self.code


class ManagementGrid(models.Model):
    """1–5 adjacent unit grids of one community (rules: `grid.above.proposals`)."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    community = models.ForeignKey(Area, models.PROTECT, related_name="management_grids")
    evaluation_grid = models.ForeignKey(
        EvaluationGrid, models.CASCADE, null=True, related_name="management_grids"
    )
    cells = models.ManyToManyField(
        "grid.UnitGrid", through="ManagementCell", related_name="management_grids"
    )
    geometry = models.MultiPolygonField(srid=STORED)

    class Meta:
        ordering = ["code"]
        verbose_name = _("management grid")
        verbose_name_plural = _("management grids")

    def __str__(self):
        return self.code


class ManagementCell(models.Model):
    """A unit grid is in one management grid."""

    management_grid = models.ForeignKey(ManagementGrid, models.CASCADE, related_name="members")
    unit_grid = models.ForeignKey("grid.UnitGrid", models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("unit grid of a management grid")
        verbose_name_plural = _("unit grids of management grids")
        constraints = [
            models.UniqueConstraint(fields=["unit_grid"], name="management_cell_in_one_grid")
        ]

    def __str__(self):
        return f"{self.unit_grid_id} → {self.management_grid_id}"
