"""Tokens of people and services: made, known again, withdrawn. Each deed is on record."""

import secrets
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from citymgmt.accounts import passwords
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import AccessToken, User
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS
from citymgmt.accounts.rules import holds
from citymgmt.accounts.token_models import digest_of
from citymgmt.lib import client
from citymgmt.lib.errors import BadInput, NotNow, NotYours

LENGTH = 40
NOTED_EACH = timedelta(minutes=1)


# --- making ---------------------------------------------------------------------------------
@transaction.atomic
def by_signing_in(user: User, request=None) -> str:
    """The token of somebody who has just given their password: the same until half its time.
    `NotYours` while the password is not of their own choice.

    It is made from the seed that is kept, the password and the secret of the installation.
    """
    if passwords.must_change(user):
        problem = _("Choose a new password first; nothing else is open before.")
        raise NotYours(problem, "choose_password")
    half = timezone.now() + timedelta(days=settings.TOKEN_DAYS) / 2
    known = user.tokens.live().filter(seed__isnull=False, expires_at__gt=half)
    for token in known:
        if holds_still(token):
            return _from_seed(token)
    token = AccessToken(user=user, made_by=user)
    token.expires_at = token.made_at + timedelta(days=settings.TOKEN_DAYS)
    key = _from_seed(token)
    _store(token, key)
    _note("make_token", token, user, request)
    return key


@transaction.atomic
def make(*, person: User, name: str, last_day, by: User, request=None) -> tuple[AccessToken, str]:
    """A token for a service account and its key, which nobody can see again."""
    _need_manager(by)
    if person.kind != User.Kind.SERVICE or not person.is_active:
        raise NotNow(_("Only a service account in use is given a token."), "no_service")
    if not timezone.localdate() <= last_day <= person.service.valid_until:
        problem = _("The last day is between today and the last day of the account.")
        raise BadInput(problem, fields={"last_day": [problem]})
    token = AccessToken(user=person, name=name.strip(), made_by=by, seed=None)
    token.expires_at = timezone.make_aware(datetime.combine(last_day, time.max))
    key = secrets.token_hex(LENGTH // 2)
    _store(token, key)
    _note("make_token", token, by, request)
    return token, key


def _store(token, key):
    token.digest = digest_of(key)
    token.hint = key[:6]
    token.password_mark = password_mark(token.user.password)
    token.save(force_insert=True)


def _from_seed(token):
    value = f"{token.seed}:{token.user.password}"
    made = salted_hmac("accounts.token.key", value, algorithm="sha256")
    return made.hexdigest()[:LENGTH]


def password_mark(password: str) -> str:
    """What tells that the password is still the one that a token was made under."""
    return salted_hmac("accounts.token", password, algorithm="sha256").hexdigest()


# --- known again ----------------------------------------------------------------------------
def found(key: str, request=None) -> AccessToken | None:
    """The live token with this key, its use noted; None for any other."""
    rows = AccessToken.objects.live().select_related("user")
    token = rows.filter(digest=digest_of(key)).first()
    if token is None or not holds_still(token):
        return None
    _note_use(token, client.address(request) if request is not None else None)
    return token


def holds_still(token: AccessToken) -> bool:
    """Whether account and password are still as when it was made."""
    user = token.user
    if passwords.must_change(user):
        return False
    same = constant_time_compare(token.password_mark, password_mark(user.password))
    over = user.kind == User.Kind.SERVICE and user.service.over
    return user.is_active and same and not over


def _note_use(token, address):
    """Once a minute is enough: a program that asks each second shall not write each second."""
    now = timezone.now()
    same = token.last_used_from == address
    if same and token.last_used_at and token.last_used_at > now - NOTED_EACH:
        return
    rows = AccessToken.objects.filter(pk=token.pk)
    rows.update(last_used_at=now, last_used_from=address)


# --- the end --------------------------------------------------------------------------------
@transaction.atomic
def withdraw(*, token: AccessToken, by: User, request=None) -> None:
    """One's own, or anybody's for whoever administers people or rights. Again changes nothing."""
    if token.user_id != by.pk:
        _need_manager(by)
    if _end(AccessToken.objects.filter(pk=token.pk), by):
        _note("withdraw_token", token, by, request)


def end_all(person: User, by: User | None) -> None:
    """With the account: what is switched on again later does not bring them back."""
    _end(person.tokens.all(), by)


def _end(rows, by):
    return rows.filter(ended_at__isnull=True).update(ended_at=timezone.now(), ended_by=by)


def _need_manager(by):
    if not (holds(by, MANAGE_PEOPLE) or holds(by, MANAGE_RIGHTS)):
        raise NotYours(_("This is not yours to do."), "not_yours")


def _note(verb, token, by, request):
    data = {"token": token.hint, "name": token.name, "to": token.expires_at}
    record(verb=verb, subject=token.user.username, by=by, data=data, request=request)


# --- reading --------------------------------------------------------------------------------
def listed(user: User | None = None, *, q: str = "", ended: bool = False):
    """Tokens, the last used first: of one person, or all; those at their end only if asked."""
    rows = AccessToken.objects.select_related("user", "user__service", "made_by", "ended_by")
    if user:
        rows = rows.filter(user=user)
    for word in q.split():
        whose = Q(user__username__icontains=word) | Q(user__full_name__icontains=word)
        rows = rows.filter(whose | Q(name__icontains=word) | Q(hint__startswith=word))
    if not ended:
        rows = rows.live()
    return rows.order_by(F("last_used_at").desc(nulls_last=True), "-id")


def standing(token: AccessToken) -> str:
    """Why it works no more, in words; "" while it works."""
    if token.ended_at:
        return _("withdrawn")
    if token.expires_at <= timezone.now():
        return _("expired")
    if not token.user.is_active:
        return _("account switched off")
    if token.user.kind == User.Kind.SERVICE and token.user.service.over:
        return _("account expired")
    if passwords.must_change(token.user):
        return _("password to be changed")
    return "" if holds_still(token) else _("password changed")
