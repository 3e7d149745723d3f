"""Patrol areas, the cells they are made of on a day, and who walks them."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grid.geometry import STORED
from grid.models.areas import Area


class DutyGridQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(end_date__isnull=True)


class DutyGrid(models.Model):
    """A patrol area made of unit grids, with the collectors who walk it by default.

    Its cells are `memberships`; its geometry is their union today (`grid.duty.actions`). Without
    cells it has ended and keeps its last outline, for the cases that name it.
    """

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    street = models.ForeignKey(Area, models.PROTECT, related_name="duty_grids")
    geometry = models.MultiPolygonField(srid=STORED)
    end_date = models.DateField(_("valid until"), null=True, blank=True)
    collectors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="duty_grids",
        blank=True,
        verbose_name=_("collectors"),
    )

    objects = DutyGridQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("duty grid")
        verbose_name_plural = _("duty grids")

    def __str__(self):
        return self.name


class DutyMembershipQuerySet(models.QuerySet):
    def on(self, day=None):
        """Rows in force on a day (today unless told)."""
        day = day or timezone.localdate()
        return self.filter(Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gt=day))

    def open(self):
        return self.filter(valid_to__isnull=True)


class DutyMembership(models.Model):
    """A unit grid belongs to a duty grid from a day up to, not including, another."""

    duty_grid = models.ForeignKey(DutyGrid, models.PROTECT, related_name="memberships")
    unit_grid = models.ForeignKey("grid.UnitGrid", models.PROTECT, related_name="memberships")
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)

    objects = DutyMembershipQuerySet.as_manager()

    class Meta:
        ordering = ["unit_grid", "valid_from"]
        verbose_name = _("unit grid of a duty grid")
        verbose_name_plural = _("unit grids of duty grids")
        constraints = [
            models.UniqueConstraint(
                fields=["unit_grid"], condition=Q(valid_to__isnull=True),
                name="duty_membership_one_open",
            ),
            models.UniqueConstraint(
                fields=["unit_grid", "valid_from"], name="duty_membership_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="duty_membership_ends_after_it_begins",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["duty_grid", "valid_to"], name="duty_membership_of_grid"),
        ]

    def __str__(self):
        return f"{self.unit_grid_id} → {self.duty_grid_id} {self.valid_from}"
