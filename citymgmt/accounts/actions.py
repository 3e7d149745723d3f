"""Deeds that change people, departments, posts and grants. Each one is on record (`audit.py`).

`by` is the person who acts; None is the installation itself (commands on the server). What is
not the actor's to do raises `NotYours`, what contradicts other rows `NotNow`, a bad value
`BadInput`. What needs a second administrator is written down and answered as a `PendingAct`
(`seconds.py`); `second` is the one who has confirmed it.
"""

from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from citymgmt.accounts import passwords, seconds, sessions, tokens
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import Department, Membership, PendingAct, Post, User
from citymgmt.accounts.posts import MANAGE_PEOPLE, MANAGE_RIGHTS, POSTS, SCREEN, SEPARATED
from citymgmt.accounts.rules import holds, may_change_rights, may_fill, may_set_password
from citymgmt.accounts.verbs import RESERVED, VERBS
from citymgmt.lib.errors import BadInput, NotNow, NotYours

# --- people ---------------------------------------------------------------------------------
EDIT, PASSWORD = PendingAct.Kind.EDIT, PendingAct.Kind.PASSWORD
APPOINT, DISMISS = PendingAct.Kind.APPOINT, PendingAct.Kind.DISMISS
GRANT, REVOKE = PendingAct.Kind.GRANT, PendingAct.Kind.REVOKE
PERSON_FIELDS = ("username", "full_name", "phone", "department_id", "is_active", "on_duty")


@transaction.atomic
def save_person(
    *, person: User, by: User | None, second: User | None = None, request=None
) -> User | PendingAct:
    """Create or update; the record holds the names of the changed fields, not personal data."""
    _need(by, MANAGE_PEOPLE)
    old = User.objects.select_for_update().filter(pk=person.pk).first()
    changed = [f for f in PERSON_FIELDS if old and getattr(old, f) != getattr(person, f)]
    off = old is not None and old.is_active and not person.is_active
    if old and by and old.pk == by.pk and not person.is_active:
        raise NotYours(_("Nobody switches off their own account."), code="own_rights")
    if off:
        seconds.keep_last(person.memberships.current().select_related("post"))
    if seconds.GUARDED_FIELDS & set(changed) and _waits(by, second, person):
        given = {name: getattr(person, name) for name in changed}
        return seconds.ask(kind=EDIT, person=old, by=by, given=given, request=request)
    if old is None and person.has_usable_password():
        person.must_change_password = True
    # Of a known person these alone: what was chosen meanwhile (a password) stays.
    person.save(update_fields=PERSON_FIELDS if old else None)
    if old and not person.is_active:
        tokens.end_all(person, by)
    if off:
        sessions.end_all(person)
    data = {"fields": changed, **_seconded(second)}
    if "username" in changed:
        data |= {"before": old.username, "after": person.username}
    verb = "edit_person" if old else "create_person"
    record(verb=verb, subject=person.username, by=by, data=data, request=request)
    return person


@transaction.atomic
def set_password(
    *, person: User, by: User, password: str = "", hashed: str = "",
    second: User | None = None, request=None,
) -> PendingAct | None:  # fmt: skip
    """Give another person a new password, which they change at their next sign-in; it was
    validated by the form. `hashed`: as it is stored, where it was asked for earlier."""
    if not may_set_password(by, person):
        raise NotYours(_("You may not set this person's password."), code="not_yours")
    _lock(person)
    hashed = hashed or make_password(password)
    if _waits(by, second, person):
        return seconds.ask(
            kind=PASSWORD, person=person, by=by, given={}, password=hashed, request=request
        )
    passwords.give_hash(person, hashed)
    person.save(update_fields=passwords.FIELDS)
    sessions.recheck(person)
    data = _seconded(second)
    record(verb="set_password", subject=person.username, by=by, data=data, request=request)
    return None


@transaction.atomic
def change_own_password(*, person: User, password: str, request=None) -> None:
    """Their own choice, validated by the form. Other sessions and all tokens end with the old."""
    passwords.choose(person, password)
    sessions.recheck(person)
    record(verb="change_password", subject=person.username, by=person, request=request)


