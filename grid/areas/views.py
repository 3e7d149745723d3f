"""Area classes with their history."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.posts import MANAGE_GRID
from grid import section
from grid.areas import classes
from grid.areas.forms import AreaClassForm
from grid.models import Area, AreaClass


def _areas():
    return Area.objects.filter(level__in=classes.LEVELS).defer("geometry").order_by("code")


@needs(MANAGE_GRID)
@require_http_methods(["GET", "POST"])
def area_classes(request, code=None):
    """Streets and communities with their class; one of them in the form, with its history."""
    area = get_object_or_404(_areas(), code=code) if code else None
    form = AreaClassForm(request.POST or None, area=area) if area else None
    if form and request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        if attempt(request, classes.set_class, form=form, area=area, **asked):
            messages.success(request, _("Saved."))
            return redirect("grid:area_class", code)
    planned = AreaClass.objects.filter(valid_from__gt=timezone.localdate())
    planned = {row.area_id: row for row in planned}
    return section.page(
        request, "grid/areas/classes.html", status=422 if request.method == "POST" else 200,
        rows=[(row, planned.get(row.pk)) for row in _areas()], area=area, form=form,
        history=AreaClass.objects.filter(area=area) if area else [],
    )  # fmt: skip
