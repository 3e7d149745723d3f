"""The table of moves as a page, for training and for whoever wonders why a button is missing."""

from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cases.presenting import drawing
from citymgmt.accounts.access import login_required


@login_required
@require_safe
def machine(request):
    return render(request, "cases/desk/machine.html", {"states": drawing.page()})


urlpatterns = [path("cases/machine/", machine, name="machine")]
