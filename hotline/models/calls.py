"""Calls, citizens, public reports and call-backs. Personal data lives here and nowhere below."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, Source
from citymgmt.accounts.posts import TAKE_CALLS
from citymgmt.accounts.rules import holds
from citymgmt.lib import phones

USER = settings.AUTH_USER_MODEL
# Without letters and digits that are mistaken for one another when read aloud or copied by hand.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8


class Citizen(models.Model):
    """Somebody who can be called back; known by the number, as `phones.parse` spells it."""

    class Sex(models.TextChoices):
        FEMALE = "f", _("Female")
        MALE = "m", _("Male")

    phone = models.CharField(_("phone"), max_length=21)
    # Asked for after the line has answered; never part of what is dialled.
    extension = models.CharField(_("extension"), max_length=6, blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__regex=phones.PATTERN), name="citizen_phone_digits"
            ),
            models.CheckConstraint(
                condition=Q(extension__regex=phones.EXTENSION_PATTERN),
                name="citizen_extension_digits",
            ),
            models.UniqueConstraint(fields=["phone", "extension"], name="citizen_number_once"),
        ]

    def __str__(self):
        return self.masked

    @property
    def masked(self):
        return phones.mask(self.phone)

    @property
    def full_number(self):
        """As it is written for people, the extension behind it."""
        return str(phones.Phone(self.phone, self.extension))


class CallQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who takes calls sees consultations, own calls, and calls about cases they may know."""
        if not holds(user, TAKE_CALLS):
            return self.none()
        known = Case.objects.visible_to(user).values("pk")
        return self.filter(Q(case__isnull=True) | Q(by=user) | Q(case__in=known))

    def for_lists(self):
        """Everything a row shows, in one query."""
        return self.select_related("caller", "by", "source", "case__matter_class")


class Call(models.Model):
    """A call taken: a consultation is answered at once, a complaint is about a case."""

    class Kind(models.TextChoices):
        CONSULT = "consult", _("Consultation")
        COMPLAINT = "complaint", _("Complaint")

    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"))
    caller = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="calls",
        verbose_name=_("caller"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    content = models.TextField(_("description"))
    answer = models.TextField(_("answer"), blank=True)
    reply_required = models.BooleanField(_("reply required"), default=False)
    # The caller, asked by the clerk, has agreed to text messages.
    may_text = models.BooleanField(_("text messages agreed to"), default=False)
    publish = models.BooleanField(_("may be published"), default=False)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="calls", verbose_name=_("case")
    )
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("taken by"))

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="consult") | Q(case__isnull=True) & ~Q(answer=""),
                name="call_consultation_is_answered",
            ),
            models.CheckConstraint(
                condition=~Q(kind="complaint") | Q(case__isnull=False),
                name="call_complaint_has_case",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["consult", "complaint"]), name="call_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(reply_required=False) | Q(caller__isnull=False),
                name="call_reply_needs_number",
            ),
            models.CheckConstraint(
                condition=Q(may_text=False) | Q(caller__isnull=False),
                name="call_text_needs_number",
            ),
            models.CheckConstraint(condition=~Q(content=""), name="call_has_content"),
        ]
        indexes = [models.Index(fields=["caller", "-at"], name="call_of_caller")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"

    @property
    def citizen(self) -> Citizen | None:
        """Who wants to know, as of a public report."""
        return self.caller


def new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _n in range(CODE_LENGTH))


