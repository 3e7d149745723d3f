"""Forms of the pages on duty grids."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citymgmt.accounts.forms import DateInput, Styled
from grid.models import DutyGrid, UnitGrid
from grid.rota.collectors import collectors

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
        collectors().none(), label=_("Collectors"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args, duty_grid, **kwargs):
        own = list(duty_grid.collectors.values_list("pk", flat=True))
        super().__init__(*args, initial={"collectors": own}, **kwargs)
        self.fields["collectors"].queryset = collectors().order_by("username")