@transaction.atomic
def withdraw_screen(*, person: User, by: User, request=None) -> None:
    """A wall goes dark: its account is switched off and whatever it has open ends at once."""
    _need(by, MANAGE_PEOPLE)
    if not person.memberships.current().filter(post__code=SCREEN).exists():
        raise NotNow(_("This account is not that of a screen."), code="no_screen")
    person.is_active = False
    person.save(update_fields=["is_active"])
    sessions.end_all(person)
    record(verb="withdraw_screen", subject=person.username, by=by, request=request)


@transaction.atomic
def save_department(*, department: Department, by: User | None, request=None) -> Department:
    """Create or update, and carry all below along when the code or the parent changed."""
    _need(by, MANAGE_PEOPLE)
    old = Department.objects.filter(pk=department.pk).first()
    if old and department.parent and department.parent.path.startswith(old.path):
        problem = _("A department cannot be below itself.")
        raise BadInput(problem, code="below_itself", fields={"parent": [problem]})
    department.save()
    if old and old.path != department.path:
        start = models.functions.Length(models.Value(old.path)) + 1
        Department.objects.filter(path__startswith=old.path).exclude(pk=department.pk).update(
            path=models.functions.Concat(
                models.Value(department.path), models.functions.Substr("path", start)
            )
        )
    record(verb="save_department", subject=department.code, by=by, request=request)
    return department


# --- posts ----------------------------------------------------------------------------------
@transaction.atomic
def load_posts(*, by: User | None = None) -> list[Post]:
    """Add the posts of `posts.POSTS` that are missing; what was edited since stays as it is."""
    known = set(Post.objects.values_list("code", flat=True))
    missing = [
        Post(code=code, name_en=en, name_zh=zh, verbs=verbs, order=order)
        for order, (code, (en, zh, verbs)) in enumerate(POSTS.items(), start=1)
        if code not in known
    ]
    if missing:
        Post.objects.bulk_create(missing)
        record(verb="load_posts", by=by, data={"posts": [post.code for post in missing]})
    return list(Post.objects.all())


@transaction.atomic
def set_verbs(*, post: Post, verbs: list[str], by: User | None, request=None) -> Post:
    """Say what a post may do. The administrators' own verbs stay where they are."""
    _need(by, MANAGE_RIGHTS)
    if by and post.code in by.post_codes:
        raise NotYours(_("Nobody changes their own rights."), code="own_rights")
    post = Post.objects.select_for_update().get(pk=post.pk)
    problem = _verbs_problem(post.code, set(verbs))
    if problem:
        raise BadInput(problem, code="separated_posts", fields={"verbs": [problem]})
    old, post.verbs = post.verbs, [verb for verb in VERBS if verb in verbs]
    post.save(update_fields=["verbs"])
    data = {"added": sorted(set(verbs) - set(old)), "removed": sorted(set(old) - set(verbs))}
    record(verb="set_verbs", subject=post.code, by=by, data=data, request=request)
    return post


def _verbs_problem(code: str, verbs: set[str]) -> str:
    if unknown := sorted(verbs - set(VERBS)):
        return _("There is no verb %(verb)s.") % {"verb": ", ".join(unknown)}
    if any((RESERVED[verb] == code) != (verb in verbs) for verb in RESERVED):
        return _("The right to administer stays with the three administration posts.")
    if code in SEPARATED and verbs - set(POSTS[code][2]):
        return _("An administration post does not act on cases.")
    return ""


@transaction.atomic
def appoint(
    *, user: User, post: Post, department: Department, by: User | None,
    since: date | None = None, second: User | None = None, request=None,
) -> Membership | PendingAct:  # fmt: skip
    """Give a person a post from a day on (today unless told). The same again changes nothing."""
    _check_rights(by, user, may_fill(by, post.code))
    _lock(user)
    if user.kind != User.Kind.PERSON:
        raise NotNow(_("A service account holds no post."), code="no_person")
    since = since or timezone.localdate()
    running = user.memberships.not_over(since)
    if same := running.filter(post=post, department=department, since__lte=since).first():
        return same
    held = {post.code, *running.values_list("post__code", flat=True)}
    if len(held) > 1 and held & SEPARATED:
        raise NotNow(_("An administration post excludes every other post."), code="separated_posts")
    if by and not second and post.code in SEPARATED:
        given = {"post": post.code, "department": department.code, "since": str(since)}
        return seconds.ask(kind=APPOINT, person=user, by=by, given=given, request=request)
    membership = Membership.objects.create(user=user, post=post, department=department, since=since)
    data = {"post": post.code, "department": department.code, "since": since, **_seconded(second)}
    record(verb="appoint", subject=user.username, by=by, data=data, request=request)
    forget(user)
    return membership


