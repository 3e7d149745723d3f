"""Text messages to citizens."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotline.models.calls import Call
from hotline.models.reports import PublicReport


class CitizenMessage(models.Model):
    """A text message to somebody who reported or called; it waits until the gateway has it.

    `round`: which round of the case had ended; 0 before it ends.
    """

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Report received")
        ENDED = "ended", _("Case ended")

    report = models.ForeignKey(
        PublicReport, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    call = models.ForeignKey(Call, models.PROTECT, null=True, blank=True, related_name="messages")
    round = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    created_at = models.DateTimeField(_("created"))
    # When to try next (null: never again), and how it went.
    next_try_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("message to a citizen")
        verbose_name_plural = _("messages to citizens")
        constraints = [
            models.UniqueConstraint(
                fields=["report", "kind", "round"], name="citizen_message_once"
            ),
            models.UniqueConstraint(
                fields=["call", "kind", "round"], name="citizen_message_of_call_once"
            ),
            models.CheckConstraint(
                condition=Q(report__isnull=False, call__isnull=True)
                | Q(report__isnull=True, call__isnull=False),
                name="citizen_message_of_one",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(next_try_at__isnull=True),
                name="citizen_message_sent_is_not_tried",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="citizen_message_to_send",
            ),
        ]

    def __str__(self):
        return f"{self.told.case_id} {self.kind}"

    @property
    def told(self):
        """The report or the call that it answers."""
        return self.report or self.call

    @property
    def phone(self) -> str:
        return self.told.citizen.phone
