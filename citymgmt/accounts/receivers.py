"""Sign-ins, failed sign-ins, locks and sign-outs go on record, and begin and end a session.
Connected in `apps.ready`."""

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from citymgmt.accounts import sessions
from citymgmt.accounts.audit import record
from citymgmt.accounts.guessing import was_refused


@receiver(user_logged_in)
def signed_in(request, user, **kwargs):
    record(verb="sign_in", subject=user.get_username(), by=user, request=request)
    sessions.begin(request.session, user, timezone.now())


@receiver(user_logged_out)
def signed_out(request, user, **kwargs):
    if user is not None:
        record(verb="sign_out", subject=user.get_username(), by=user, request=request)


@receiver(user_login_failed)
def sign_in_failed(credentials, request=None, **kwargs):
    # A lock is on record once: whoever goes on against it fills no record.
    if not was_refused(request):
        record(verb="sign_in_failed", subject=str(credentials.get("username", "")), request=request)


@receiver(user_locked_out)
def locked_out(request, username, **kwargs):
    record(verb="locked_out", subject=str(username), request=request)


@receiver(post_delete, sender=Session)
def session_over(instance, **kwargs):
    """Signed out, left unused, or another person signed in on the same browser."""
    sessions.tell_over(instance.session_key)
