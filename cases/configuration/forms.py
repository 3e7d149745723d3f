"""Forms of the sections. What they let through is checked as a whole by the section besides."""

import re
from datetime import time

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import (
    AreaLimit,
    Calendar,
    CalendarDay,
    CalendarSchedule,
    DepartmentCalendar,
    FilingCondition,
    StageLimit,
    UrgentLimit,
)
from cases.models.duplicates import DuplicateReach
from cases.models.settings import UNITS
from cases.states import Stage
from cases.time.urgent import CLOCK_UNITS
from cases.time.worktime import Schedule
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.models import Department
from inventory.models import MatterClass

WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")),
    (4, _("Friday")), (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip
HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—至]\s*(\d{1,2}):(\d{2})")


class CalendarForm(Styled, forms.ModelForm):
    class Meta:
        model = Calendar
        fields = ["name", "minutes_per_day", "observes_holidays", "active"]
        help_texts = {
            "minutes_per_day": _("So many minutes one working day of a limit uses up."),
            "observes_holidays": _(
                "Not ticked: work goes on through them, as in street cleaning; "
                "only its own special days count."
            ),
            "active": _(
                "The center has one calendar; switching it on switches the others off. "
                "Departments may have their own."
            ),
        }

    def _get_validation_exclusions(self):
        """One in force: saving switches the others off, so two are no fault of the form."""
        return super()._get_validation_exclusions() | {"active"}

    def clean_minutes_per_day(self):
        minutes = self.cleaned_data["minutes_per_day"]
        if not 1 <= minutes <= 1440:
            raise forms.ValidationError(_("A day has 1 to 1440 minutes."))
        return minutes


def read_slots(text) -> list[list[str]]:
    """[["08:00", "12:00"], …] of "08:00-12:00, 14:00-18:00"; ValidationError otherwise."""
    parts = [part.strip() for part in re.split(r"[,，;；]", text) if part.strip()]
    found = [HOURS.fullmatch(part) for part in parts]
    try:
        slots = [
            [time(int(h), int(m)).strftime("%H:%M") for h, m in (hit.group(1, 2), hit.group(3, 4))]
            for hit in found
        ]
    except (AttributeError, ValueError):
        raise forms.ValidationError(_("Write hours as 08:00-12:00, 14:00-18:00.")) from None
    if not slots:
        raise forms.ValidationError(_("Write at least one stretch of hours."))
    return slots


class ScheduleForm(Styled, forms.ModelForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "weekday-boxes"}),
    )
    slots = forms.CharField(
        label=_("hours"), help_text=_("For example 08:00-12:00, 14:00-18:00; 00:00 ends a day.")
    )

    class Meta:
        model = CalendarSchedule
        fields = ["calendar", "valid_from", "valid_to", "weekdays", "slots"]
        labels = {"calendar": _("Calendar")}
        widgets = {"valid_from": DateInput(), "valid_to": DateInput()}
        help_texts = {
            "valid_from": _("Empty: always. Of several in force the one that began last counts, "
                            "so summer hours lie over the ordinary ones."),
        }  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["slots"] = ", ".join("-".join(pair) for pair in self.instance.slots)
            self.initial["weekdays"] = self.instance.weekdays or list(range(5))
        else:
            self.initial["weekdays"] = list(range(5))

    def clean_slots(self):
        return read_slots(self.cleaned_data["slots"])

    def clean(self):
        data = super().clean()
        if {"slots", "weekdays"} <= data.keys():
            pairs = tuple(tuple(map(time.fromisoformat, pair)) for pair in data["slots"])
            try:
                Schedule(data.get("valid_from"), data.get("valid_to"), pairs)
            except ValueError as error:
                self.add_error("slots", str(error))
        return data


