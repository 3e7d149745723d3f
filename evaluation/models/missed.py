"""Decisions about missed reports (漏报)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from evaluation.sealing.frozen import Frozen
from grid.models import DutyGrid

USER = settings.AUTH_USER_MODEL


class MissedFinding(Frozen):
    """One decision, or one objection, about a problem that the collector on duty should have
    reported (漏报). The newest decision of a case holds; all of them are its history."""

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", _("Missed")
        DECLINED = "declined", _("Not missed")
        OBJECTED = "objected", _("Objection")

    case = models.ForeignKey(Case, models.PROTECT, related_name="missed_findings")
    verdict = models.CharField(_("decision"), max_length=12, choices=Verdict)
    duty_grid = models.ForeignKey(DutyGrid, models.PROTECT, null=True, related_name="+")
    collector = models.ForeignKey(USER, models.PROTECT, null=True, related_name="missed_findings")
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("missed report")
        verbose_name_plural = _("missed reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=["confirmed", "declined", "objected"]),
                name="missed_verdict_known",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="confirmed")
                | Q(collector__isnull=False, duty_grid__isnull=False),
                name="missed_confirmed_names_collector",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="missed_has_reason"),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="missed_newest_of_case")]

    def __str__(self):
        return f"{self.case_id} {self.verdict}"
