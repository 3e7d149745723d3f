"""The rules that a suggestion comes from: read by those who dispatch, edited by who keeps them."""

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases.finding.queries import disposing_departments
from cases.models import FilingCondition
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import Styled
from citymgmt.accounts.models import Department
from citymgmt.accounts.posts import MANAGE_GRID
from citymgmt.accounts.rules import holds
from citymgmt.lib.search import matching
from dispatch.models import RoutingRule
from dispatch.routing import rules
from dispatch.routing.matters import matter_choices, matter_of, read_matter
from grid import section
from inventory.models import MatterClass

NAMES = (
    "department__name_zh", "department__name_en", "matter_class__name_zh", "matter_class__name_en",
    "responsible_role",
)  # fmt: skip


class RuleForm(Styled, forms.Form):
    """`matter`: "" for all, a kind, "kind:major" or "class:pk"."""

    matter = forms.ChoiceField(label=gettext_lazy("Matter"), required=False)
    responsible_role = forms.ChoiceField(
        label=gettext_lazy("Responsible role"), required=False,
        help_text=gettext_lazy("As the filing condition names it."),
    )  # fmt: skip
    resolver = forms.ChoiceField(
        label=gettext_lazy("Goes to"), choices=RoutingRule.Resolver.choices
    )
    department = forms.ModelChoiceField(
        None, label=gettext_lazy("Department"), required=False, empty_label="–"
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"), min_value=0, max_value=32_767, initial=100,
        help_text=gettext_lazy("The lower number is asked first."),
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)

    def __init__(self, row, *args, **kwargs):
        kwargs.setdefault("initial", _initial(row) if row.pk else None)
        super().__init__(*args, **kwargs)
        self.classes = list(MatterClass.objects.in_use())
        self.fields["matter"].choices = [("", _("all matters")), *matter_choices(self.classes)]
        self.fields["responsible_role"].choices = [("", _("any role")), *role_choices()]
        self.fields["department"].queryset = disposing_departments()

    def values(self) -> dict:
        """Keyword arguments of `rules.save`."""
        data = dict(self.cleaned_data)
        return data | read_matter(data.pop("matter"), self.classes)


def _initial(row) -> dict:
    return {
        "matter": matter_of(row), "responsible_role": row.responsible_role,
        "resolver": row.resolver, "department": row.department, "priority": row.priority,
        "active": row.active,
    }  # fmt: skip


def role_choices() -> list[tuple[str, str]]:
    """(code, words) of every role that a standard or a rule names."""
    named = set(RoutingRule.objects.values_list("responsible_role", flat=True))
    for first, further in FilingCondition.objects.values_list("responsible_role", "co_roles"):
        named |= {first, *further}
    names = {row.code: str(row) for row in Department.objects.filter(code__in=named)}
    roles = {code: names.get(code, ROLE_WORDS.get(code, code)) for code in named if code}
    return sorted(((code, str(words)) for code, words in roles.items()), key=lambda row: row[1])


ROLE_WORDS = {
    "street_office": gettext_lazy("Street office of the place"),
    "owner_unit": gettext_lazy("Owner of the component"),
    "district": gettext_lazy("Government of the place"),
}


@needs(*rules.READERS)
@require_safe
def index(request):
    q = request.GET.get("q", "").strip()
    rows = RoutingRule.objects.select_related("department", "matter_class")
    roles = dict(role_choices())
    if q:
        named = [code for code, words in roles.items() if q in words]
        rows = rows.filter(matching(q, contains=NAMES) | Q(responsible_role__in=named))
    for row in rows:
        row.role = roles.get(row.responsible_role, row.responsible_role)
    return section.page(
        request,
        "dispatch/routing/rules.html",
        rows=rows,
        q=q,
        may_edit=holds(request.user, MANAGE_GRID),
    )


@needs(MANAGE_GRID)
@require_http_methods(["GET", "POST"])
def edit(request, pk=None):
    row = get_object_or_404(RoutingRule, pk=pk) if pk else RoutingRule()
    form = RuleForm(row, request.POST or None)
    if form.is_valid() and attempt(request, rules.save, form=form, row=row, **form.values()):
        messages.success(request, _("Saved."))
        return redirect(address_of(row.pk))
    return section.page(
        request, "dispatch/routing/rule.html", status=422 if form.is_bound else 200,
        row=row, form=form,
    )  # fmt: skip


def address_of(pk) -> str:
    """Where a rule stands among the others."""
    return f"{reverse('dispatch:routing')}#rule-{pk}"


urlpatterns = [
    path("grid/routing/", index, name="routing"),
    path("grid/routing/new/", edit, name="new_routing_rule"),
    path("grid/routing/<int:pk>/", edit, name="routing_rule"),
]
