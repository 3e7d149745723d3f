"""Every process switch in a sentence, and the field that asks for it."""

from dataclasses import dataclass, fields
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.machine.process import LEVELS, Process

LEVEL_WORDS = {"city": _("the city"), "district": _("the district")}


@dataclass(frozen=True)
class Switch:
    """`least` and `most` bound numbers."""

    label: str
    note: str
    least: Decimal | int = 0
    most: Decimal | int = 10_000

    def field(self, kind: type) -> forms.Field:
        said = {"label": self.label, "help_text": self.note}
        if kind is bool:
            return forms.BooleanField(required=False, **said)
        if kind is str:
            return forms.ChoiceField(choices=[(v, LEVEL_WORDS[v]) for v in LEVELS], **said)
        if kind is Decimal:
            return forms.DecimalField(
                min_value=self.least, max_value=self.most, max_digits=4, decimal_places=2, **said
            )
        return forms.IntegerField(min_value=self.least, max_value=self.most, **said)

    @staticmethod
    def stored(value):
        """As JSON holds it."""
        return float(value) if isinstance(value, Decimal) else value


SWITCHES = {
    "accepts": Switch(_("Who accepts"),
        _("Accepting, filing, declining and merging are done by this level.")),
    "dispatches": Switch(_("Who dispatches"),
        _("Naming the responsible department is done by this level.")),
    "sends_checks": Switch(_("Who sends check tasks"),
        _("Collectors are sent to look at the result by this level.")),
    "approves": Switch(_("Who approves declining and closing"),
        _("With the city, declining and closing go to the city's review first.")),
    "two_level": Switch(_("City review in one office"),
        _("The same review, where both levels work in one office.")),
    "dept_review": Switch(_("Liaison looks first"),
        _("The liaison looks at the handler's work before it is fed back.")),
    "max_extensions": Switch(_("Extensions at most"),
        _("So many approved extensions a case may have; refused ones do not count."), 0, 9),
    "return_window_minutes": Switch(_("Minutes to return a task"),
        _("So many working minutes after receiving it a department may hand a task back."),
        1, 10_000),
    "warn_share": Switch(_("Yellow from"),
        _("From this share of the limit on a light is yellow and a warning is written (0.8 = 80 "
          "%)."), Decimal("0.1"), Decimal("0.99")),
    "escalate_share": Switch(_("Long overdue from"),
        _("At this share of the limit those above are told (1.5 = 150 %)."),
        Decimal("1.05"), Decimal("10")),
    "photo_required_from_collectors": Switch(_("Collectors need a photo"),
        _("A collector's report without a photo is refused.")),
    "appeal_again": Switch(_("Second appeal"),
        _("A department may appeal once more after a refusal.")),
    "arbitrate_after": Switch(_("Arbitrate after returns"),
        _("After so many returns the center may rule who is responsible."), 1, 9),
    "stockpile_days": Switch(_("Days until stockpiled"),
        _("A hard case is counted apart so many calendar days after its approval."), 1, 3660),
    "rework_direct": Switch(_("Rework goes straight back"),
        _("After a failed check the same department gets the case at once.")),
    "auto_rework": Switch(_("Rework by itself"),
        _("A failed check sends the case out again without the shift leader's look.")),
    "urgent_arrival_minutes": Switch(_("Urgent: minutes until somebody is on site"),
        _("Counted day and night from the dispatch, where the filing condition has no limit of "
          "its own. 0: no arrival is asked for."), 0, 1_440),
    "unsolved_goes_back": Switch(_("“Still not solved” begins a new round"),
        _("The closed case goes back to dispatching. Otherwise a new case that follows it is "
          "entered.")),
    "unsolved_days": Switch(_("Days to say “still not solved”"),
        _("So many calendar days after closing a citizen may say that it is not solved."), 1, 365),
    "position_accuracy_m": Switch(_("Positions at least this exact (m)"),
        _("A position that may be further off counts as unknown when somebody is sent."),
        5, 5_000),
    "on_site_m": Switch(_("On site within (m)"),
        _("What was done on site further from the case than this, as the phone says, is marked in "
          "the record. Nothing is refused."), 10, 5_000),
    "force_close": Switch(_("Forced close exists"),
        _("A leader may close a case without a passed check.")),
    "special_close": Switch(_("Special close exists"),
        _("The shift leader may close a case for special reasons.")),
    "count_by_device": Switch(_("Clocks count by the phone"),
        _("What was done on site without a network counts when the phone says it was done; "
          "without this, when it arrived. Both moments are kept and shown.")),
    "device_minutes": Switch(_("Minutes believed"),
        _("A phone's moment further back than so many minutes before arrival is not counted by."),
        1, 10_080),
}  # fmt: skip


class SwitchForm(forms.Form):
    """One field for every switch; `cleaned_data` has values of their types."""

    def __init__(self, data=None, *, now: Process):
        initial = {field.name: getattr(now, field.name) for field in fields(Process)}
        super().__init__(data, initial=initial)
        self.label_suffix = ""
        for field in fields(Process):
            if field.name in SWITCHES:
                self.fields[field.name] = SWITCHES[field.name].field(field.type)
        for field in self.fields.values():
            box = isinstance(field, forms.BooleanField)
            select = isinstance(field, forms.ChoiceField)
            css = "form-check-input" if box else "form-select" if select else "form-control"
            field.widget.attrs["class"] = css
