"""Whether a request that is still coming in belongs to somebody, before anything of it is read."""

from http.cookies import CookieError, SimpleCookie

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from citymgmt.accounts import sessions
from citymgmt.accounts.models import AccessToken
from citymgmt.accounts.token_models import digest_of

LONGEST = 100


async def is_known(scope) -> bool:
    """Whether the headers of an ASGI scope carry a session or a token that is in force."""
    headers = dict(scope["headers"])
    key = _session_key(headers.get(b"cookie", b"").decode("latin-1"))
    token = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Token ")
    key, token = _plain(key), _plain(token)
    return bool(key or token) and await _in_force(key, token)


def _plain(given: str) -> str:
    """Keys are letters and digits; anything else is nobody's, and is asked of no database."""
    return given if given.isascii() and given.isalnum() and len(given) <= LONGEST else ""


def _session_key(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""


@database_sync_to_async
def _in_force(key: str, token: str) -> bool:
    if key and sessions.people_of([key], timezone.now()):
        return True
    rows = AccessToken.objects.live().filter(user__is_active=True)
    return bool(token) and rows.filter(digest=digest_of(token)).exists()