class DayForm(Styled, forms.ModelForm):
    class Meta:
        model = CalendarDay
        fields = ["calendar", "date", "works", "name"]
        labels = {"calendar": _("Calendar")}
        widgets = {"date": DateInput()}
        help_texts = {
            "works": _("Ticked: a swapped work day. Not ticked: a day off."),
            "name": _("For example National Day; it is shown where a deadline is explained."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.initial.setdefault("calendar", Calendar.objects.filter(active=True).first())
            self.initial.setdefault("date", timezone.localdate())


class DepartmentCalendarForm(Styled, forms.ModelForm):
    class Meta:
        model = DepartmentCalendar
        fields = ["department", "calendar"]
        labels = {"calendar": _("Calendar")}
        help_texts = {"department": _("It counts for the departments below it too.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        chosen = Q(active=True) | Q(pk=self.instance.department_id)
        self.fields["department"].queryset = Department.objects.filter(chosen)


class StageLimitForm(Styled, forms.ModelForm):
    stage = forms.ChoiceField(
        label=_("stage"),
        choices=[row for row in Stage.choices if row[0] != Stage.DISPOSE],
        help_text=_("Disposal has its limit from the filing condition."),
    )
    area_class = forms.ChoiceField(
        label=_("area class"), required=False, choices=[("", _("all")), *((c, c) for c in "ABC")]
    )

    class Meta:
        model = StageLimit
        fields = ["stage", "area_class", "urgency", "limit_value", "limit_unit"]

    def clean_limit_value(self):
        return positive(self.cleaned_data["limit_value"])

    def clean(self):
        data = super().clean()
        others = StageLimit.objects.exclude(pk=self.instance.pk)
        key = {name: data.get(name, "") for name in ("stage", "area_class", "urgency")}
        if data.get("stage") and others.filter(**key).exists():
            self.add_error(None, _("There is such a row already."))
        return data


def positive(value):
    if value is None or value <= 0:
        raise forms.ValidationError(_("A limit is more than zero."))
    return value


class AreaLimitForm(Styled, forms.ModelForm):
    condition = forms.ModelChoiceField(FilingCondition.objects.none(), label=_("filing condition"))

    class Meta:
        model = AreaLimit
        fields = ["condition", "area_class", "limit_value", "limit_unit"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = FilingCondition.objects.in_force().select_related("matter_class")
        self.fields["condition"].queryset = rows.order_by(
            "matter_class__kind", "matter_class__code", "number"
        )
        self.fields["condition"].label_from_instance = condition_words

    def clean_limit_value(self):
        return positive(self.cleaned_data["limit_value"])


class UrgentLimitForm(AreaLimitForm):
    class Meta:
        model = UrgentLimit
        fields = ["condition", "arrival_minutes", "limit_value", "limit_unit"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["limit_unit"].choices = [row for row in UNITS if row[0] in CLOCK_UNITS]

    def clean_arrival_minutes(self):
        return positive(self.cleaned_data["arrival_minutes"])


def condition_words(row) -> str:
    matter = row.matter_class
    return f"{matter.get_kind_display()} {matter.code} {matter} · {row.number} {row.text[:40]}"


class ReachForm(Styled, forms.ModelForm):
    class Meta:
        model = DuplicateReach
        fields = ["kind", "matter_class", "radius_m", "days"]
        help_texts = {
            "kind": _("Kind and class both empty: the default for all others."),
            "radius_m": _("5 to 1000 metres around the report."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        classes = MatterClass.objects.in_use().order_by("kind", "code")
        self.fields["matter_class"].queryset = classes
        self.fields["matter_class"].label_from_instance = lambda row: (
            f"{row.get_kind_display()} {row.code} {row}"
        )

    def clean(self):
        data = super().clean()
        if data.get("kind") and data.get("matter_class"):
            self.add_error("kind", _("Choose a class or a kind, not both."))
        if not 5 <= (data.get("radius_m") or 0) <= 1000:
            self.add_error("radius_m", _("5 to 1000 metres."))
        if (data.get("days") or 0) > 366:
            self.add_error("days", _("At most 366 days."))
        return data
