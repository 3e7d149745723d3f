"""What a center sets: standards and limits, sources, switches of the process, calendars."""

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.time.urgent import CLOCK_UNITS
from cases.time.worktime import Unit
from citymgmt.lib import heads
from citymgmt.lib.dated import Dated, DatedQuerySet
from citymgmt.lib.naming import Bilingual, in_language
from inventory.models import MatterClass

UNITS = [
    (Unit.MINUTES, _("minutes")),
    (Unit.WORKING_MINUTES, _("working minutes")),
    (Unit.URGENT_HOURS, _("urgent hours")),
    (Unit.URGENT_DAYS, _("urgent days")),
    (Unit.WORKING_HOURS, _("working hours")),
    (Unit.WORKING_DAYS, _("working days")),
]


def limit_fields():
    return (
        models.DecimalField(_("limit"), max_digits=7, decimal_places=2),
        models.CharField(_("unit"), max_length=16, choices=UNITS),
    )


# --- standards ------------------------------------------------------------------------------
class StandardEditionQuerySet(DatedQuerySet):
    def in_force(self, on=None):
        """The edition that began last before or on a day (today unless told): one row, or none."""
        day = on or timezone.localdate()
        begun = self.filter(active=True, valid_from__lte=day)
        return begun.order_by("-valid_from", "-id")[:1]


class StandardEdition(Dated):
    """A dated table of filing conditions. Running cases keep the promise they were filed under.

    active: it may be used, from `valid_from` on; which one is in force is a question of the day.
    origin: the file it was loaded from last; empty for what the program brings.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    origin = models.CharField(_("file"), max_length=120, blank=True, editable=False)
    valid_from = models.DateField(_("valid from"))
    active = models.BooleanField(_("active"), default=True)

    objects = StandardEditionQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "code"]
        verbose_name = _("standard edition")
        verbose_name_plural = _("standard editions")

    def __str__(self):
        return self.code


class FilingConditionQuerySet(DatedQuerySet):
    def in_force(self, on=None):
        """Those of the edition in force on a day (today unless told)."""
        edition = StandardEdition.objects.in_force(on).values("pk")
        return self.filter(edition=models.Subquery(edition))


class FilingCondition(Dated):
    """What must be true on site before a case is filed; it carries the limit."""

    edition = models.ForeignKey(StandardEdition, models.PROTECT, related_name="conditions")
    matter_class = models.ForeignKey(MatterClass, models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField(_("number"))
    text_zh = models.TextField(_("condition (Chinese)"))
    text_en = models.TextField(_("condition (English)"), blank=True)
    closing_zh = models.TextField(_("closing condition (Chinese)"))
    closing_en = models.TextField(_("closing condition (English)"), blank=True)
    limit_value, limit_unit = limit_fields()
    responsible_role = models.CharField(_("responsible role"), max_length=40)
    co_roles = models.JSONField(_("further roles"), default=list, blank=True)
    flags = models.JSONField(default=list, blank=True)

    objects = FilingConditionQuerySet.as_manager()

    class Meta:
        ordering = ["matter_class", "number"]
        verbose_name = _("filing condition")
        verbose_name_plural = _("filing conditions")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "matter_class", "number"], name="filing_condition_key"
            ),
            models.CheckConstraint(condition=Q(limit_value__gt=0), name="filing_condition_limit"),
        ]

    def __str__(self):
        return self.text

    @property
    def text(self):
        return in_language(self.text_zh, self.text_en)

    @property
    def closing(self):
        return in_language(self.closing_zh, self.closing_en)


class UrgentLimit(models.Model):
    """What an urgent case of a condition is promised, day and night: when somebody is on site, and
    when it is dealt with. Without a row, the process setting and the condition's own number."""

    condition = models.OneToOneField(
        FilingCondition,
        models.CASCADE,
        related_name="urgent_limit",
        verbose_name=_("filing condition"),
    )
    arrival_minutes = models.PositiveSmallIntegerField(_("minutes until somebody is on site"))
    limit_value, limit_unit = limit_fields()

    class Meta:
        verbose_name = _("limit of urgent cases")
        verbose_name_plural = _("limits of urgent cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(limit_unit__in=CLOCK_UNITS), name="urgent_limit_runs_day_and_night"
            ),
            models.CheckConstraint(
                condition=Q(limit_value__gt=0, arrival_minutes__gt=0), name="urgent_limit_positive"
            ),
        ]

    def __str__(self):
        return f"{self.condition} {self.arrival_minutes} min"


