"""Patrol areas and who walks them."""

from django.conf import settings
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from grid.geometry import STORED
from grid.models.areas import Area


class DutyGrid(models.Model):
    """A patrol area made of unit grids, with the collectors who walk it."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    street = models.ForeignKey(Area, models.PROTECT, related_name="duty_grids")
    geometry = models.MultiPolygonField(srid=STORED)
    collectors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="duty_grids",
        blank=True,
        verbose_name=_("collectors"),
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("duty grid")
        verbose_name_plural = _("duty grids")

    def __str__(self):
        return self.name
