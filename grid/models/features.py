"""The base map drawn from the city's own data."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from grid.geometry import STORED


class MapFeature(models.Model):
    """A line or area of the base map, drawn from the city's own data when no tiles are set."""

    class Kind(models.TextChoices):
        ROAD_MAIN = "road_main", _("Main road")
        ROAD_SECONDARY = "road_secondary", _("Secondary road")
        LANE = "lane", _("Lane")
        RIVER = "river", _("River")
        PARK = "park", _("Park")
        HILL = "hill", _("Hill")
        BUILDING = "building", _("Building")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind, db_index=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    geometry = models.GeometryField(srid=STORED)
    # Made by the generator, not surveyed: every map that shows it says 示意.
    schematic = models.BooleanField(_("schematic"), default=False)

    class Meta:
        verbose_name = _("map feature")
        verbose_name_plural = _("map features")

    def __str__(self):
        return self.name or self.get_kind_display()