class PublicReport(models.Model):
    """What somebody without an account has to do with a case: the first reported it; others said
    of the case before it that it is not solved. The code opens the tracking page."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="public_reports", verbose_name=_("case")
    )
    code = models.CharField(_("tracking code"), max_length=8, default=new_code, editable=False)
    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="reports",
        verbose_name=_("citizen"),
    )  # fmt: skip
    reply_required = models.BooleanField(_("reply required"), default=False)
    # The citizen has agreed to text messages.
    may_text = models.BooleanField(_("text messages agreed to"), default=False)

    class Meta:
        verbose_name = _("public report")
        verbose_name_plural = _("public reports")
        constraints = [
            models.UniqueConstraint(fields=["case", "code"], name="public_report_code_once"),
            models.CheckConstraint(
                condition=Q(may_text=False) | Q(citizen__isnull=False),
                name="public_report_text_needs_number",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=rf"^[{CODE_LETTERS}]{{{CODE_LENGTH}}}$"),
                name="public_report_code_form",
            ),
            models.CheckConstraint(
                condition=Q(reply_required=False) | Q(citizen__isnull=False),
                name="public_report_reply_needs_number",
            ),
        ]

    def __str__(self):
        return str(self.case_id)


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


class Satisfaction(models.IntegerChoices):
    """Five answers and their scores (workflow §12)."""

    VERY_GOOD = 100, pgettext_lazy("answer", "Very satisfied")
    GOOD = 80, pgettext_lazy("answer", "Satisfied")
    FAIR = 50, pgettext_lazy("answer", "Neutral")
    BAD = 0, pgettext_lazy("answer", "Dissatisfied")
    VERY_BAD = -100, pgettext_lazy("answer", "Very dissatisfied")


class CallBack(models.Model):
    """One attempt to tell somebody the result; reached once, the person is not called again until
    another round of the case has ended."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="call_backs")
    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="call_backs")
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    reached = models.BooleanField(_("reached"))
    service = models.SmallIntegerField(
        _("satisfied with the service"), choices=Satisfaction, null=True, blank=True
    )
    result = models.SmallIntegerField(
        _("satisfied with the result"), choices=Satisfaction, null=True, blank=True
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("call-back")
        verbose_name_plural = _("call-backs")
        constraints = [
            models.CheckConstraint(
                # An unknown answer would pass a check as unknown: say that it is there.
                condition=Q(
                    reached=True,
                    service__isnull=False,
                    service__in=Satisfaction.values,
                    result__isnull=False,
                    result__in=Satisfaction.values,
                )
                | Q(reached=False, service__isnull=True, result__isnull=True),
                name="call_back_answers_when_reached",
            ),
            models.UniqueConstraint(
                fields=["case", "citizen", "round"],
                condition=Q(reached=True),
                name="call_back_reached_once",
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class Rating(models.Model):
    """How satisfied the citizen of a public report is with one closing; said on the public site."""

    report = models.ForeignKey(PublicReport, models.PROTECT, related_name="ratings")
    round = models.PositiveSmallIntegerField(_("round"))
    result = models.SmallIntegerField(_("satisfied with the result"), choices=Satisfaction)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.UniqueConstraint(fields=["report", "round"], name="rating_once_per_closing"),
            models.CheckConstraint(
                condition=Q(result__in=Satisfaction.values), name="rating_is_an_answer"
            ),
        ]

    def __str__(self):
        return f"{self.report_id} {self.result}"


class Unsolved(models.Model):
    """Somebody says that a closed case is not solved: on the public site, or when called back.

    `case` had ended its `round`. `follower` is the case that follows; none: a new round began.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="unsolved")
    round = models.PositiveSmallIntegerField(_("round"))
    report = models.ForeignKey(
        PublicReport, models.PROTECT, null=True, blank=True, related_name="unsolved"
    )
    call_back = models.OneToOneField(
        CallBack, models.PROTECT, null=True, blank=True, related_name="unsolved"
    )
    words = models.TextField(_("note"))
    follower = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("not solved")
        verbose_name_plural = _("not solved")
        constraints = [
            models.CheckConstraint(
                condition=Q(report__isnull=False, call_back__isnull=True)
                | Q(report__isnull=True, call_back__isnull=False),
                name="unsolved_said_by_one",
            ),
            models.UniqueConstraint(
                fields=["report", "case", "round"], name="unsolved_once_per_closing"
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.round}"
