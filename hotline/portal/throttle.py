"""How often one address may do something: counted in the cache, so every process counts alike."""

from functools import wraps

from django.conf import settings
from django.core.cache import cache
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from citymgmt.lib import client

# scope: (times, seconds)
LIMITS = settings.PUBLIC_LIMITS


def _key(request, scope):
    return f"portal-{scope}-{client.identity(request)}"


def full(request, scope) -> bool:
    """True when the address has used up its times; counts nothing."""
    return cache.get(_key(request, scope), 0) >= LIMITS[scope][0]


def count(request, scope) -> None:
    """Count one time; the window begins with the first."""
    key, seconds = _key(request, scope), LIMITS[scope][1]
    if not cache.add(key, 1, seconds):
        try:
            cache.incr(key)
        except ValueError:  # the window ended between the two calls
            cache.set(key, 1, seconds)


def counted(scope):
    """Decorator of a view: each request counts, and one too many is answered instead of it."""

    def decorate(view):
        @wraps(view)
        def limited(request, *args, **kwargs):
            if full(request, scope):
                return too_many(request, scope)
            count(request, scope)
            return view(request, *args, **kwargs)

        return limited

    return decorate


def too_many(request, scope):
    """A 429 page, or an answer for a script, that says how long to wait."""
    times, seconds = LIMITS[scope]
    context = {"times": times, "minutes": seconds // 60}
    if request.accepts("text/html") and not request.htmx:
        response = render(request, "hotline/portal/too_many.html", context, status=429)
    else:
        detail = _("Too many from your network at once. It is tried again in %(minutes)s minutes.")
        said = {"detail": detail % context, "code": "too_many", "fields": {}}
        response = JsonResponse(said, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
