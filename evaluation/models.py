"""Schemes by version, facts of cases, frozen evaluations with their results, bulletins.

An evaluation and its results are written once: what is shown of a past period never changes.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.lib import keyed
from citymgmt.lib.naming import in_language
from evaluation import scheme_json, seals
from evaluation.frozen import Frozen, frozen_error
from evaluation.settings import Settings
from grid.models import DutyGrid

USER = settings.AUTH_USER_MODEL


class SchemeRow(Frozen):
    """One version of a scheme with the settings of its figures; an edit is a new version."""

    code = models.CharField(_("code"), max_length=20)
    version = models.PositiveSmallIntegerField(_("version"))
    effective_from = models.DateField(_("effective from"))
    scheme = models.JSONField(_("scheme"))  # see scheme_json
    settings = models.JSONField(_("settings"), default=dict, blank=True)  # see settings.Settings
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["code", "-version"]
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="scheme_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="scheme_version_from_one"),
        ]

    def __str__(self):
        return f"{self.code} · {self.version}"

    @property
    def parsed(self):
        return scheme_json.from_json(self.scheme)

    @property
    def choices(self) -> Settings:
        return Settings.from_json(self.settings)


class CaseFact(models.Model):
    """A case's log folded up to row `seq`. Derived: it can be thrown away and built again.

    `ends_at` is the last moment at which a finished case matters to a period, null while it is
    open. `data` is the fact (`fact_json`); the other columns only select.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="fact")
    seq = models.PositiveIntegerField()
    reported_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(null=True)
    district_id = models.BigIntegerField()
    street_id = models.BigIntegerField()
    community_id = models.BigIntegerField()
    department_id = models.BigIntegerField(null=True)
    exempt = models.BooleanField(default=False)
    # The newest call-back and rating that the fact knows of: `satisfaction.Heard` of the hotline.
    call_back = models.BigIntegerField(default=0)
    rating = models.BigIntegerField(default=0)
    missed_by_id = models.BigIntegerField(null=True)
    data = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_at__gte=F("reported_at")), name="case_fact_ends_after_report"
            )
        ]
        indexes = [models.Index(fields=["ends_at", "reported_at"], name="case_fact_span")]

    def __str__(self):
        return f"{self.case_id}#{self.seq}"


class Evaluation(Frozen):
    """The figures of a period as they stood at `cutoff`. `start` and `end` are local days, both
    included. `figures`: totals, shares, what nobody answers for (`figures.summary`), and which
    collectors a contractor had."""

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


def _different(one: str, other: str) -> Q:
    return Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | ~Q(**{one: F(other)})


class Bulletin(models.Model):
    """The published words about an evaluation. Once published it stays; a correction is the next
    version. `texts` are paragraphs by name (`bulletins.BLOCKS`); figures in them are fields
    (`bulletin_fields`). `by` wrote the words last; whoever checks and approves are two others."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CHECKED = "checked", _("Checked")
        APPROVED = "approved", _("Approved")
        PUBLISHED = "published", _("Published")

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="bulletins")
    title = models.CharField(_("title"), max_length=160)
    texts = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    checked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True)
    # False only for bulletins that were published before three people were asked for.
    three_people = models.BooleanField(default=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "checked", "approved", "published"]),
                name="bulletin_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="published", published_at__isnull=False,
                            published_by__isnull=False, approved_by__isnull=False)
                | ~Q(status="published") & Q(published_at__isnull=True),
                name="bulletin_published_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, version=1)
                | Q(corrects__isnull=False, version__gt=1),
                name="bulletin_later_version_corrects",
            ),
            models.CheckConstraint(
                condition=Q(status="published", three_people=False)
                | Q(three_people=True)
                & _different("by", "checked_by")
                & _different("by", "approved_by")
                & _different("checked_by", "approved_by"),
                name="bulletin_by_three_people",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if self.pk and Bulletin.objects.filter(pk=self.pk, status="published").exists():
            raise frozen_error()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return f"/scores/bulletins/{self.pk}/"

    def delete(self, *args, **kwargs):
        if self.status == self.Status.PUBLISHED:
            raise frozen_error()
        return super().delete(*args, **kwargs)


class Seal(Frozen):
    """One link of the chain over everything frozen (`seals`)."""

    kind = models.CharField(max_length=12)
    object_id = models.BigIntegerField()
    content = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64)
    # Gapless, and signed together with the seal before it (`heads`).
    number = models.BigIntegerField(unique=True, null=True)
    mac = models.CharField(max_length=keyed.LENGTH, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="seal_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[seals.EVALUATION, seals.BULLETIN]), name="seal_kind_known"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.object_id}"


class MissedFinding(Frozen):
    """One decision, or one objection, about a problem that the collector on duty should have
    reported (漏报). The newest decision of a case holds; all of them are its history."""

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", _("Missed")
        DECLINED = "declined", _("Not missed")
        OBJECTED = "objected", _("Objection")

    case = models.ForeignKey(Case, models.PROTECT, related_name="missed_findings")
    verdict = models.CharField(_("decision"), max_length=12, choices=Verdict)
    duty_grid = models.ForeignKey(DutyGrid, models.PROTECT, null=True, related_name="+")
    collector = models.ForeignKey(USER, models.PROTECT, null=True, related_name="missed_findings")
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("missed report")
        verbose_name_plural = _("missed reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=["confirmed", "declined", "objected"]),
                name="missed_verdict_known",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="confirmed")
                | Q(collector__isnull=False, duty_grid__isnull=False),
                name="missed_confirmed_names_collector",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="missed_has_reason"),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="missed_newest_of_case")]

    def __str__(self):
        return f"{self.case_id} {self.verdict}"
