"""Who is told of deadlines near and past, of words from above and of requests taken back, and what
they were told."""

from django.conf import settings
from django.db import models
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, CaseEvent
from cases.states import FINAL, Action, Stage
from citymgmt.accounts.models import Post

USER = settings.AUTH_USER_MODEL


class Moment(models.TextChoices):
    """The rows of the log that are told; their shares of the limit are process switches."""

    WARN = Action.WARN.value, _("Due soon")
    OVERDUE = Action.OVERDUE.value, _("Overdue")
    ESCALATE = Action.ESCALATE.value, _("Long overdue")
    ARRIVAL_LATE = Action.ARRIVAL_LATE.value, _("Nobody on site in time")
    SUPERVISE = Action.SUPERVISE.value, _("Supervise")
    URGE = Action.URGE.value, _("Urge")
    INSTRUCT = Action.INSTRUCT.value, _("Instruct")
    WITHDRAW = Action.WITHDRAW.value, _("Withdraw the request")


DEADLINES = (Moment.WARN, Moment.OVERDUE, Moment.ESCALATE)


class Channel(models.TextChoices):
    IN_APP = "in_app", _("in this system")
    SMS = "sms", _("text message")


class EscalationRule(models.Model):
    """At this moment of this stage (empty: any) these people are told on this channel."""

    class Scope(models.TextChoices):
        HOLDER = "holder", _("whoever holds the case")
        DECIDER = "decider", _("whoever was asked to decide")
        AREA = "area", _("the post, for the area of the case")
        DEPT = "dept", _("the post, for the responsible department")
        ALL = "all", _("the post, everywhere")

    OF_THE_CASE = (Scope.HOLDER, Scope.DECIDER)  # the case itself says who that is

    moment = models.CharField(_("moment"), max_length=16, choices=Moment)
    stage = models.CharField(_("stage"), max_length=16, choices=Stage, blank=True)
    scope = models.CharField(_("who is told"), max_length=8, choices=Scope)
    post = models.ForeignKey(
        Post, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.IN_APP)
    on_duty_only = models.BooleanField(_("only people on duty"), default=False)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("escalation rule")
        verbose_name_plural = _("escalation rules")
        constraints = [
            models.UniqueConstraint(
                fields=["moment", "stage", "scope", "post", "channel"],
                condition=Q(post__isnull=False),
                name="escalation_rule_once",
            ),
            models.UniqueConstraint(
                fields=["moment", "stage", "scope", "channel"],
                condition=Q(post__isnull=True),
                name="escalation_rule_of_holder_once",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=["holder", "decider"], post__isnull=True)
                | ~Q(scope__in=["holder", "decider"]) & Q(post__isnull=False),
                name="escalation_rule_names_post",
            ),
        ]

    def __str__(self):
        return f"{self.moment} {self.stage or '*'} → {self.post or self.scope} {self.channel}"


class NoticeQuerySet(models.QuerySet):
    def unread_by(self, user):
        return self.filter(recipient=user, channel=Channel.IN_APP, read_at__isnull=True)

    def standing(self):
        """Without what is settled: a case that has ended, a step that was left, a deadline that
        lies ahead again, a withdrawal that was read."""
        late = Q(case__overdue_at__isnull=False)
        soon = late | Q(case__warned_at__isnull=False)
        here = Q(event__state_to=F("case__state"))
        words = ~Q(text_key__in=[*DEADLINES, Moment.WITHDRAW])
        taken_back = Q(text_key=Moment.WITHDRAW, read_at__isnull=True)  # of a closed case as well
        true_still = words | here & (
            Q(text_key=Moment.WARN) & soon
            | Q(text_key__in=[Moment.OVERDUE, Moment.ESCALATE]) & late
        )
        return self.filter(taken_back | true_still & ~Q(case__state__in=sorted(FINAL)))

    def grouped(self):
        """Of the deadlines of a case the newest one; each word from above stands for itself."""
        clocks = self.filter(text_key__in=DEADLINES).order_by()
        newest = clocks.values("case").annotate(newest=Max("pk")).values("newest")
        return self.filter(~Q(text_key__in=DEADLINES) | Q(pk__in=newest))


class Notice(models.Model):
    """One person told of one row of the log on one channel; a message waits until it is sent."""

    recipient = models.ForeignKey(USER, models.PROTECT, related_name="notices")
    case = models.ForeignKey(Case, models.PROTECT, related_name="notices")
    event = models.ForeignKey(CaseEvent, models.PROTECT, related_name="notices")
    text_key = models.CharField(_("what"), max_length=16, choices=Moment)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("read"), null=True)
    # Messages only: when to try next (null: never again), and how it went.
    next_try_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.CharField(_("error"), max_length=200, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "recipient", "channel"], name="notice_once_per_person"
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(read_at__gte=F("created_at")),
                name="notice_read_after_it_came",
            ),
        ]
        indexes = [
            models.Index(
                fields=["recipient"],
                condition=Q(read_at__isnull=True, channel="in_app"),
                name="notice_unread",
            ),
            models.Index(fields=["recipient", "-id"], name="notice_of_person"),
            models.Index(
                fields=["next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="notice_to_send",
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.text_key} → {self.recipient_id}"
