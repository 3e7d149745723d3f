"""The tree of departments."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from citymgmt.accounts import actions, queries
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import DepartmentForm
from citymgmt.accounts.models import Department
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS
from citymgmt.accounts.rules import holds

PER_PAGE = 100


@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
def departments(request):
    page = Paginator(queries.departments(), PER_PAGE).get_page(request.GET.get("page"))
    may_edit = holds(request.user, MANAGE_PEOPLE)
    return render(request, "accounts/departments.html", {"page": page, "may_edit": may_edit})


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
