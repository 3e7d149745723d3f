"""How far around a report, and how far back, the same problem may have been reported already."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import Kind, MatterClass


class DuplicateReach(models.Model):
    """Radius and days for one class, for a kind, or (both keys empty) for all others."""

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, blank=True)
    matter_class = models.ForeignKey(
        MatterClass, models.CASCADE, null=True, blank=True, related_name="+",
        verbose_name=_("class"),
    )  # fmt: skip
    radius_m = models.PositiveSmallIntegerField(_("radius in metres"))
    days = models.PositiveSmallIntegerField(
        _("days after closing"), help_text=_("So long a closed case is still shown.")
    )

    class Meta:
        ordering = ["matter_class__code", "kind"]
        verbose_name = _("reach of duplicates")
        verbose_name_plural = _("reaches of duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["matter_class"],
                condition=Q(matter_class__isnull=False),
                name="duplicate_reach_once_per_class",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(matter_class__isnull=True),
                name="duplicate_reach_once_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(matter_class__isnull=True) | Q(kind=""),
                name="duplicate_reach_class_or_kind",
            ),
            models.CheckConstraint(
                condition=Q(radius_m__gte=5, radius_m__lte=1000, days__lte=366),
                name="duplicate_reach_sensible",
            ),
        ]

    def __str__(self):
        return f"{self.matter_class or self.kind or '*'} {self.radius_m} m {self.days} d"
