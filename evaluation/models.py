"""Schemes by version, facts of cases, frozen evaluations with their results, bulletins.

An evaluation and its results are written once: what is shown of a past period never changes.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from citymgmt.lib.errors import NotNow
from citymgmt.lib.naming import in_language
from evaluation import scheme_json
from evaluation.settings import Settings

USER = settings.AUTH_USER_MODEL


def frozen_error():
    return NotNow(_("Published figures are not changed."), "frozen")


class FrozenQuerySet(models.QuerySet):
    """Rows that are written once: they cannot be updated or deleted."""

    def update(self, **values):
        raise frozen_error()

    def bulk_update(self, objs, fields, batch_size=None):
        raise frozen_error()

    def delete(self):
        raise frozen_error()


class Frozen(models.Model):
    objects = FrozenQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise frozen_error()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise frozen_error()


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
    satisfaction = models.PositiveSmallIntegerField(null=True)
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
    included. `figures`: totals, shares and what nobody answers for (`actions.figures_of`)."""

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
                condition=Q(score__isnull=True, rank__isnull=True, grade="")
                | Q(score__isnull=False, rank__isnull=False) & ~Q(grade=""),
                name="result_score_has_grade_and_rank",
            ),
        ]

    def __str__(self):
        return f"{self.object_kind} {self.name}"

    @property
    def name(self):
        return in_language(self.name_zh, self.name_en)


class Bulletin(models.Model):
    """The published words about an evaluation. Once published it stays; a correction is the next
    version. `texts` are paragraphs by name (`bulletins.BLOCKS`)."""

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
