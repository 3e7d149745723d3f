"""The session as scripts ask for it, the page after signing in again, and stale forms."""

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from citymgmt.accounts import ended, sessions
from citymgmt.accounts.access import login_required
from citymgmt.lib.pages import is_page


@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST"])
@login_required
def session(request):
    """Who is signed in and for how long: `person`, `left` (s), `renewable` (by use).

    GET changes nothing. POST says that the person has touched the page. 401: signed out.
    """
    now = timezone.now()
    if request.method == "POST":
        sessions.use(request, now)
        if not request.user.is_authenticated:
            return ended.answer(request)
    left = sessions.left(request.session, now)
    renewable = left < sessions.age_left(request.session, now)
    return JsonResponse(
        {"person": str(request.user.pk), "left": round(left), "renewable": renewable}
    )


@login_required
@require_safe
def resumed(request):
    """Where signing in again in a second tab ends: the first tab goes on by itself."""
    return render(request, "accounts/resumed.html")


def stale(request, reason=""):
    """A form whose token is not that of this browser any more (`CSRF_FAILURE_VIEW`).

    Nobody signed in or somebody else: as `ended`. The same person: the page with a fresh token.
    What came from another site is not offered to be sent again.
    """
    if "token" not in reason.lower() and "cookie" not in reason.lower():
        return render(request, "403.html", status=403)
    if request.path in (reverse("accounts:sign_in"), reverse("accounts:sign_out")):
        return redirect(_sign_in_anew(request))
    if ended.is_of_other(request):
        return ended.answer(request, ended.OTHER_PERSON)
    if ended.made_for(request) and not request.user.is_authenticated:
        return ended.answer(request)
    if is_page(request):
        return ended.typed(request, ended.STALE, status=403)
    return ended.refuse(403, ended.STALE)


def _sign_in_anew(request):
    """The form again, unless it is the one who is signed in already."""
    query = request.GET.copy()
    if request.user.get_username() != request.POST.get("username"):
        query["again"] = "1"
    return f"{reverse('accounts:sign_in')}?{query.urlencode(safe='/')}"
