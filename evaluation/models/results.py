"""Frozen evaluations with their results.

An evaluation and its results are written once: what is shown of a past period never changes.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from citymgmt.lib.naming import in_language
from evaluation.models.schemes import SchemeRow
from evaluation.sealing.frozen import Frozen

USER = settings.AUTH_USER_MODEL


class Evaluation(Frozen):
    """The figures of a period as they stood at `cutoff`. `start` and `end` are local days, both
    included. `figures`: totals, shares, what nobody answers for (`results.figures.summary`), and
    which collectors a contractor had."""

    scheme = models.ForeignKey(SchemeRow, models.PROTECT, related_name="evaluations")
    start = models.DateField(_("from"))
    end = models.DateField(_("until"))
    cutoff = models.DateTimeField(_("data as of"))
    computed_at = models.DateTimeField(_("computed"))
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    cases = models.PositiveIntegerField(_("cases"))
    figures = models.JSONField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="evaluation_days_ordered")
        ]
        indexes = [models.Index(fields=["end", "start"], name="evaluation_period")]

    def __str__(self):
        return f"{self.start:%Y-%m-%d} – {self.end:%Y-%m-%d} · {self.scheme}"

    def get_absolute_url(self):
        return f"/scores/{self.pk}/"


class Kind(models.TextChoices):
    """What is evaluated; `level` groups them into the three tabs."""

    DISTRICT = "district", _("Districts")
    STREET = "street", _("Streets")
    COMMUNITY = "community", _("Communities")
    DEPARTMENT = "department", _("Departments")
    CONTRACTOR = "contractor", _("Contractors")
    COLLECTOR = "collector", _("Collectors")
    ACCEPTOR = "acceptor", _("Acceptors")
    SHIFT_LEADER = "shift_leader", _("Shift leaders")
    DISPATCHER = "dispatcher", _("Dispatchers")
    HANDLER = "handler", _("Handlers")


AREA_KINDS = (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY)
POST_KINDS = (Kind.COLLECTOR, Kind.ACCEPTOR, Kind.SHIFT_LEADER, Kind.DISPATCHER, Kind.HANDLER)


class Result(Frozen):
    """One object in an evaluation; code, name and group are kept as they were.

    `counts` and `rates` are numbers, exact decimals as strings. `parts` explains the score:
    [{indicator, weight, complement, points, contribution}]. `rank` is within the group.
    """

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="results")
    object_kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    object_id = models.BigIntegerField()
    code = models.CharField(_("code"), max_length=160)
    name_zh = models.CharField(_("name"), max_length=160)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    group = models.CharField(_("ranking group"), max_length=32, blank=True)
    counts = models.JSONField()
    rates = models.JSONField()
    parts = models.JSONField(default=list)
    score = models.DecimalField(_("score"), max_digits=9, decimal_places=6, null=True)
    grade = models.CharField(_("grade"), max_length=8, blank=True)
    colour = models.CharField(max_length=16, blank=True)
    rank = models.PositiveIntegerField(_("rank"), null=True)
    # Under the least number of cases of its kind: shown, but left out of the ranking.
    few = models.BooleanField(_("too few cases for a rank"), default=False)

    class Meta:
        ordering = ["evaluation", "object_kind", "group", F("rank").asc(nulls_last=True), "code"]
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "object_kind", "object_id"], name="result_once"
            ),
            models.CheckConstraint(
                condition=Q(object_kind__in=Kind.values), name="result_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100),
                name="result_score_in_range",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True, rank__isnull=True, few=False, grade="")
                | Q(score__isnull=False, rank__isnull=False, few=False) & ~Q(grade="")
                | Q(score__isnull=False, rank__isnull=True, few=True) & ~Q(grade=""),
                name="result_score_has_grade_and_rank",
            ),
        ]

    def __str__(self):
        return f"{self.object_kind} {self.name}"

    @property
    def name(self):
        return in_language(self.name_zh, self.name_en)
