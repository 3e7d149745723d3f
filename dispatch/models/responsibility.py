"""Who answers where: a department for a class, major class or kind on some ground."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.models import Department
from grid.models import Area, DutyGrid
from inventory.models import Kind, MatterClass

OF_AREA, OF_DUTY_GRID = Q(area__isnull=False), Q(duty_grid__isnull=False)
OF_CLASS = Q(matter_class__isnull=False)
OPEN = Q(valid_to__isnull=True)


class ResponsibilityQuerySet(models.QuerySet):
    def on(self, day=None):
        """Rows in force on a day (today unless told)."""
        day = day or timezone.localdate()
        return self.filter(Q(valid_from__lte=day), OPEN | Q(valid_to__gt=day))


class Responsibility(models.Model):
    """From a day up to, not including, another. Never changed but for its end: the history.

    The ground is an area or a duty grid; the matter is a class, or a kind with or without a major
    class. Routing asks these rows before its general rules (`dispatch.routing.suggesting`).
    """

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="responsibilities", verbose_name=_("department")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("area")
    )
    duty_grid = models.ForeignKey(
        DutyGrid, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("duty grid"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, blank=True)
    major = models.CharField(_("major class"), max_length=4, blank=True)
    matter_class = models.ForeignKey(
        MatterClass, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("class"),
    )  # fmt: skip
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        ordering = ["area__code", "duty_grid__code", "kind", "major", "matter_class", "valid_from"]
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        constraints = [
            models.CheckConstraint(
                condition=OF_AREA & ~OF_DUTY_GRID | ~OF_AREA & OF_DUTY_GRID,
                name="responsibility_on_one_ground",
            ),
            models.CheckConstraint(
                condition=OF_CLASS & Q(kind="", major="") | ~OF_CLASS & ~Q(kind=""),
                name="responsibility_for_one_matter",
            ),
            models.CheckConstraint(
                condition=OPEN | Q(valid_to__gt=F("valid_from")),
                name="responsibility_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["area", "matter_class"], condition=OPEN & OF_AREA & OF_CLASS,
                name="responsibility_open_class_of_area",
            ),
            models.UniqueConstraint(
                fields=["area", "kind", "major"], condition=OPEN & OF_AREA & ~OF_CLASS,
                name="responsibility_open_kind_of_area",
            ),
            models.UniqueConstraint(
                fields=["duty_grid", "matter_class"], condition=OPEN & OF_DUTY_GRID & OF_CLASS,
                name="responsibility_open_class_of_duty_grid",
            ),
            models.UniqueConstraint(
                fields=["duty_grid", "kind", "major"], condition=OPEN & OF_DUTY_GRID & ~OF_CLASS,
                name="responsibility_open_kind_of_duty_grid",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.ground} · {self.matter} → {self.department}"

    @property
    def ground(self):
        return self.area or self.duty_grid

    @property
    def matter(self) -> str:
        if self.matter_class:
            return str(self.matter_class)
        return " · ".join(part for part in (str(self.get_kind_display()), self.major) if part)
