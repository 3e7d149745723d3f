"""Walls that stay signed in: which there are, where they hang, and taking one out of use."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from citymgmt.accounts import actions, queries
from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS
from citymgmt.accounts.rules import holds


@require_safe
@needs(MANAGE_PEOPLE, MANAGE_RIGHTS)
def screens(request):
    context = {"screens": queries.screens(), "may_withdraw": holds(request.user, MANAGE_PEOPLE)}
    return render(request, "accounts/screens.html", context)


@require_POST
@needs(MANAGE_PEOPLE)
def withdraw(request, pk):
    person = get_object_or_404(User, pk=pk)
    if attempt(request, actions.withdraw_screen, person=person):
        messages.success(request, _("%(name)s is withdrawn.") % {"name": person})
    return redirect("accounts:screens")
