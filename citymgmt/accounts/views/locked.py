"""The answer to a sign-in that is not looked at yet (`AXES_LOCKOUT_CALLABLE`)."""

from datetime import timedelta

from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _


def locked(request, response=None, credentials=None):
    """429 that says how long to wait: a page, or JSON for programs."""
    seconds = max(1, getattr(request, "sign_in_wait", 1))
    context = {"minutes": -(-seconds // 60), "at": timezone.now() + timedelta(seconds=seconds)}
    if request.path.startswith("/api/"):
        detail = _("Too many wrong passwords. Try again in %(minutes)d minutes.") % context
        said = {"detail": detail, "code": "locked", "fields": {}}
        answer = JsonResponse(said, status=429)
    else:
        answer = render(request, "accounts/locked.html", context, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
