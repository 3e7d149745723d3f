"""Sign-ins, failed sign-ins, locks and sign-outs go on record, and begin and end a session.
Connected in `apps.ready`."""

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from citymgmt.accounts import sessions
from citymgmt.accounts.audit import record


@receiver(user_logged_in)
def signed_in(request, user, **kwargs):
    """Whoever was signed in on this browser before is not any more."""
    record(verb="sign_in", subject=user.get_username(), by=user, request=request)
    sessions.tell_over(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    sessions.begin(request.session, user, timezone.now())


@receiver(user_logged_out)
def signed_out(request, user, **kwargs):
    if user is not None:
        record(verb="sign_out", subject=user.get_username(), by=user, request=request)
        sessions.tell_over(request.session.session_key)


@receiver(user_login_failed)
def sign_in_failed(credentials, request=None, **kwargs):
    record(verb="sign_in_failed", subject=str(credentials.get("username", "")), request=request)


@receiver(user_locked_out)
def locked_out(request, username, **kwargs):
    record(verb="locked_out", subject=str(username), request=request)
