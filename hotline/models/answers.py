"""What citizens answer to the end of a case: on the phone, or on the tracking page."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case
from hotline.models.citizens import Citizen
from hotline.models.reports import PublicReport

USER = settings.AUTH_USER_MODEL


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
