"""What is answered when the person a page was made for is not signed in (any more).

A page of its own (navigation): the sign-in page, and back; with what was typed if something was
sent. A fragment for htmx or anything a script fetched: 401 and `{"detail", "code", "fields"}`,
never the sign-in page, with an event that htmx tells the page (`lib/session.js` listens).
Codes: `signed_out`; `other_person` (somebody else signed in on the same browser);
`choose_password` (nothing else is open before the person has chosen a password of their own).
"""

import re

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from citymgmt.lib.addresses import of_this_site
from citymgmt.lib.pages import is_page

SIGNED_OUT, OTHER_PERSON, STALE = "signed_out", "other_person", "stale_form"
CHOOSE_PASSWORD = "choose_password"
EVENT = "session:ended"
MADE_FOR = "signed_in_as"  # field of every form; as a header X-Signed-In-As
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
NOT_SHOWN = re.compile(r"^[\w.:/?=&+%-]*$", re.ASCII)  # identifiers, addresses, numbers
NOT_KEPT = re.compile(r"csrfmiddlewaretoken|signed_in_as|.*password.*")


def made_for(request: HttpRequest) -> str:
    """The number of the person whose page sends this, or nothing."""
    if named := request.headers.get("X-Signed-In-As", ""):
        return named
    if request.method in SAFE or request.content_type not in FORMS:
        return ""
    return request.POST.get(MADE_FOR, "")


def is_of_other(request: HttpRequest) -> bool:
    """Sent from a page of somebody else than who is signed in now."""
    named = made_for(request)
    return bool(named) and request.user.is_authenticated and named != str(request.user.pk)


def answer(request: HttpRequest, code: str = SIGNED_OUT) -> HttpResponse:
    if not is_page(request):
        return refuse(401, code)
    if code == SIGNED_OUT and request.method in SAFE:
        return redirect_to_login(request.get_full_path())
    if code == SIGNED_OUT and not _sent(request) and not request.FILES:
        return redirect_to_login(_page_before(request))
    return typed(request, code, status=401)


def to_own_password(request: HttpRequest) -> HttpResponse:
    """A page leads to the form; a script is refused with 403, htmx goes there as well."""
    address = reverse("accounts:own_password")
    if is_page(request) and not request.path.startswith("/api/"):
        return redirect(address)
    response = refuse(403, CHOOSE_PASSWORD)
    response.headers["HX-Redirect"] = address
    return response


def refuse(status: int, code: str) -> JsonResponse:
    """For scripts. Nobody keeps it: the next time may be another one."""
    words = {
        SIGNED_OUT: _("You are signed out. Sign in again; what you typed is still here."),
        OTHER_PERSON: _("Somebody else is signed in on this browser now. Nothing was sent."),
        STALE: _("This page is out of date. Reload it, then send again."),
        CHOOSE_PASSWORD: _("Choose a new password first; nothing else is open before."),
    }
    response = JsonResponse({"detail": words[code], "code": code, "fields": {}}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return trigger_client_event(response, EVENT, {"code": code}) if status == 401 else response


def typed(request: HttpRequest, code: str, status: int) -> HttpResponse:
    """A page that says what happened and holds what was sent, to be sent again by hand."""
    context = {
        "code": code,
        "texts": [pair for pair in _sent(request) if not NOT_SHOWN.match(pair[1])],
        "others": [pair for pair in _sent(request) if NOT_SHOWN.match(pair[1])],
        "had_files": bool(request.FILES),
        "here": request.get_full_path(),
        "from_page": _page_before(request),
        "sign_in_url": reverse("accounts:sign_in"),
    }
    response = render(request, "accounts/typed.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _sent(request) -> list[tuple[str, str]]:
    """(name, value) of all fields, without tokens and passwords."""
    if request.content_type not in FORMS:
        return []
    rows = ((name, value) for name, values in request.POST.lists() for value in values)
    return [(name, value) for name, value in rows if not NOT_KEPT.fullmatch(name)]


def _page_before(request) -> str:
    """The page with the form, if it is one of this site: where signing in leads back to."""
    before = of_this_site(request, request.headers.get("Referer", ""))
    return before or request.get_full_path()
