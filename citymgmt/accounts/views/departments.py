"""The tree of departments."""

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citymgmt.accounts import actions, lists, queries
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import DepartmentForm
from citymgmt.accounts.models import Department
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS
from citymgmt.accounts.rules import holds
from citymgmt.lib.sheets import CODE, NUMBER, Column

PER_PAGE = 100


def _people_of(row) -> str:
    return f"{reverse('accounts:people')}?department={row.pk}"


DEPARTMENTS = lists.Listing("departments", gettext_lazy("Departments"), (
    Column(gettext_lazy("Name"), str, part="accounts/parts/department.html"),
    Column(gettext_lazy("Code"), lambda row: row.code, CODE),
    Column(gettext_lazy("Kind"), lambda row: row.get_kind_display()),
    Column(gettext_lazy("Superior department"), lambda row: row.parent, page=False),
    Column(gettext_lazy("People"), lambda row: row.people_count, NUMBER, link=_people_of),
    Column(
        gettext_lazy("In use"), lambda row: _("yes") if row.active else _("no"), page=False
    ),
))  # fmt: skip
EDITED = replace(DEPARTMENTS, columns=(*DEPARTMENTS.columns, Column(
    gettext_lazy("Actions"), lambda row: "", part="accounts/parts/edit_department.html",
)))  # fmt: skip


@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
def departments(request):
    found = queries.departments()
    if answer := lists.taken(request, DEPARTMENTS, found):
        return answer
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    may_edit = holds(request.user, MANAGE_PEOPLE)
    shown = lists.page(EDITED if may_edit else DEPARTMENTS, page)
    context = {"page": page, "may_edit": may_edit, **shown}
    return render(request, "accounts/departments.html", context)


@needs(MANAGE_PEOPLE)
def edit_department(request, pk=None):
    """Without `pk` a new one."""
    row = get_object_or_404(Department, pk=pk) if pk else None
    form = DepartmentForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        department = form.save(commit=False)
        if attempt(request, actions.save_department, form=form, department=department):
            messages.success(request, _("Saved."))
            return redirect("accounts:departments")
    context = {
        "form": form,
        "title": _("Edit department") if row else _("New department"),
        "back": "accounts:departments",
    }
    return render(request, "accounts/form.html", context, status=422 if form.errors else 200)
