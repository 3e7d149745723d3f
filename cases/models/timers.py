"""The last round of the timer: what the next one is measured by."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.time.judging import Doubt


class TimerRound(models.Model):
    """One row. `running` is the time that `machine` had been running, in seconds; `lead` the
    seconds by which the database's clock was ahead, and `confirmed` the newest row of the log, when
    a person said that the clock is right."""

    at = models.DateTimeField()
    machine = models.CharField(max_length=64)
    running = models.FloatField()
    due = models.PositiveIntegerField(default=0)
    lead = models.FloatField(default=0)
    confirmed = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    doubt = models.CharField(max_length=8, choices=Doubt, blank=True)
    # What the clocks said when it stopped, as it is shown.
    told = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="timer_round_one_row"),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, doubt="")
                | Q(stopped_at__isnull=False) & ~Q(doubt=""),
                name="timer_round_stopped_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.doubt or self.due}"
