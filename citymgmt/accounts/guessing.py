"""Guessed passwords: limits by name and network together, by network, and by name.

The limits are `settings.SIGN_IN_LIMITS`. Only passwords that were looked at count, so whoever keeps
on trying does not make a lock longer. A network from which the person has signed in lately is not
touched by what strangers do to the name elsewhere. Used by axes (`Handler`).
"""

from datetime import timedelta
from math import ceil

from axes.handlers.base import AxesHandler
from axes.signals import user_locked_out
from django.conf import settings
from django.utils import timezone

from citymgmt.accounts.models import SignInTry
from citymgmt.lib import client

KNOWN = timedelta(days=30)  # a network is known for so long after a sign-in
FAILURES_KEPT = timedelta(days=1)  # longer than any window of the limits


def wait(name: str, network: str, now=None) -> int:
    """Seconds until a password of this name is looked at from this network; 0: now."""
    now = now or timezone.now()
    rows = SignInTry.objects.filter(right=False)
    both, of_network = rows.filter(name=name, network=network), rows.filter(network=network)
    found = _over(both, "both", now)
    if not _is_known(name, network, now):
        found = max(found, _over(of_network, "network", now), _slowed(rows, name, now))
    elif not found:
        found = _over(of_network, "network", now, factor=settings.SIGN_IN_KNOWN_FACTOR)
    return found


def _over(rows, limit, now, factor=1) -> int:
    """Until the oldest of so many failures falls out of its window."""
    times, seconds = settings.SIGN_IN_LIMITS[limit]
    within = rows.filter(at__gt=now - timedelta(seconds=seconds)).order_by("-at")
    full = within.values_list("at", flat=True)[times * factor - 1 : times * factor].first()
    return 0 if full is None else _left(full, seconds, now)


def _slowed(rows, name, now) -> int:
    """Past the limit of a name one guess after another is looked at, with a pause between them:
    a stranger can slow a person down, and keep nobody out."""
    of_name = rows.filter(name=name)
    if not _over(of_name, "name", now):
        return 0
    last = of_name.order_by("-at").values_list("at", flat=True)[0]
    return _left(last, settings.SIGN_IN_PAUSE, now)


def _left(since, seconds, now) -> int:
    return max(0, ceil((since + timedelta(seconds=seconds) - now).total_seconds()))


def _is_known(name, network, now) -> bool:
    rows = SignInTry.objects.filter(name=name, network=network, right=True)
    return rows.filter(at__gt=now - KNOWN).exists()


def note(name: str, network: str, *, right: bool) -> None:
    """A password was looked at; a right one ends what failed before it from there."""
    if right:
        SignInTry.objects.filter(name=name, network=network).delete()
    SignInTry.objects.create(name=name, network=network, right=right)


def remove_old(now=None) -> int:
    """What counts no more; how many rows."""
    now = now or timezone.now()
    failed = SignInTry.objects.filter(right=False, at__lt=now - FAILURES_KEPT)
    known = SignInTry.objects.filter(right=True, at__lt=now - KNOWN)
    return failed.delete()[0] + known.delete()[0]


def spelled(username) -> str:
    """A typed name as it is counted: long ones and capitals make no other name."""
    return str(username or "").replace("\0", "").strip().casefold()[:150]


class Handler(AxesHandler):
    """What axes asks and is told; it keeps no rows of its own."""

    def is_locked(self, request, credentials=None):
        request.sign_in_wait = wait(*_who(request, credentials))
        request.sign_in_refused = request.sign_in_wait > 0
        return request.sign_in_refused

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        if request is None:
            return
        name, network = _who(request, credentials)
        if not was_refused(request):
            note(name, network, right=False)
            request.sign_in_wait = wait(name, network)
        if not request.sign_in_wait:
            return
        plain = getattr(request, "_request", request)  # of the framework of the interface
        plain.axes_locked_out, plain.axes_credentials = True, credentials
        plain.sign_in_wait = request.sign_in_wait
        if not was_refused(request):
            user_locked_out.send("axes", request=request, username=credentials.get("username"))

    def user_logged_in(self, sender, request, user, **kwargs):
        note(spelled(user.get_username()), client.identity(request), right=True)


def was_refused(request) -> bool:
    """Whether the password of this request was not looked at."""
    return getattr(request, "sign_in_refused", False)


def _who(request, credentials):
    return spelled((credentials or {}).get("username")), client.identity(request)
