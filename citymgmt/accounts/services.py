"""Service accounts: programs with verbs, a source and a last day of their own; no password."""

from collections.abc import Callable, Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from citymgmt.accounts import actions
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import Service, User
from citymgmt.accounts.posts import MANAGE_PEOPLE
from citymgmt.accounts.rules import holds
from citymgmt.accounts.verbs import RESERVED, VERBS
from citymgmt.lib.errors import BadInput, NotYours

Sources = Callable[[], Iterable[tuple[str, str]]]
_offered: list[Sources] = []


def offer_sources(function: Sources) -> None:
    """For `AppConfig.ready` of the app that knows sources: (code, name) of those in use."""
    _offered.append(function)


def sources() -> list[tuple[str, str]]:
    return [row for function in _offered for row in function()]


@transaction.atomic
def save(
    *, username: str, full_name: str, source: str, verbs: list[str], valid_until: date,
    by: User, is_active: bool = True, person: User | None = None, request=None,
) -> User:  # fmt: skip
    """A new service account, or other verbs, another source or last day for one."""
    if not holds(by, MANAGE_PEOPLE):
        raise NotYours(_("This is not yours to do."), "not_yours")
    _check(source, verbs)
    user = person or User(kind=User.Kind.SERVICE)
    user.username = username
    user.full_name = full_name.strip()
    user.is_active = is_active
    if person is None:
        user.set_unusable_password()
    actions.save_person(person=user, by=by, request=request)
    before = Service.objects.filter(user=user).first()
    row = Service(user=user, source=source, valid_until=valid_until)
    row.verbs = [verb for verb in VERBS if verb in verbs]
    row.save()
    old = set(before.verbs) if before else set()
    data = {
        "added": sorted(set(verbs) - old), "removed": sorted(old - set(verbs)),
        "source": source, "to": valid_until,
    }  # fmt: skip
    record(verb="save_service", subject=user.username, by=by, data=data, request=request)
    return user


def _check(source, verbs):
    if source not in dict(sources()):
        problem = _("Choose a source.")
        raise BadInput(problem, fields={"source": [problem]})
    if not verbs or set(verbs) & set(RESERVED) or set(verbs) - set(VERBS):
        problem = _("Choose what the account may do; administration stays with people.")
        raise BadInput(problem, fields={"verbs": [problem]})
