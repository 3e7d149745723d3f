"""The sections of this app."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.configuration import forms
from cases.configuration.registry import Section, register
from cases.machine.calendars import calendar_of
from cases.models import (
    AreaLimit,
    Calendar,
    CalendarDay,
    CalendarSchedule,
    DepartmentCalendar,
    StageLimit,
    UrgentLimit,
)
from cases.models.duplicates import DuplicateReach
from cases.standards.units import limit_words
from cases.states import Stage
from cases.time.worktime import advance

WEEKDAYS = dict(forms.WEEKDAYS)
NAME = _("Name")


def _limit(row):
    return limit_words(row.limit_value, row.limit_unit)


def _one_of_center(row):
    """The calendar just saved makes sense; the center still has one, and one only."""
    if row.pk:
        _makes_sense(row)
    if not Calendar.objects.filter(active=True).exists():
        raise ValueError(_("The center must have a calendar."))


def _others_off(row):
    if row.active:
        Calendar.objects.exclude(pk=row.pk).update(active=False)


def _whole_calendar(row):
    """The calendar of a schedule, day or department still makes sense with it, or without it; and
    so do those in use, from which the row may have been moved."""
    chosen = Q(pk=row.calendar_id) | Q(active=True) | Q(departments__isnull=False)
    for calendar in Calendar.objects.filter(chosen).distinct():
        _makes_sense(calendar)


def _makes_sense(row):
    """ValueError if the schedules contradict each other, or if clocks that are counted on the
    calendar would find no work time ahead of them."""
    calendar = calendar_of(row)
    given = row.departments.exists()
    if given and not row.schedules.exists():
        raise ValueError(_("A calendar that departments have needs office hours."))
    if given or row.active:
        advance(timezone.now(), calendar.minutes_per_day * 60, True, calendar)


def _hours(row):
    return ", ".join("–".join(pair) for pair in row.slots)


def _weekdays(row):
    return " ".join(str(WEEKDAYS[day]) for day in row.weekdays or range(5))


SECTIONS = (
    Section(
        "calendars", _("Work calendars"), order=10, form=forms.CalendarForm, check=_one_of_center,
        before=_others_off,
        note=_("Whose hours count in limits of working hours and days: the center's calendar; "
               "departments may have their own."),
        rows=lambda: Calendar.objects.order_by("-active", "name"),
        columns=((NAME, lambda r: r.name),
                 (_("Minutes per working day"), lambda r: r.minutes_per_day),
                 (_("Public holidays"),
                  lambda r: _("day off") if r.observes_holidays else _("work day")),
                 (_("The center's"), lambda r: _("yes") if r.active else _("no"))),
    ),
    Section(
        "schedules", _("Office hours"), order=11, form=forms.ScheduleForm, check=_whole_calendar,
        note=_("Hours from a date to a date: ordinary, summer, winter."),
        rows=lambda: CalendarSchedule.objects.select_related("calendar").order_by(
            "calendar", "valid_from"),
        columns=((_("Calendar"), lambda r: r.calendar),
                 (_("Valid from"), lambda r: r.valid_from or "…"),
                 (_("Valid until"), lambda r: r.valid_to or "…"),
                 (_("Weekdays"), _weekdays), (_("Hours"), _hours)),
    ),
    Section(
        "days", _("Special days"), order=12, form=forms.DayForm, check=_whole_calendar,
        note=_("Holidays and swapped work days over the published table, and of years that are "
               "not published yet."),
        rows=lambda: CalendarDay.objects.select_related("calendar").order_by("-date"),
        columns=((_("Date"), lambda r: r.date), (NAME, lambda r: r.name),
                 (_("Works"), lambda r: _("work day") if r.works else _("day off")),
                 (_("Calendar"), lambda r: r.calendar)),
    ),
    Section(
        "department-calendars", _("Calendars of departments"), order=13,
        form=forms.DepartmentCalendarForm, check=_whole_calendar,
        note=_("Disposal is counted on the calendar of the department that has the case: its own, "
               "else that of the department above it, else the center's. Promises already made "
               "move when they are recomputed."),
        rows=lambda: DepartmentCalendar.objects.select_related("department", "calendar").order_by(
            "department__path"),
        columns=((_("Department"), lambda r: r.department),
                 (_("Calendar"), lambda r: r.calendar)),
    ),
    Section(
        "stage-limits", _("Limits of steps"), order=20, form=forms.StageLimitForm,
        note=_("How long each step of the center may take. A running clock keeps its limit."),
        rows=lambda: StageLimit.objects.order_by("stage", "area_class", "urgency"),
        columns=((_("Stage"), lambda r: Stage(r.stage).label),
                 (_("Area class"), lambda r: r.area_class or _("all")),
                 (_("Urgency"), lambda r: r.get_urgency_display() or _("all")),
                 (_("Limit"), _limit)),
    ),
    Section(
        "area-limits", _("Limits by area class"), order=21, form=forms.AreaLimitForm,
        note=_("Another disposal limit of a filing condition in areas of one class. A case keeps "
               "the promise it was filed under."),
        rows=lambda: AreaLimit.objects.select_related("condition__matter_class").order_by(
            "condition__matter_class__kind", "condition__matter_class__code", "area_class"),
        columns=((_("Filing condition"), lambda r: forms.condition_words(r.condition)),
                 (_("Area class"), lambda r: r.area_class), (_("Limit"), _limit)),
    ),
    Section(
        "urgent-limits", _("Limits of urgent cases"), order=22, form=forms.UrgentLimitForm,
        note=_("When somebody must be on site, and when the danger is dealt with: day and night, "
               "on every day. Without a row, the arrival is a process switch and the limit of the "
               "condition is counted by the clock."),
        rows=lambda: UrgentLimit.objects.select_related("condition__matter_class").order_by(
            "condition__matter_class__kind", "condition__matter_class__code"),
        columns=((_("Filing condition"), lambda r: forms.condition_words(r.condition)),
                 (_("Minutes until somebody is on site"), lambda r: r.arrival_minutes),
                 (_("Limit"), _limit)),
    ),
    Section(
        "duplicates", _("Duplicates"), order=30, form=forms.ReachForm,
        note=_("How far around a report, and how long after closing, the same problem is looked "
               "for."),
        rows=lambda: DuplicateReach.objects.select_related("matter_class"),
        columns=((_("For"), lambda r: r.matter_class or r.get_kind_display() or _("all others")),
                 (_("Radius in metres"), lambda r: r.radius_m),
                 (_("Days after closing"), lambda r: r.days)),
    ),
)  # fmt: skip


def enter():
    register(*SECTIONS)
