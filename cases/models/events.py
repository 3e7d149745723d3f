"""The append-only log of a case. Instants are UTC."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.states import Action, State
from citymgmt.accounts.models import Department
from citymgmt.lib import keyed

USER = settings.AUTH_USER_MODEL
FORM = 3  # what the digest of a new row covers; see `record`


class CaseEvent(models.Model):
    """One row for every step of a case, never changed: history, statistics and outbox at once.

    `received_at` is when the step began, `at` when it ended; `used_seconds`, `limit_seconds`,
    `due_at` and `overdue` are of the step that this row ended, on that step's own clock.
    `made_at`, `made_lon` and `made_lat` are what the device says of when and where it was done,
    where it said so; `at` is when that arrived (`devices.made`).
    Rows of a case are chained: `hash` covers this row and the hash before it (`chain.py`); `mac`
    signs it, and once published `feed_mac` signs it together with the row published before.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    client_uuid = models.UUIDField(unique=True, null=True, editable=False)
    action = models.CharField(_("action"), max_length=16, choices=Action)
    state_from = models.CharField(max_length=16, blank=True)
    state_to = models.CharField(max_length=16, choices=State)
    stage = models.CharField(_("stage"), max_length=16, blank=True)
    received_at = models.DateTimeField(null=True)
    at = models.DateTimeField(_("time"), db_index=True)
    made_at = models.DateTimeField(null=True)
    made_lon = models.FloatField(null=True)
    made_lat = models.FloatField(null=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    post = models.CharField(_("post"), max_length=32, blank=True)
    by_department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    # the department responsible after the step
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    receiver = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    opinion = models.TextField(_("opinion"), blank=True)
    data = models.JSONField(default=dict)
    used_seconds = models.BigIntegerField(null=True)
    limit_seconds = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    overdue = models.BooleanField(default=False)
    # SHA-256 of the photos that came with the step, and of the columns of the case after it; which
    # columns those are, `form` says (`chain.COLUMNS`).
    photos = models.JSONField(default=list)
    case_digest = models.CharField(max_length=64, blank=True)
    form = models.PositiveSmallIntegerField(default=FORM)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    mac = models.CharField(max_length=keyed.LENGTH, blank=True)
    # place in the live feed; null until published
    feed = models.BigIntegerField(null=True, unique=True)
    feed_mac = models.CharField(max_length=keyed.LENGTH, blank=True)

    class Meta:
        ordering = ["case", "seq"]
        verbose_name = _("flow log row")
        verbose_name_plural = _("flow log")
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="case_event_seq"),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | Q(at__gte=F("received_at")),
                name="case_event_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(made_lon__isnull=True, made_lat__isnull=True)
                | Q(made_at__isnull=False, made_lon__isnull=False, made_lat__isnull=False),
                name="case_event_made_somewhere_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="case_event_unpublished", condition=Q(feed__isnull=True)
            ),
            models.Index(fields=["action", "at"], name="case_event_action_at"),
            models.Index(fields=["by", "at"], name="case_event_by_at"),
        ]

    def __str__(self):
        return f"{self.case_id}#{self.seq} {self.action}"
