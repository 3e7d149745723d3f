"""Who answers where: the rows in force with their history, saying and ending them."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.finding.queries import disposing_departments
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.search import matching
from dispatch.models import Responsibility
from dispatch.responsibilities import actions as responsibilities
from dispatch.routing.matters import matter_choices, read_matter
from dispatch.routing.rules import READERS
from grid import section
from grid.models import Area, DutyGrid
from inventory.models import MatterClass

PAGE = 50
NAMES = (
    "department__name_zh",
    "department__name_en",
    "area__name",
    "duty_grid__name",
    "matter_class__name_zh",
    "matter_class__name_en",
)


class AnswerForm(Styled, forms.Form):
    """`ground` is the code of an area or duty grid; `matter` a kind, "kind:major" or a class."""

    department = forms.ModelChoiceField(None, label=gettext_lazy("Department"))
    ground = forms.ChoiceField(label=gettext_lazy("Area or duty grid"))
    matter = forms.ChoiceField(label=gettext_lazy("Matter"))
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DateInput())
    valid_to = forms.DateField(
        label=gettext_lazy("First day without"), widget=DateInput(), required=False
    )
    basis = forms.CharField(
        label=gettext_lazy("Basis"), max_length=200, required=False,
        help_text=gettext_lazy("The document or decision it rests on."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"valid_from": timezone.localdate()}, **kwargs)
        self.fields["department"].queryset = disposing_departments()
        areas = Area.objects.defer("geometry").order_by("code")
        grids = DutyGrid.objects.in_force().defer("geometry")
        self.grounds = {f"area:{a.code}": a for a in areas} | {f"duty:{g.code}": g for g in grids}
        self.fields["ground"].choices = [("", "—"), *(
            (key, f"{row} · {row.code}") for key, row in self.grounds.items()
        )]  # fmt: skip
        self.matters = list(MatterClass.objects.in_use())
        self.fields["matter"].choices = [("", "—"), *matter_choices(self.matters)]

    def values(self) -> dict:
        """Keyword arguments of `responsibilities.answer`."""
        data = dict(self.cleaned_data)
        key, matter = data.pop("ground"), data.pop("matter")
        data["area" if key.startswith("area:") else "duty_grid"] = self.grounds[key]
        return data | read_matter(matter, self.matters)


class HandOnForm(Styled, forms.Form):
    """Another department from a day on, or nobody."""

    department = forms.ModelChoiceField(
        None, label=gettext_lazy("Department from then on"), required=False,
        empty_label=gettext_lazy("nobody: the general rules"),
    )  # fmt: skip
    on = forms.DateField(label=gettext_lazy("From"), widget=DateInput())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"on": timezone.localdate()}, **kwargs)
        self.fields["department"].queryset = disposing_departments()


def _rows(q=""):
    rows = Responsibility.objects.select_related(
        "department", "area", "duty_grid", "matter_class", "by"
    ).defer("area__geometry", "duty_grid__geometry")
    return rows.filter(matching(q, contains=NAMES, starts=("area__code", "duty_grid__code")))


@needs(*READERS)
@require_http_methods(["GET", "POST"])
def index(request):
    """Read by those who dispatch; the form is for whoever keeps the rows."""
    form = _own(request, AnswerForm)
    if (
        form
        and form.is_valid()
        and attempt(request, responsibilities.answer, form=form, **form.values())
    ):
        messages.success(request, _("Saved."))
        return redirect("dispatch:responsibilities")
    q, past = request.GET.get("q", "").strip(), "past" in request.GET
    rows, today = _rows(q), timezone.localdate()
    if not past:
        rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    return section.page(
        request, "dispatch/responsibilities/list.html", status=_status(form),
        form=form, page=Paginator(rows, PAGE).get_page(request.GET.get("page")),
        q=q, past=past, today=today,
    )  # fmt: skip


def _own(request, form_class):
    """The form, for whoever may change something; 403 for others who send it."""
    if holds(request.user, MANAGE_GRID):
        return form_class(request.POST or None)
    if request.method == "POST":
        raise PermissionDenied
    return None


def _status(form):
    return 422 if form and form.is_bound else 200


@needs(*READERS)
@require_http_methods(["GET", "POST"])
def one(request, pk):
    """One row with the others of its ground, and the form that ends it or hands it on."""
    row = get_object_or_404(_rows(), pk=pk)
    form = _own(request, HandOnForm)
    if form and form.is_valid():
        asked = form.cleaned_data
        deed = responsibilities.hand_on if asked["department"] else responsibilities.end
        given = {name: value for name, value in asked.items() if value}
        if attempt(request, deed, form=form, row=row, **given):
            messages.success(request, _("Saved."))
            return redirect("dispatch:responsibilities")
    others = _rows().filter(area=row.area, duty_grid=row.duty_grid).order_by("valid_from")
    return section.page(
        request, "dispatch/responsibilities/one.html", status=_status(form),
        row=row, form=form, others=others,
    )  # fmt: skip


urlpatterns = [
    path("grid/responsibilities/", index, name="responsibilities"),
    path("grid/responsibilities/<int:pk>/", one, name="responsibility"),
]
