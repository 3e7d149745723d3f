"""Routing rules, the tasks people hold, and the requests departments make.

`WorkItem` and `Request` follow the log: `receivers.py` writes them inside the transaction of the
move they come from, and nothing else does.
"""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.accounts.models import Department
from inventory.models import Kind, MatterClass

USER = settings.AUTH_USER_MODEL


class RoutingRule(models.Model):
    """Which department a matter goes to. Empty keys match everything (workflow §11)."""

    class Resolver(models.TextChoices):
        FIXED = "fixed", _("This department")
        OWNER = "owner", _("Owner of the component")
        MAINTAINER = "maintainer", _("Maintainer of the component")
        STREET = "street", _("Street office of the place")
        LOCALITY = "locality", _("Government of the place")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, blank=True)
    major = models.CharField(_("major class"), max_length=4, blank=True)
    matter_class = models.ForeignKey(
        MatterClass, models.CASCADE, null=True, blank=True, verbose_name=_("class")
    )
    responsible_role = models.CharField(_("responsible role"), max_length=40, blank=True)
    resolver = models.CharField(_("goes to"), max_length=12, choices=Resolver)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, verbose_name=_("department")
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("The lower number is asked first.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["priority", "id"]
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolver="fixed") | Q(department__isnull=True),
                name="routing_rule_department_only_if_fixed",
            ),
            models.UniqueConstraint(
                fields=["kind", "major", "responsible_role", "priority"],
                condition=Q(matter_class__isnull=True),
                name="routing_rule_once",
            ),
            models.UniqueConstraint(
                fields=["matter_class", "responsible_role", "priority"],
                condition=Q(matter_class__isnull=False),
                name="routing_rule_once_per_class",
            ),
        ]

    def __str__(self):
        keys = [self.kind, self.major, self.responsible_role]
        return f"{' · '.join(key for key in keys if key) or '*'} → {self.get_resolver_display()}"


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


class RequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Request.Status.OPEN)


class Request(models.Model):
    """A department asks for return, extension or suspension; the dispatcher asks to void."""

    class Kind(models.TextChoices):
        EXTEND = "extend", _("Extension")
        RETURN = "return_", _("Return")
        SUSPEND = "suspend", _("Suspension")
        VOID = "void", _("Void")

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        LAPSED = "lapsed", _("Lapsed")

    case = models.ForeignKey(Case, models.PROTECT, related_name="requests")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="requests")
    asked_at = models.DateTimeField(_("asked"))
    reason = models.TextField(_("reason"))
    until = models.DateTimeField(_("until"), null=True)
    # Approved extension, on the clock of the limit.
    seconds = models.BigIntegerField(_("seconds"), null=True)
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
                condition=~Q(kind="suspend") | Q(until__isnull=False),
                name="request_suspension_has_date",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "asked_at"], name="request_ledger"),
            models.Index(fields=["department", "asked_at"], name="request_of_department"),
        ]

    def __str__(self):
        return f"{self.case_id} {self.kind} {self.status}"
