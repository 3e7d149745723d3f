"""Control areas (管控区): ground and days in which some classes are not to be reported."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grid.geometry import STORED
from inventory.models import MatterClass

USER = settings.AUTH_USER_MODEL


class ControlAreaQuerySet(models.QuerySet):
    def in_force(self, day):
        """Approved, not ended, and the day lies within."""
        return self.filter(
            status=ControlArea.Status.APPROVED, first_day__lte=day, last_day__gte=day
        )

    def at(self, point, day):
        return self.in_force(day).filter(ground__intersects=point)


class ControlArea(models.Model):
    """Asked for by somebody, approved by somebody else; whoever reports there reads `message`."""

    class Status(models.TextChoices):
        ASKED = "asked", _("Waiting")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        ENDED = "ended", _("Ended")

    name = models.CharField(_("name"), max_length=80)
    message = models.CharField(_("message to who reports"), max_length=300)
    ground = models.PolygonField(_("ground"), srid=STORED)
    classes = models.ManyToManyField(MatterClass, verbose_name=_("classes not to be reported"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ASKED)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    opinion = models.CharField(_("opinion"), max_length=300, blank=True)
    ended_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = ControlAreaQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("control area")
        verbose_name_plural = _("control areas")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="control_area_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(status="asked", decided_at__isnull=True)
                | ~Q(status="asked") & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="control_area_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="control_area_not_decided_by_who_asked",
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_at__isnull=False, ended_by__isnull=False)
                | ~Q(status="ended") & Q(ended_at__isnull=True, ended_by__isnull=True),
                name="control_area_ended_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["first_day", "last_day"], condition=Q(status="approved"),
                name="control_area_in_force",
            )
        ]  # fmt: skip

    def __str__(self):
        return self.name