@transaction.atomic
def dismiss(
    *, membership: Membership, by: User | None, on: date | None = None,
    second: User | None = None, request=None,
) -> PendingAct | None:  # fmt: skip
    """`on` is the first day without the post (today unless told): the rights end at once.

    A membership that had not begun by then leaves no row, only its trace on record.
    """
    user, post = membership.user, membership.post
    _check_rights(by, user, may_fill(by, post.code))
    _lock(user)
    if user.is_active:
        seconds.keep_last([membership])
    if by and not second and post.code in SEPARATED:
        given = {"post": post.code, "department": membership.department.code, "id": membership.pk}
        return seconds.ask(kind=DISMISS, person=user, by=by, given=given, request=request)
    on = on or timezone.localdate()
    if membership.since < on:
        membership.until = on - timedelta(days=1)
        membership.save(update_fields=["until"])
    else:
        membership.delete()
    data = {"post": post.code, "department": membership.department.code, "on": on}
    data |= _seconded(second)
    record(verb="dismiss", subject=user.username, by=by, data=data, request=request)
    forget(user)
    if on <= timezone.localdate():
        tokens.end_all(user, by)
        sessions.end_all(user)
    return None


# --- grants ---------------------------------------------------------------------------------
@transaction.atomic
def grant(
    *, user: User, verb: str, obj: models.Model, by: User | None,
    second: User | None = None, request=None,
) -> PendingAct | None:  # fmt: skip
    """Let a person use `verb` (a permission of the object's model) on this object."""
    return _change_grant(GRANT, assign_perm, user, verb, obj, by, second, request)


@transaction.atomic
def revoke(
    *, user: User, verb: str, obj: models.Model, by: User | None,
    second: User | None = None, request=None,
) -> PendingAct | None:  # fmt: skip
    """Take back what `grant` gave."""
    return _change_grant(REVOKE, remove_perm, user, verb, obj, by, second, request)


def _change_grant(kind, change, user, verb, obj, by, second, request):
    _check_rights(by, user, holds(by, MANAGE_RIGHTS))
    if verb not in dict(obj._meta.permissions):
        problem = _("%(verb)s cannot be granted here.") % {"verb": verb}
        raise BadInput(problem, code="unknown_verb")
    _lock(user)
    model = ContentType.objects.get_for_model(obj)
    given = {"verb": verb, "on": ".".join(model.natural_key()), "id": obj.pk, "name": str(obj)}
    if _waits(by, second, user):
        return seconds.ask(kind=kind, person=user, by=by, given=given, request=request)
    change(verb, user, obj)
    data = given | _seconded(second)
    record(verb=kind, subject=user.username, by=by, data=data, request=request)
    forget(user)
    sessions.recheck(user)
    return None


# --- common ---------------------------------------------------------------------------------
def forget(user: User) -> None:
    """Drop what this instance remembers of its rights."""
    for name in ("current_memberships", "verbs", "post_codes", "_handled"):
        user.__dict__.pop(name, None)


def _need(by, verb):
    if by is not None and not holds(by, verb):
        raise NotYours(_("This is not yours to do."), code="not_yours")


def _check_rights(by, user, allowed):
    if by is None:
        return
    if not may_change_rights(by, user):
        raise NotYours(_("Nobody changes their own rights."), code="own_rights")
    if not allowed:
        raise NotYours(_("This is not yours to do."), code="not_yours")


def _waits(by, second, person) -> bool:
    """Whether a second administrator has to confirm this first."""
    return by is not None and second is None and seconds.is_administrator(person)


def _seconded(second) -> dict:
    return {"second": second.username} if second else {}


def _lock(user):
    """Two appointments of one person at once would each miss the other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
