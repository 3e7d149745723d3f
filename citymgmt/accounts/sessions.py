"""How long a session lasts, and how its end reaches every open page.

Three kinds of session: of a desk, of a phone (people whose only post is in `settings.PHONE_POSTS`)
and of a screen (the post `screen`). Each ends at a fixed age; a desk also when nobody has touched
it for a while (requirements S4). What counts as touching: opening a page, or the message that a
page sends after real input of a person. What a page fetches by itself does not count.

A websocket listens in two groups, of its session and of its person, and closes when told so.
"""

import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare

from citymgmt.accounts import passwords
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import SCREEN
from citymgmt.lib import push
from citymgmt.lib.after import after_commit

log = logging.getLogger(__name__)
KIND, USED = "kind_of_session", "used_at"
DESK, PHONE, ON_SCREEN = "desk", "phone", "screen"
WRITTEN_EVERY = timedelta(seconds=20)  # a busy person costs one write in this time


def kind_for(user: User) -> str:
    """Of which kind a session of this person is."""
    held = set(user.post_codes)
    if held == {SCREEN}:
        return ON_SCREEN
    return PHONE if held and held <= set(settings.PHONE_POSTS) else DESK


def begin(session: SessionBase, user: User, now: datetime) -> None:
    """Called at sign-in: the age is fixed here, whatever is written to the session later."""
    session[KIND] = kind_for(user)
    session[USED] = now.timestamp()
    session.set_expiry(now + (_screen_age() if session[KIND] == ON_SCREEN else _age()))


def _age() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def _screen_age() -> timedelta:
    return timedelta(days=settings.SCREEN_DAYS)


def is_screen(session: SessionBase) -> bool:
    return session.get(KIND) == ON_SCREEN


def idle_limit(session: SessionBase) -> timedelta | None:
    """How long it may stay untouched; None: as long as it lasts."""
    minutes = {
        DESK: settings.IDLE_MINUTES,
        PHONE: settings.IDLE_PHONE_MINUTES,
        ON_SCREEN: 0,
    }[session.get(KIND, DESK)]
    return timedelta(minutes=minutes) if minutes else None


def idle_left(session: SessionBase, now: datetime) -> float | None:
    """Seconds until it ends for want of use, negative when it has; None: it does not."""
    limit = idle_limit(session)
    used = session.get(USED)
    if limit is None or used is None:
        return None
    return used + limit.total_seconds() - now.timestamp()


def age_left(session: SessionBase, now: datetime) -> float:
    """Seconds until it ends whatever one does."""
    return (session.get_expiry_date() - now).total_seconds()


def left(session: SessionBase, now: datetime) -> float:
    """Seconds until it ends unless it is used; not above zero: it is over."""
    idle = idle_left(session, now)
    age = age_left(session, now)
    return age if idle is None else min(idle, age)


def use(request, now: datetime) -> None:
    """The person has touched it. One that was ended meanwhile elsewhere stays ended."""
    session = request.session
    used = session.get(USED)
    if used is not None and now.timestamp() - used < WRITTEN_EVERY.total_seconds():
        return
    changed_before = session.modified
    session[USED] = now.timestamp()
    try:
        session.save(must_create=False)
    except UpdateError:
        forget(request)
        return
    session.modified = changed_before


def forget(request) -> None:
    """This request goes on as nobody's."""
    request.session.flush()
    request.user = AnonymousUser()


def end_idle(request) -> None:
    """Ended for want of use; of several requests at once, one writes it down."""
    key = request.session.session_key
    user = request.user
    deleted, _rows = Session.objects.filter(session_key=key).delete()
    if deleted and user.is_authenticated:
        record(verb="idle_sign_out", subject=user.username, by=user, request=request)
    forget(request)


@transaction.atomic
def end_all(user: User) -> None:
    """Every session of the person is over, on every machine."""
    User.objects.filter(pk=user.pk).update(session_mark=F("session_mark") + 1)
    user.refresh_from_db(fields=["session_mark"])
    recheck(user)


# --- open pages -----------------------------------------------------------------------------
def group_of_session(key: str) -> str:
    """The key itself goes nowhere."""
    return f"session.{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def group_of_person(pk: int) -> str:
    return f"person.{pk}"


def tell_over(key: str) -> None:
    """Its pages are told at once; unheard, they find out with their next look."""
    after_commit(_tell, group_of_session(key), {"type": "session.over"})


def recheck(user: User) -> None:
    """After the commit: the pages of this person look whether they may still listen."""
    after_commit(_tell, group_of_person(user.pk), {"type": "session.recheck"})


def _tell(group: str, message: dict) -> None:
    try:
        push.to_group(group, message)
    except push.Unreachable:
        log.warning("The live channel is out of reach; pages find out by themselves.")


def people_of(keys: Iterable[str], now: datetime) -> dict[str, tuple[User, float]]:
    """Whose each session is and for how many seconds without a further look; those that go on.

    For whoever has no request: websockets that were opened under the sessions. Two queries.
    """
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=now)
    held = {row.session_key: _opened(row) for row in rows}
    users = User.objects.filter(is_active=True).in_bulk(
        {session[SESSION_KEY] for session in held.values() if SESSION_KEY in session}
    )
    found = {}
    for key, session in held.items():
        user = users.get(int(session.get(SESSION_KEY, 0)))
        if user and _is_of(session, user) and (seconds := left(session, now)) > 0:
            found[key] = (user, seconds)
    return found


def _opened(row: Session) -> SessionStore:
    session = SessionStore(row.session_key)
    session._session_cache = row.get_decoded()
    return session


def _is_of(session: SessionBase, user: User) -> bool:
    """Opened by this person, with the password of today, which is theirs to keep."""
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    if passwords.must_change(user):
        return False
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
