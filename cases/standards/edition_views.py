"""The page of the editions: what is stored, what is used from when, and the day of the next."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cases.standards import editions
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.forms import DateInput, Styled
from citymgmt.accounts.posts import MANAGE_STANDARDS, SEE_MAP
from citymgmt.accounts.rules import holds


class DayForm(Styled, forms.Form):
    day = forms.DateField(label=gettext_lazy("First day"), widget=DateInput())


@never_cache
@needs(SEE_MAP, MANAGE_STANDARDS)
@require_http_methods(["GET"])
def every(request):
    return _page(request)


@never_cache
@needs(MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def one(request, kind, pk):
    """The same page with the form of one edition."""
    row = _line(kind, pk)
    today = timezone.localdate()
    day = max(row.edition.valid_from or today, today)
    form = DayForm(request.POST or None, initial={"day": day})
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["day"]
        if attempt(request, editions.begin, form=form, row=row, day=day):
            said = {"edition": row.edition, "day": day}
            messages.success(request, _("%(edition)s is in force from %(day)s.") % said)
            return redirect("cases:editions")
    return _page(request, 422 if form.errors else 200, chosen=row, form=form)


@require_POST
@needs(MANAGE_STANDARDS)
def withdraw(request, kind, pk):
    row = _line(kind, pk)
    if attempt(request, editions.withdraw, row=row):
        said = _("%(edition)s is not in use any more.")
        messages.success(request, said % {"edition": row.edition})
    return redirect("cases:editions")


def _line(kind, pk):
    found = editions.line(kind, pk)
    if found is None:
        raise Http404
    return found


def _page(request, status=200, **context):
    context |= editions.lines() | {"may": holds(request.user, MANAGE_STANDARDS)}
    return render(request, "cases/standards/editions.html", context, status=status)


urlpatterns = [
    path("standards/editions/", every, name="editions"),
    path("standards/editions/<str:kind>/<int:pk>/", one, name="edition"),
    path("standards/editions/<str:kind>/<int:pk>/withdraw/", withdraw, name="edition_withdraw"),
]
