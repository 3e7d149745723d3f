"""Whose choice a password was, how long it lasts, and which ones come not again (S1, S2).

A password that somebody else has set opens nothing but the page on which its owner chooses
another one; so does one older than `settings.PASSWORD_DAYS`. Walls are signed in by whoever hangs
them, and keep theirs; the demonstration's is published, and lasts.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from citymgmt.accounts.models import User

FIELDS = ("password", "must_change_password", "password_chosen_at")


def give(user: User, password: str) -> None:
    """A password of somebody else's choice, plain; the account is saved by the caller."""
    give_hash(user, make_password(password))


def give_hash(user: User, hashed: str) -> None:
    _keep(user)
    user.password = hashed
    user.must_change_password = True
    user.password_chosen_at = None


def choose(user: User, password: str) -> None:
    """Their own choice, plain; saved here."""
    _keep(user)
    user.set_password(password)
    user.must_change_password = False
    user.password_chosen_at = timezone.now()
    user.save(update_fields=FIELDS)


def must_change(user: User) -> bool:
    """Whether nothing is open to the person before they have chosen a new password."""
    if not (user.must_change_password or _too_old(user)):
        return False
    return user.kind == User.Kind.PERSON and not user.is_screen


def _too_old(user):
    chosen, days = user.password_chosen_at, settings.PASSWORD_DAYS
    return bool(days and chosen and chosen <= timezone.now() - timedelta(days=days))


def used_before(user: User, password: str) -> bool:
    """Whether it is the present one or one of the last `settings.PASSWORD_HISTORY`."""
    if user.pk is None or not settings.PASSWORD_HISTORY:
        return False
    former = user.former_passwords.values_list("password", flat=True)
    hashes = [user.password, *former[: settings.PASSWORD_HISTORY - 1]]
    return any(check_password(password, hashed) for hashed in hashes)


def _keep(user):
    """The present one becomes a former one; what no rule asks for any more goes."""
    if user.pk is None or not user.has_usable_password():
        return
    user.former_passwords.create(password=user.password)
    kept = user.former_passwords.values("pk")[: max(settings.PASSWORD_HISTORY - 1, 0)]
    user.former_passwords.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
