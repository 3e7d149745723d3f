"""Joint handling: what each assisting department was asked for, and what it fed back."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.accounts.models import Department

USER = settings.AUTH_USER_MODEL


class AssistQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_at__isnull=True, case__closed_at__isnull=True).exclude(
            case__state="void"
        )


class Assist(models.Model):
    """The part of one assisting department. The lead's clock does not look at it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="assists")
    department = models.ForeignKey(Department, models.PROTECT, related_name="assists")
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"))
    note = models.TextField(_("note"), blank=True)
    done_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("done"), null=True)
    opinion = models.TextField(_("opinion"), blank=True)

    objects = AssistQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("assistance")
        verbose_name_plural = _("assistances")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "department"],
                condition=Q(done_at__isnull=True),
                name="assist_one_open_per_department",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(done_at__gte=F("asked_at")) & ~Q(opinion=""),
                name="assist_done_says_what",
            ),
        ]
        indexes = [
            models.Index(
                fields=["department", "asked_at"],
                condition=Q(done_at__isnull=True),
                name="assist_queue",
            )
        ]

    def __str__(self):
        return f"{self.case_id} {self.department_id}"
