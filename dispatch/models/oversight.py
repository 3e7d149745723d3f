"""Words from above and between colleagues: supervision, urging, instruction, hand-over.

Written by the receivers of the log, inside the transaction of the step they come from.
"""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.accounts.models import Department

USER = settings.AUTH_USER_MODEL


class SupervisionQuerySet(models.QuerySet):
    def open(self):
        return self.filter(resolved_at__isnull=True)


class Supervision(models.Model):
    """A formal demand to the responsible department. At most one is open per case."""

    class Kind(models.TextChoices):
        TIMEOUT = "timeout", _("Overdue case")
        LEADER = "leader", _("Leader's demand")
        IMPORTANT = "important", _("Important case")

    case = models.ForeignKey(Case, models.PROTECT, related_name="supervisions")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    requirement = models.TextField(_("requirement"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"))
    # Set if a reply is needed.
    reply_due_at = models.DateTimeField(_("reply due"), null=True)
    reply = models.TextField(_("reply"), blank=True)
    replied_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(_("replied"), null=True)
    resolved_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(_("resolved"), null=True)

    objects = SupervisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("supervision")
        verbose_name_plural = _("supervisions")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(resolved_at__isnull=True), name="supervision_one_open"
            ),
            models.CheckConstraint(
                condition=Q(replied_at__isnull=True) | ~Q(reply=""), name="supervision_reply_says"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("asked_at")),
                name="supervision_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="supervision_ledger")]

    def __str__(self):
        return f"{self.case_id} {self.kind}"


class Urge(models.Model):
    """A reminder to whoever holds the case; without a person it is the timer's."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="urges")
    supervision = models.ForeignKey(
        Supervision, models.PROTECT, null=True, related_name="urges"
    )  # the one whose reply is late
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("time"))
    text = models.TextField(_("text"), blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("urging")
        verbose_name_plural = _("urgings")
        indexes = [models.Index(fields=["at"], name="urge_ledger")]

    def __str__(self):
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class Instruction(models.Model):
    """A leader's note on a case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="instructions")
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"))
    text = models.TextField(_("text"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("instruction")
        verbose_name_plural = _("instructions")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="instruction_says_something")
        ]
        indexes = [models.Index(fields=["at"], name="instruction_ledger")]

    def __str__(self):
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class HandOver(models.Model):
    """All open tasks of one person given to another at the end of a shift."""

    giver = models.ForeignKey(USER, models.PROTECT, related_name="+")
    receiver = models.ForeignKey(USER, models.PROTECT, related_name="+")
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"), db_index=True)
    tasks = models.PositiveIntegerField(_("tasks"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("receiver")), name="hand_over_to_somebody_else"
            )
        ]

    def __str__(self):
        return f"{self.giver_id} → {self.receiver_id}"
