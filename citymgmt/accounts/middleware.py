"""Every request: does the session go on, whose page is it, is it a screen's, and has the person a
password of their own?"""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from citymgmt.accounts import ended, passwords, sessions
from citymgmt.lib.bodies.asgi import ONLY_TEXTS
from citymgmt.lib.pages import is_page

# All that a wall needs; everything else is closed to a screen.
OF_SCREENS = (
    "dispatch:wall",
    "dispatch:wall_figures",
    "dispatch:wall_layers",
    "dispatch:wall_ground",
)
# All that is open to somebody who has to choose a new password first.
OF_UNCHOSEN = ("accounts:own_password", "accounts:sign_in", "accounts:sign_out",
               "accounts:session", "set_language")  # fmt: skip
OF_ALL = ("home", "accounts:sign_in", "accounts:sign_out", "accounts:session", "set_language")


class SessionCookie(SessionMiddleware):
    """Only signing out takes the cookie away.

    Django takes it away with every answer to a session that is over. Such an answer may still be
    under way when the person signs in again in another window, and would undo that.
    """

    def process_response(self, request, response):
        response = super().process_response(request, response)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and request.path != reverse("accounts:sign_out"):
            del response.cookies[settings.SESSION_COOKIE_NAME]
        return response


class Sessions:
    """After `AuthenticationMiddleware`."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.open_to_screens = frozenset(map(reverse, OF_SCREENS + OF_ALL))
        self.open_to_unchosen = frozenset(map(reverse, OF_UNCHOSEN))

    def __call__(self, request):
        if SESSION_KEY in request.session:
            self._look(request)
        if SESSION_KEY in request.session:
            if ended.is_of_other(request):
                return ended.answer(request, ended.OTHER_PERSON)
            if self._needs_password(request):
                return ended.to_own_password(request)
            request.only_screens = self._is_closed_to(request)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(request, "only_screens", False):
            raise PermissionDenied
        if getattr(request, "scope", {}).get(ONLY_TEXTS):
            return ended.answer(request)
        return None

    def _is_closed_to(self, request):
        return sessions.is_screen(request.session) and request.path not in self.open_to_screens

    def _needs_password(self, request):
        user = request.user
        if request.path in self.open_to_unchosen or not user.is_authenticated:
            return False
        return passwords.must_change(user)

    @staticmethod
    def _look(request):
        now = timezone.now()
        if sessions.left(request.session, now) <= 0:
            sessions.end_idle(request)
        elif is_page(request):
            sessions.use(request, now)
