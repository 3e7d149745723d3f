"""Who was ruled responsible when departments could not agree (争议协调)."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.accounts.models import Department
from grid.models import Area
from inventory.models import Component, MatterClass

USER = settings.AUTH_USER_MODEL


class Ruling(models.Model):
    """The decision of a meeting. Later cases of the same component, or of the same class in the
    same community, are suggested to go the same way, and the suggestion names the ruling."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="rulings")
    matter_class = models.ForeignKey(MatterClass, models.PROTECT, related_name="+")
    community = models.ForeignKey(Area, models.PROTECT, related_name="+")
    component = models.ForeignKey(Component, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="rulings", verbose_name=_("department")
    )
    record = models.TextField(_("meeting record"))
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"), db_index=True)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("A ruling set aside is not cited any more.")
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")
        constraints = [models.CheckConstraint(condition=~Q(record=""), name="ruling_has_record")]
        indexes = [
            models.Index(
                fields=["matter_class", "community"],
                condition=Q(active=True),
                name="ruling_of_class",
            ),
        ]

    def __str__(self):
        return f"{self.case_id} → {self.department_id}"
