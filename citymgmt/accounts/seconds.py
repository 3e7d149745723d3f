"""Acts that one administrator cannot do alone: asked for here, done by `deciding.decide`.

Nobody can blind the record alone: an act on who holds one of the three administrators' posts, and
giving such a post, waits until a second administrator, of another post, has confirmed it. Commands
on the server (`by` None) need no second: whoever runs them holds the database in their hands.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import Membership, PendingAct, Post, User
from citymgmt.accounts.posts import SEPARATED
from citymgmt.lib.errors import NotNow

# Changing one of these hides who somebody is, or shuts them out.
GUARDED_FIELDS = frozenset({"username", "full_name", "is_active"})


# --- who ------------------------------------------------------------------------------------
def is_administrator(person: User) -> bool:
    """Holds one of the three posts, or is going to."""
    return person.memberships.not_over().filter(post__code__in=SEPARATED).exists()


def _administrators():
    current = Membership.objects.current().filter(post__code__in=SEPARATED).order_by()
    return User.objects.filter(is_active=True, pk__in=current.values("user"))


def seconds(asked_by: User, person: User) -> list[User]:
    """Who may decide: administrators of another post than who asks; the person acted on only
    where there is nobody else."""
    own = {code for code in asked_by.post_codes if code in SEPARATED}
    same = Membership.objects.current().filter(post__code__in=own).order_by()
    others = _administrators().exclude(pk=asked_by.pk).exclude(pk__in=same.values("user"))
    found = list(others.order_by("id"))
    apart = [user for user in found if user.pk != person.pk]
    return apart or found


def may_decide(user: User, act: PendingAct) -> bool:
    return not act.decision and user in seconds(act.asked_by, act.person)


# --- asking ---------------------------------------------------------------------------------
@transaction.atomic
def ask(*, kind: str, person: User, by: User, given: dict, password: str = "", request=None):
    """Write down what is asked; answers the `PendingAct`. The person's row is locked by then.

    `NotNow` where the same waits already, or where there is no second administrator.
    """
    if not seconds(by, person):
        raise NotNow(_("There is no second administrator to confirm this."), code="no_second")
    waiting = PendingAct.objects.filter(kind=kind, person=person, decision="")
    if any(act.given == given for act in waiting):
        raise NotNow(_("The same is waiting for a second administrator already."), code="waiting")
    act = PendingAct.objects.create(
        kind=kind, person=person, given=given, password=password, asked_by=by
    )
    told = {"fields": sorted(given)} if kind == PendingAct.Kind.EDIT else given
    data = {"act": kind, "number": act.pk, **told}
    record(verb="ask_second", subject=person.username, by=by, data=data, request=request)
    return act


def concerning(user: User):
    """[(act, whether `user` decides)] of all that waits, the oldest first."""
    rows = PendingAct.objects.filter(decision="").select_related("person", "asked_by")
    return [(act, may_decide(user, act)) for act in rows.order_by("id")]


def count_for(user: User) -> int:
    """So many wait for this administrator's decision."""
    return sum(decides for _act, decides in concerning(user))


# --- the last one ---------------------------------------------------------------------------
def keep_last(memberships) -> None:
    """`NotNow` if without these rows nobody active would hold one of the three posts for good.

    Of two who go at once the second waits here for the first and then finds itself the last.
    """
    rows = [row for row in memberships if row.post.code in SEPARATED]
    posts = sorted({row.post_id for row in rows})
    for post in Post.objects.select_for_update(no_key=True).filter(pk__in=posts).order_by("pk"):
        left = Membership.objects.current().filter(post=post, until=None, user__is_active=True)
        if not left.exclude(pk__in=[row.pk for row in rows]).exists():
            said = _("The last %(post)s stays; appoint another one first.")
            raise NotNow(said % {"post": post}, code="last_administrator")
