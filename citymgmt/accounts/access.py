"""What views of every app use: who may come in, and how a refused deed is answered on a page."""

from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from citymgmt.accounts import ended
from citymgmt.accounts.models import PendingAct
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import NotYours, Refused
from citymgmt.lib.transactions import retried


def login_required(view):
    """Decorator: signed in; otherwise the answer that suits the kind of request (`ended`).

    Django's own answers every kind with its sign-in page, inside a fragment too.
    """

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return ended.answer(request)

    return guarded


def needs(*verbs):
    """Decorator: signed in, and holding one of the verbs; otherwise as signed out, or 403."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not any(holds(request.user, verb) for verb in verbs):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def attempt(request, deed, *, form=None, **kwargs) -> bool:
    """Do it as the signed-in person; a refusal is said in the form, or as a notice without one.

    `NotYours` becomes a 403: the page did not offer it. `say_done` tells what came of it.
    """
    try:
        request.done = retried(deed)(by=request.user, request=request, **kwargs)
    except NotYours as refusal:
        raise PermissionDenied(refusal.detail) from refusal
    except Refused as refusal:
        if form is None:
            messages.error(request, refusal.detail)
        else:
            _say_in(form, refusal)
        return False
    return True


def say_done(request, words) -> None:
    """After `attempt`: that it is done, or that a second administrator is to confirm it first."""
    result = getattr(request, "done", None)
    if isinstance(result, PendingAct) and not result.decision:
        said = _("Nothing has changed yet: a second administrator is asked to confirm it.")
        messages.warning(request, said)
    else:
        messages.success(request, words)


def _say_in(form, refusal):
    if not refusal.fields:
        form.add_error(None, refusal.detail)
    for name, problems in refusal.fields.items():
        form.add_error(name if name in form.fields else None, problems)
