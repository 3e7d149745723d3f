"""Area classes A, B, C over time."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grid.models.areas import Area


class AreaClassQuerySet(models.QuerySet):
    def on(self, day=None):
        day = day or timezone.localdate()
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gt=day),
        )


class AreaClass(models.Model):
    """The class of a street or community from a day up to, not including, another.

    Written with the first change; `valid_from` is empty for what was so from the beginning.
    `Area.area_class` is what the rows say today (`grid.areas.classes`).
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="classes")
    area_class = models.CharField(_("area class"), max_length=1, choices=[(c, c) for c in "ABC"])
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)

    objects = AreaClassQuerySet.as_manager()

    class Meta:
        ordering = ["area", F("valid_from").asc(nulls_first=True)]
        verbose_name = _("class of an area")
        verbose_name_plural = _("classes of areas")
        constraints = [
            models.UniqueConstraint(
                fields=["area"], condition=Q(valid_to__isnull=True), name="area_class_one_open"
            ),
            models.CheckConstraint(
                condition=Q(area_class__in=["A", "B", "C"]), name="area_class_letter"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gt=F("valid_from")),
                name="area_class_ends_after_it_begins",
            ),
        ]

    def __str__(self):
        return f"{self.area} {self.area_class} {self.valid_from or ''}"
