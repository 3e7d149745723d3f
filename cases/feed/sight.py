"""What a person may hear of the live feed, and whether their session goes on."""

from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone

from citymgmt.accounts import sessions
from citymgmt.accounts.models import User
from citymgmt.accounts.rules import handled_departments
from grid.models import Area

MOST = 25  # sessions read in one go: others want the database between


@dataclass(frozen=True)
class Scope:
    """The places and departments whose cases are heard of; people of one post share it."""

    areas: frozenset[int]
    departments: frozenset[int]

    def covers(self, envelope: dict[str, Any]) -> bool:
        return not self.areas.isdisjoint(envelope["areas"]) or envelope["dept"] in self.departments


@dataclass(frozen=True)
class Sight:
    """What one person may hear of; the same rule as `Case.objects.visible_to`."""

    user: int
    scope: Scope


def sight_of(user: User) -> Sight:
    """Read afresh, so that a right taken away ends with the next look."""
    areas = Area.objects.overseen_places(user).values_list("id", flat=True)
    return Sight(user.pk, Scope(frozenset(areas), handled_departments(user)))


def read(keys: list[str]) -> dict[str, tuple[Sight, float] | None]:
    """What may be heard under each session, and for how many seconds; None: it is over."""
    found = sessions.people_of(keys, timezone.now())
    people = {user.pk: user for user, _left in found.values()}
    sights = {pk: sight_of(user) for pk, user in people.items()}
    seen = {key: (sights[user.pk], left) for key, (user, left) in found.items()}
    return {key: seen.get(key) for key in keys}


def read_holders(keys: list[str]) -> dict[str, int | None]:
    """Whose each session is, by the key of the person; one query."""
    found = sessions.holders(keys, timezone.now())
    return {key: found.get(key) for key in keys}


look = database_sync_to_async(read)
look_for_holders = database_sync_to_async(read_holders)
