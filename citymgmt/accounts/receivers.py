"""Sign-ins, failed sign-ins, locks and sign-outs go on record. Connected in `apps.ready`."""

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from citymgmt.accounts.audit import record


@receiver(user_logged_in)
def signed_in(request, user, **kwargs):
    record(verb="sign_in", subject=user.get_username(), by=user, request=request)


@receiver(user_logged_out)
def signed_out(request, user, **kwargs):
    if user is not None:
        record(verb="sign_out", subject=user.get_username(), by=user, request=request)


@receiver(user_login_failed)
def sign_in_failed(credentials, request=None, **kwargs):
    record(verb="sign_in_failed", subject=str(credentials.get("username", "")), request=request)


@receiver(user_locked_out)
def locked_out(request, username, **kwargs):
    record(verb="locked_out", subject=str(username), request=request)
