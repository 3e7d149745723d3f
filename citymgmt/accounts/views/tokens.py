"""Programs and tokens: who may act over the HTTP interface, seen and withdrawn."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from citymgmt.accounts import services, tokens
from citymgmt.accounts.access import attempt, login_required, needs
from citymgmt.accounts.models import AccessToken, User
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS
from citymgmt.accounts.rules import holds
from citymgmt.accounts.token_forms import NewTokenForm, ServiceForm, TokenFilter
from citymgmt.accounts.verbs import VERBS
from citymgmt.lib.errors import Refused

PER_PAGE = 50


# --- all of them ----------------------------------------------------------------------------
@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
@require_safe
def index(request):
    chosen = TokenFilter(request.GET)
    found = tokens.listed(**(chosen.cleaned_data if chosen.is_valid() else {}))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen, "page": page, "rows": _rows(page), "services": _services(),
        "may_create": holds(request.user, MANAGE_PEOPLE),
    }  # fmt: skip
    return render(request, "accounts/tokens.html", context)


def _rows(found):
    return [(token, tokens.standing(token)) for token in found]


def _services():
    """(account, its source in words, what it may) of every program, those over last."""
    names = dict(services.sources())
    rows = User.objects.filter(kind=User.Kind.SERVICE).select_related("service")
    return [
        (row, names.get(row.service.source, row.service.source), _words(row.service.verbs))
        for row in sorted(rows, key=lambda row: (row.service.over, row.username))
    ]


def _words(verbs):
    return [VERBS.get(verb, verb) for verb in verbs]


@login_required
@require_POST
def withdraw(request, pk):
    """One's own token, or anybody's for an administrator; then back to where it was shown."""
    token = get_object_or_404(AccessToken, pk=pk)
    if attempt(request, tokens.withdraw, token=token):
        messages.success(request, _("The token is withdrawn."))
    own = token.user_id == request.user.pk
    return redirect("accounts:profile" if own else "accounts:tokens")


# --- one program ----------------------------------------------------------------------------
@needs(MANAGE_PEOPLE)
def new_service(request):
    form = ServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and attempt(
        request, services.save, form=form, **form.cleaned_data
    ):  # fmt: skip
        messages.success(
            request, _("%(name)s was created.") % {"name": form.cleaned_data["full_name"]}
        )
        made = User.objects.get(username=form.cleaned_data["username"])
        return redirect("accounts:service", made.pk)
    context = {"form": form, "title": _("New service account")}
    return render(request, "accounts/service.html", context, status=422 if form.errors else 200)


@needs(MANAGE_PEOPLE)
def service(request, pk):
    person = _program(pk)
    form = ServiceForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid() and attempt(
        request, services.save, form=form, person=person, **form.cleaned_data
    ):  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect("accounts:service", pk)
    return _service_page(request, _program(pk), form=form)


@needs(MANAGE_PEOPLE)
@require_POST
@never_cache
def new_token(request, pk):
    """The token is on this one answer and nowhere else."""
    person = _program(pk)
    form = NewTokenForm(request.POST, person=person)
    if not form.is_valid():
        return _service_page(request, person, token_form=form)
    try:
        token, key = tokens.make(
            person=person, by=request.user, request=request, **form.cleaned_data
        )
    except Refused as refusal:
        form.add_error("last_day" if refusal.fields else None, str(refusal.detail))
        return _service_page(request, person, token_form=form)
    return render(request, "accounts/new_token.html", {"token": token, "key": key})


def _program(pk):
    rows = User.objects.filter(kind=User.Kind.SERVICE).select_related("service")
    return get_object_or_404(rows, pk=pk)


def _service_page(request, person, **bound):
    form = bound.get("form") or ServiceForm(person=person)
    token_form = bound.get("token_form") or NewTokenForm(person=person)
    context = {
        "form": form, "title": str(person), "person": person, "token_form": token_form,
        "rows": _rows(tokens.listed(person, ended=True)),
    }  # fmt: skip
    wrong = form.errors or token_form.errors
    return render(request, "accounts/service.html", context, status=422 if wrong else 200)
