"""Surveyed components and what was changed of them."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.models import Department
from grid.geometry import STORED
from grid.models import Area, UnitGrid
from inventory.models.classes import MatterClass


class Component(models.Model):
    """A facility in public space, surveyed and coded: GB/T 47678.5 attribute set (codes §3.3)."""

    class Status(models.TextChoices):
        INTACT = "intact", _("Intact")
        DAMAGED = "damaged", _("Damaged")
        LOST = "lost", _("Lost")
        ABANDONED = "abandoned", _("Abandoned")
        REMOVED = "removed", _("Removed")

    code = models.CharField(_("code"), max_length=17, unique=True)
    matter_class = models.ForeignKey(MatterClass, models.PROTECT, related_name="components")
    name = models.CharField(_("name"), max_length=60)
    geometry = models.GeometryField(srid=STORED)
    unit_grid = models.ForeignKey(UnitGrid, models.PROTECT, null=True, related_name="components")
    community = models.ForeignKey(Area, models.PROTECT, null=True, related_name="components")
    supervisor = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="owned"
    )
    maintainer = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="maintained"
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.INTACT)
    surveyed_on = models.DateField(_("first survey"), default=timezone.localdate)
    changed_on = models.DateField(_("changed"), null=True, blank=True)
    data_source = models.CharField(_("data source"), max_length=30, blank=True)
    # How another system names it, and which one: its file updates what it brought before.
    foreign_system = models.CharField(_("system of origin"), max_length=40, blank=True, default="")
    foreign_id = models.CharField(_("identifier there"), max_length=64, blank=True, default="")
    remark = models.CharField(_("remark"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^\d{16,17}$"), name="component_code_digits"
            ),
            models.UniqueConstraint(
                fields=["foreign_system", "foreign_id"],
                condition=~Q(foreign_id=""),
                name="component_foreign_id_once",
            ),
        ]
        indexes = [models.Index(fields=["matter_class", "status"], name="component_by_class")]

    def __str__(self):
        return f"{self.name} {self.code}"


class ComponentChange(models.Model):
    """What changed on a component, when and by whom."""

    component = models.ForeignKey(Component, models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("component change")
        verbose_name_plural = _("component changes")

    def __str__(self):
        return f"{self.component_id} {self.at:%Y-%m-%d}"
