"""Places on the ground. Every geometry is stored in `geometry.STORED` (CGCS2000)."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_objects_for_user

from grid.geometry import STORED


class AreaQuerySet(models.QuerySet):
    def overseen_by(self, user):
        """Areas granted to the person (`oversee_area`); areas below them are implied."""
        return get_objects_for_user(user, "grid.oversee_area", Area, with_superuser=False)

    def overseen_places(self, user):
        """The same, and the districts of a granted city: a place names its district at most."""
        granted = self.overseen_by(user).values("id")
        return self.filter(Q(id__in=granted) | Q(parent__in=granted, level=Area.Level.DISTRICT))


class Area(models.Model):
    """A node of the administrative tree: the code of a child starts with its parent's."""

    class Level(models.TextChoices):
        CITY = "city", _("City")
        DISTRICT = "district", _("District")
        STREET = "street", _("Street")
        COMMUNITY = "community", _("Community")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=80)
    level = models.CharField(_("level"), max_length=12, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    geometry = models.MultiPolygonField(srid=STORED, null=True)
    area_class = models.CharField(
        _("area class"), max_length=1, default="A", choices=[(c, c) for c in "ABC"]
    )

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        permissions = [("oversee_area", "Oversees cases in this area")]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^(\d{4}|\d{6}|\d{9}|\d{12})$"), name="area_code_digits"
            )
        ]

    def __str__(self):
        return self.name


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
        ]
        indexes = [
            models.Index(fields=["community", "end_date"], name="unit_grid_by_community"),
        ]

    def __str__(self):
        return self.code


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


class Position(models.Model):
    """Where a collector was. Kept for a year (requirements §9)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="positions")
    at = models.DateTimeField(_("time"))
    point = models.PointField(srid=STORED)
    accuracy_m = models.FloatField(_("accuracy (m)"), null=True, blank=True)

    class Meta:
        get_latest_by = "at"
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        indexes = [models.Index(fields=["user", "-at"], name="position_latest")]

    def __str__(self):
        return f"{self.user} {self.at:%Y-%m-%d %H:%M:%S}"
