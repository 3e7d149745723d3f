"""The tasks people hold: verify, check, dispose."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.accounts.models import Department

USER = settings.AUTH_USER_MODEL


class WorkItemQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_at__isnull=True)


class WorkItem(models.Model):
    """A task: the collector's verify or check, or the department's disposal."""

    class Kind(models.TextChoices):
        VERIFY = "verify", _("Verify task")
        CHECK = "check", _("Check task")
        DISPOSE = "dispose", _("Disposal task")

    case = models.ForeignKey(Case, models.PROTECT, related_name="work_items")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    user = models.ForeignKey(USER, models.PROTECT, null=True, related_name="work_items")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="work_items")
    sent_at = models.DateTimeField(_("sent"))
    due_at = models.DateTimeField(_("due"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    # The answer (exists, pass, …), or the action that ended the task otherwise.
    result = models.CharField(_("result"), max_length=16, blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(done_at__isnull=True),
                name="work_item_one_open",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(department__isnull=False),
                name="work_item_has_holder",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, result="")
                | Q(done_at__isnull=False, done_at__gte=F("sent_at")) & ~Q(result=""),
                name="work_item_done_has_result",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "due_at"],
                condition=Q(done_at__isnull=True),
                name="work_item_open_of_user",
            ),
            models.Index(fields=["user", "sent_at"], name="work_item_of_user"),
        ]

    def __str__(self):
        return f"{self.case_id} {self.kind}"
