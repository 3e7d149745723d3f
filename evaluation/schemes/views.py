"""Schemes: every version, and the next one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.posts import EVALUATE, SEE_SCORES
from citymgmt.accounts.rules import holds
from evaluation.models import SchemeRow
from evaluation.schemes import words
from evaluation.schemes.actions import save_scheme
from evaluation.schemes.forms import SchemeForm
from evaluation.schemes.queries import load_schemes


@needs(SEE_SCORES)
def schemes(request):
    load_schemes()
    rows = list(SchemeRow.objects.select_related("by"))
    for row in rows:
        row.kinds = [words.kind(kind) for kind in row.parsed.objects]
    return render(request, "evaluation/schemes/schemes.html", {"rows": rows})


@needs(SEE_SCORES)
def scheme(request, pk):
    """A version of a scheme; who may evaluate saves an edited one as the next version."""
    row = SchemeRow.objects.select_related("by").filter(pk=pk).first()
    if row is None:
        raise Http404
    today = timezone.localdate()
    initial = {"effective_from": today, "scheme": row.scheme, "settings": row.settings}
    form = SchemeForm(request.POST or None, initial=initial)
    may_edit = holds(request.user, EVALUATE)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(request, save_scheme, form=form, **form.cleaned_data)
    ):
        messages.success(request, _("Saved as the next version."))
        return redirect("evaluation:schemes")
    context = {"row": row, "form": form if may_edit else None} | words.page(row.parsed)
    return render(request, "evaluation/schemes/scheme.html", context)
