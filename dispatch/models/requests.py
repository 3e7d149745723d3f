"""What departments and dispatchers ask for."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.accounts.models import Department

USER = settings.AUTH_USER_MODEL


class RequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Request.Status.OPEN)


class Request(models.Model):
    """A department asks for return, extension or suspension, or appeals; the dispatcher asks to
    void. What the dispatch section looks at first has its opinion as `forward_…`."""

    class Kind(models.TextChoices):
        EXTEND = "extend", _("Extension")
        RETURN = "return_", _("Return")
        SUSPEND = "suspend", _("Suspension")
        SUSPEND_HARD = "suspend_hard", _("Hard-case suspension")
        VOID = "void", _("Void")
        APPEAL = "appeal", _("Appeal")

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        LAPSED = "lapsed", _("Lapsed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    case = models.ForeignKey(Case, models.PROTECT, related_name="requests")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    return_kind = models.CharField(
        _("kind of return"), max_length=16, choices=Case.ReturnKind, blank=True
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.OPEN)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="requests")
    asked_at = models.DateTimeField(_("asked"))
    reason = models.TextField(_("reason"))
    until = models.DateTimeField(_("until"), null=True)
    # Approved extension, on the clock of the limit.
    seconds = models.BigIntegerField(_("seconds"), null=True)
    forwarded_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    forwarded_at = models.DateTimeField(_("passed on"), null=True)
    forward_opinion = models.TextField(_("opinion of the dispatch section"), blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    opinion = models.TextField(_("opinion"), blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(status="open"), name="request_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True)
                | ~Q(status="open") & Q(decided_at__isnull=False, decided_at__gte=F("asked_at")),
                name="request_decided_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["suspend", "suspend_hard"]) | Q(until__isnull=False),
                name="request_suspension_has_date",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "asked_at"], name="request_ledger"),
            models.Index(fields=["department", "asked_at"], name="request_of_department"),
        ]

    def __str__(self):
        return f"{self.case_id} {self.kind} {self.status}"
