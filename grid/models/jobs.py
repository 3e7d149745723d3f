"""Long work on the grid that somebody started from a page and may leave alone."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SILENT = timedelta(minutes=15)  # a job that has said nothing for so long has lost its process


class GridJobQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=GridJob.OPEN)


class GridJob(models.Model):
    """A build or a check of the grid: how far it is, and what came of it.

    `options` is what was asked (see `grid.jobs.actions`), `result` what was found. A running job
    writes `heard_at` with every word of progress and ends when it reads `cancel`.
    """

    class Kind(models.TextChoices):
        TRIAL = "trial", _("Trial run")
        BUILD = "build", _("Build")
        CHECK = "check", pgettext_lazy("grid", "Check")

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("job", "Waiting")
        RUNNING = "running", pgettext_lazy("job", "Running")
        DONE = "done", pgettext_lazy("job", "Done")
        FAILED = "failed", pgettext_lazy("job", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("job", "Cancelled")

    OPEN = (Status.WAITING, Status.RUNNING)

    STEPS = {
        "read": _("Reading the files"),
        "blocks": _("Blocks between the lines"),
        "communities": _("Cutting along communities"),
        "slivers": _("Joining slivers"),
        "split": _("Splitting large blocks"),
        "join": _("Joining what is left"),
        "measure": _("Measuring"),
        "store": _("Storing"),
        "check": _("Checking"),
    }

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    options = models.JSONField(_("options"), default=dict)
    step = models.CharField(_("step"), max_length=20, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    rate = models.FloatField(_("per second"), default=0)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    started = models.DateTimeField(_("started"), null=True, blank=True)
    heard_at = models.DateTimeField(_("last heard"), null=True, blank=True)
    ended = models.DateTimeField(_("ended"), null=True, blank=True)
    cancel = models.BooleanField(_("to be cancelled"), default=False)
    result = models.JSONField(_("result"), default=dict)
    error = models.TextField(_("error"), blank=True)

    objects = GridJobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("job on the grid")
        verbose_name_plural = _("jobs on the grid")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended__isnull=True, status__in=["waiting", "running"])
                | Q(ended__isnull=False, status__in=["done", "failed", "cancelled"]),
                name="grid_job_ended_when_over",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(status__in=["waiting", "running"]),
                name="grid_job_one_at_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_open(self):
        return self.status in self.OPEN

    @property
    def step_name(self):
        return self.STEPS.get(self.step, self.step)

    @property
    def seconds_left(self):
        """To the end of the step; None while the rate is not known."""
        return (self.total - self.done) / self.rate if self.rate else None