class AreaLimit(models.Model):
    """Another limit of a condition for one area class (A, B, C)."""

    condition = models.ForeignKey(FilingCondition, models.CASCADE, related_name="area_limits")
    area_class = models.CharField(_("area class"), max_length=1, choices=[(c, c) for c in "ABC"])
    limit_value, limit_unit = limit_fields()

    class Meta:
        verbose_name = _("limit by area class")
        verbose_name_plural = _("limits by area class")
        constraints = [
            models.UniqueConstraint(fields=["condition", "area_class"], name="area_limit_key")
        ]

    def __str__(self):
        return f"{self.area_class} {self.limit_value} {self.limit_unit}"


class StageLimit(models.Model):
    """The limit of a step other than disposal (workflow §8). Empty keys match all cases."""

    stage = models.CharField(_("stage"), max_length=16)
    area_class = models.CharField(_("area class"), max_length=1, blank=True)
    urgency = models.CharField(
        _("urgency"),
        max_length=8,
        blank=True,
        choices=[("urgent", _("urgent")), ("ordinary", _("ordinary"))],
    )
    limit_value, limit_unit = limit_fields()

    class Meta:
        verbose_name = _("stage limit")
        verbose_name_plural = _("stage limits")
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "area_class", "urgency"], name="stage_limit_key"
            )
        ]

    def __str__(self):
        return f"{self.stage} {self.limit_value} {self.limit_unit}"


class Source(Bilingual, Dated):
    """Where a report came from, and whether it must be verified on site before filing."""

    class Group(models.TextChoices):
        COLLECTOR = "collector", _("Collectors")
        PUBLIC = "public", _("Public")
        OTHER = "other", _("Other")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)
    group = models.CharField(_("group"), max_length=12, choices=Group)
    needs_verify = models.BooleanField(_("verify before filing"), default=True)
    active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "code"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")


class ProcessSwitch(models.Model):
    """One process setting as a row; the known keys and defaults are `process.Process`."""

    key = models.CharField(_("key"), max_length=40, unique=True)
    value = models.JSONField(_("value"))

    class Meta:
        verbose_name = _("process switch")
        verbose_name_plural = _("process switches")

    def __str__(self):
        return self.key


class Calendar(models.Model):
    """Office hours; those of the center, if active. Without rows, 08:00-12:00 and 14:00-18:00,
    Monday to Friday."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    minutes_per_day = models.PositiveSmallIntegerField(_("minutes per working day"), default=480)
    active = models.BooleanField(_("the center's calendar"), default=True)
    # Street cleaning works through them: then only the weekdays and its own special days count.
    observes_holidays = models.BooleanField(_("observes public holidays"), default=True)

    class Meta:
        verbose_name = _("work calendar")
        verbose_name_plural = _("work calendars")
        constraints = [
            models.UniqueConstraint(
                fields=["active"], condition=Q(active=True), name="calendar_one_active"
            )
        ]

    def __str__(self):
        return self.name


class CalendarSchedule(models.Model):
    """Hours in force from a date to a date; slots are ["08:00", "12:00"] pairs."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="schedules")
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    weekdays = models.JSONField(_("weekdays"), default=list)
    slots = models.JSONField(_("slots"))

    class Meta:
        ordering = ["valid_from"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")

    def __str__(self):
        return f"{self.valid_from or ''}–{self.valid_to or ''}"


class CalendarDay(models.Model):
    """A holiday or swapped work day that overrides the published table."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days")
    date = models.DateField(_("date"))
    works = models.BooleanField(_("work day"))
    name = models.CharField(_("name"), max_length=60, blank=True)

    class Meta:
        ordering = ["date"]
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="calendar_day_once")
        ]

    def __str__(self):
        return f"{self.date} {self.name}"


class DepartmentCalendar(models.Model):
    """The hours of a department and of those below it, unless they have a row of their own."""

    department = models.OneToOneField(
        "accounts.Department", models.CASCADE, related_name="+", verbose_name=_("department")
    )
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="departments", verbose_name=_("work calendar")
    )

    class Meta:
        verbose_name = _("calendar of a department")
        verbose_name_plural = _("calendars of departments")

    def __str__(self):
        return f"{self.department} · {self.calendar}"


class Sequence(heads.Head):
    """Gapless counters, locked while one number is taken: case numbers, and the live feed, whose
    end is signed."""

    name = models.CharField(max_length=60, unique=True)

    def __str__(self):
        return f"{self.name} {self.value}"

    @classmethod
    def take(cls, name: str, count: int = 1) -> int:
        """The last of `count` new numbers. Call inside a transaction."""
        row = cls.objects.filter(name=name)
        if not row.update(value=F("value") + count):
            cls.objects.get_or_create(name=name)
            row.update(value=F("value") + count)
        return row.values_list("value", flat=True).get()
