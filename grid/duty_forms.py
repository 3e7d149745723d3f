"""Forms of the pages on duty grids, shifts and area classes."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import DateInput, Styled
from grid import rota
from grid.models import Area, DutyGrid, Shift, UnitGrid

NEW = "new"


class MoveForm(Styled, forms.Form):
    """Chosen unit grids go to another duty grid of the street, or to a new one, from a day on."""

    cells = forms.ModelMultipleChoiceField(
        UnitGrid.objects.none(), label=_("Unit grids"), to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose unit grids in the list or on the map.")},
    )  # fmt: skip
    to = forms.ChoiceField(label=_("To"))
    name = forms.CharField(label=_("Name of the new duty grid"), max_length=80, required=False)
    on = forms.DateField(label=_("From"), widget=DateInput())

    def __init__(self, *args, street, cells, without=None, **kwargs):
        kwargs["initial"] = {"on": timezone.localdate()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["cells"].queryset = cells
        grids = DutyGrid.objects.filter(street=street).defer("geometry")
        self.grids = {g.code: g for g in grids if without is None or g.pk != without.pk}
        names = [(g.code, f"{g.name} · {g.code}") for g in self.grids.values()]
        self.fields["to"].choices = [*names, (NEW, _("a new duty grid"))]

    @property
    def target(self) -> DutyGrid | None:
        """The chosen duty grid; None for a new one."""
        return self.grids.get(self.cleaned_data["to"])


class CollectorsForm(Styled, forms.Form):
    collectors = forms.ModelMultipleChoiceField(
        rota.collectors().none(), label=_("Collectors"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args, duty_grid, **kwargs):
        own = list(duty_grid.collectors.values_list("pk", flat=True))
        super().__init__(*args, initial={"collectors": own}, **kwargs)
        self.fields["collectors"].queryset = rota.collectors().order_by("username")


class ShiftForm(Styled, forms.ModelForm):
    class Meta:
        model = Shift
        fields = ["code", "name_zh", "name_en", "starts", "ends", "active"]
        widgets = {
            "starts": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "ends": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {"ends": _("At or before the beginning: on the next day.")}


class AreaClassForm(Styled, forms.Form):
    area_class = forms.ChoiceField(label=_("Area class"), choices=[(c, c) for c in "ABC"])
    on = forms.DateField(label=_("From"), widget=DateInput())

    def __init__(self, *args, area: Area, **kwargs):
        initial = {"on": timezone.localdate(), "area_class": area.area_class}
        super().__init__(*args, initial=initial, **kwargs)
