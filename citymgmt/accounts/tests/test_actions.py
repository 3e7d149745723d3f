"""Deeds: who may do what to whom, the separation of the three administration posts, the record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from citymgmt.accounts import actions
from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import AuditEvent, Department, Membership, Post, User
from citymgmt.accounts.posts import POSTS, SEPARATED
from citymgmt.accounts.rules import handled_departments, holds, may_set_password
from citymgmt.accounts.tests.conftest import EVERYBODY
from citymgmt.lib.errors import BadInput, NotNow, NotYours

ORDINARY = [code for code in POSTS if code not in SEPARATED]
TODAY = timezone.localdate


def last():
    return AuditEvent.objects.latest("id")


def another(post, department):
    """Somebody else holds the post as well: the last of the three stays."""
    user = User.objects.create(username=f"{post.code}2")
    return Membership.objects.create(user=user, post=post, department=department)


# --- posts ----------------------------------------------------------------------------------
def test_posts_are_loaded_once_and_keep_what_was_edited(db):
    assert {post.code for post in actions.load_posts()} == set(POSTS)
    Post.objects.filter(code="handler").update(verbs=["dispose", "feedback"])
    Post.objects.filter(code="inspector").delete()
    actions.load_posts()
    assert Post.objects.get(code="handler").verbs == ["dispose", "feedback"]
    assert last().data == {"posts": ["inspector"]}
    events = AuditEvent.objects.count()
    actions.load_posts()
    assert AuditEvent.objects.count() == events


# --- appointing -----------------------------------------------------------------------------
@pytest.mark.parametrize("code", POSTS)
def test_who_fills_which_post(cast, fresh, posts, departments, code):
    """Every actor × every post: the security administrator fills the three, no one else does."""
    filled = set()
    for name in EVERYBODY:
        try:
            actions.appoint(
                user=fresh, post=posts[code], department=departments.water, by=cast[name]
            )
        except NotYours:
            continue
        filled.add(name)
        Membership.objects.filter(user=fresh).delete()
    assert filled == {"secadmin" if code in SEPARATED else "sysadmin"}


@pytest.mark.parametrize("name", ["sysadmin", "secadmin"])
@pytest.mark.parametrize("code", POSTS)
def test_nobody_appoints_or_dismisses_themselves(cast, posts, departments, name, code):
    me = cast[name]
    with pytest.raises(NotYours) as refusal:
        actions.appoint(user=me, post=posts[code], department=departments.water, by=me)
    assert refusal.value.code == "own_rights"
    with pytest.raises(NotYours):
        actions.dismiss(membership=me.memberships.get(), by=me)
    assert me.memberships.count() == 1


@pytest.mark.parametrize("code", POSTS)
@pytest.mark.parametrize("separated", sorted(SEPARATED))
def test_an_administration_post_excludes_every_other(cast, posts, departments, separated, code):
    """Whichever came first, also when it has not begun yet."""
    if code == separated:
        return
    for held, new in ((separated, code), (code, separated)):
        person = cast[held]
        Membership.objects.filter(user=person).update(since=TODAY() + timedelta(days=30))
        with pytest.raises(NotNow) as refusal:
            actions.appoint(user=person, post=posts[new], department=departments.water, by=None)
        assert refusal.value.code == "separated_posts"
        assert [m.post.code for m in person.memberships.all()] == [held]


def test_a_former_administrator_may_hold_another_post(cast, posts, departments):
    auditor = cast["auditor"]
    Membership.objects.filter(user=auditor).update(since=TODAY() - timedelta(days=9))
    another(posts["auditor"], departments.center)
    actions.dismiss(membership=auditor.memberships.get(), by=None)
    actions.appoint(
        user=auditor, post=posts["acceptor"], department=departments.center, by=cast["sysadmin"]
    )
    assert auditor.post_codes == ("acceptor",)


def test_ordinary_posts_add_up(cast, posts, departments):
    both = cast["acceptor"]
    actions.appoint(
        user=both, post=posts["dispatcher"], department=departments.center, by=cast["sysadmin"]
    )
    assert holds(both, "accept")
    assert holds(both, "dispatch")
    assert last().verb == "appoint"
    assert last().by == cast["sysadmin"]
    assert last().data["post"] == "dispatcher"


def test_the_same_appointment_again_changes_nothing(fresh, posts, departments):
    first, second = (
        actions.appoint(user=fresh, post=posts["handler"], department=departments.water, by=None)
        for _ in range(2)
    )
    assert first == second
    assert AuditEvent.objects.filter(verb="appoint").count() == 1


def test_a_post_of_the_same_administration_in_two_departments(fresh, posts, departments):
    for department in (departments.center, departments.water):
        actions.appoint(user=fresh, post=posts["auditor"], department=department, by=None)
    assert fresh.post_codes == ("auditor", "auditor")


# --- dismissing -----------------------------------------------------------------------------
def test_a_dismissal_ends_the_rights_at_once(cast):
    person = cast["collector"]
    Membership.objects.filter(user=person).update(since=TODAY() - timedelta(days=9))
    assert holds(person, "report")
    actions.dismiss(membership=person.memberships.get(), by=cast["sysadmin"])
    assert not holds(User.objects.get(pk=person.pk), "report")
    assert person.memberships.get().until == TODAY() - timedelta(days=1)
    assert last().verb == "dismiss"


def test_a_membership_of_today_leaves_only_its_trace(cast):
    membership = cast["collector"].memberships.get()
    actions.dismiss(membership=membership, by=cast["sysadmin"])
    assert not cast["collector"].memberships.exists()
    assert last().subject == "collector"


@pytest.mark.parametrize("name", EVERYBODY)
def test_who_dismisses_whom(cast, posts, departments, name):
    """Of the three, as far as asking a second administrator goes (`test_seconds.py`)."""
    another(posts["auditor"], departments.center)
    for target, boss in (("collector", "sysadmin"), ("auditor", "secadmin")):
        membership = cast[target].memberships.get()
        if name == boss:
            actions.dismiss(membership=membership, by=cast[name])
        else:
            with pytest.raises(NotYours):
                actions.dismiss(membership=membership, by=cast[name])


# --- grants ---------------------------------------------------------------------------------
def test_a_grant_reaches_the_departments_below(cast, departments):
    liaison = cast["liaison"]
    assert handled_departments(liaison) == frozenset()
    deed = {"user": liaison, "verb": "handle_department", "obj": departments.water}
    actions.grant(**deed, by=cast["secadmin"])
    assert handled_departments(liaison) == {departments.water.pk, departments.pipes.pk}
    assert last().data["name"] == "水务局"
    actions.revoke(**deed, by=cast["secadmin"])
    assert handled_departments(liaison) == frozenset()
    assert [e.verb for e in AuditEvent.objects.order_by("-id")[:2]] == ["revoke", "grant"]


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("deed", [actions.grant, actions.revoke])
def test_only_the_security_administrator_grants(cast, fresh, departments, name, deed):
    arguments = {"user": fresh, "verb": "handle_department", "obj": departments.water}
    if name == "secadmin":
        deed(**arguments, by=cast[name])
    else:
        with pytest.raises(NotYours):
            deed(**arguments, by=cast[name])


def test_nobody_grants_to_themselves(cast, departments):
    me = cast["secadmin"]
    with pytest.raises(NotYours) as refusal:
        actions.grant(user=me, verb="handle_department", obj=departments.water, by=me)
    assert refusal.value.code == "own_rights"


@pytest.mark.parametrize("verb", ["delete_department", "oversee_area", "nonsense"])
def test_only_declared_verbs_are_granted(fresh, departments, verb):
    with pytest.raises(BadInput):
        actions.grant(user=fresh, verb=verb, obj=departments.water, by=None)


# --- verbs of posts -------------------------------------------------------------------------
@pytest.mark.parametrize("name", EVERYBODY)
def test_only_the_security_administrator_says_what_a_post_may_do(cast, posts, name):
    change = {"post": posts["handler"], "verbs": ["dispose", "feedback"]}
    before = set(posts["handler"].verbs)
    if name == "secadmin":
        assert actions.set_verbs(**change, by=cast[name]).verbs == ["dispose", "feedback"]
        lost = sorted(before - {"dispose"})
        assert last().data == {"added": ["feedback"], "removed": lost}
    else:
        with pytest.raises(NotYours):
            actions.set_verbs(**change, by=cast[name])


def test_nobody_changes_the_verbs_of_their_own_post(cast, posts):
    with pytest.raises(NotYours):
        actions.set_verbs(post=posts["secadmin"], verbs=["manage_rights"], by=cast["secadmin"])


@pytest.mark.parametrize(
    ("code", "verbs"),
    [
        ("acceptor", ["accept", "manage_rights"]),
        ("acceptor", ["accept", "manage_people"]),
        ("leader", ["read_audit"]),
        ("sysadmin", ["manage_people", "close"]),
        ("sysadmin", ["manage_people", "read_audit"]),
        ("sysadmin", ["see_map"]),
        ("auditor", []),
        ("auditor", ["read_audit", "report"]),
        ("handler", ["fly"]),
    ],
)
def test_administration_stays_separated(cast, posts, code, verbs):
    with pytest.raises(BadInput) as refusal:
        actions.set_verbs(post=posts[code], verbs=verbs, by=cast["secadmin"])
    assert "verbs" in refusal.value.fields
    assert Post.objects.get(code=code).verbs == POSTS[code][2]


# --- people ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", EVERYBODY)
def test_only_the_system_administrator_saves_people(cast, fresh, name):
    fresh.phone = "1"
    if name == "sysadmin":
        actions.save_person(person=fresh, by=cast[name])
        assert last().data == {"fields": ["phone"]}
    else:
        with pytest.raises(NotYours):
            actions.save_person(person=fresh, by=cast[name])
        fresh.refresh_from_db()
        assert fresh.phone == ""


def test_nobody_switches_themselves_off(cast):
    me = cast["sysadmin"]
    me.is_active = False
    me.__dict__.pop("verbs", None)
    with pytest.raises(NotYours):
        actions.save_person(person=me, by=me)


def test_a_person_switched_off_may_do_nothing(cast):
    person = cast["shift_leader"]
    person.is_active = False
    assert not holds(person, "close")


def test_whose_password_one_may_set(cast):
    """Nobody's own here; administrators' by the security administrator, others' by the system's."""
    for actor in EVERYBODY:
        may = {name for name in EVERYBODY if may_set_password(cast[actor], cast[name])}
        expected = {
            "sysadmin": {*ORDINARY, "outsider"},
            "secadmin": SEPARATED - {"secadmin"},
        }.get(actor, set())
        assert may == expected


def test_a_set_password_is_on_record_without_the_password(cast):
    actions.set_password(person=cast["handler"], password="Secret-77", by=cast["sysadmin"])
    assert cast["handler"].check_password("Secret-77")
    assert (last().verb, last().subject, last().data) == ("set_password", "handler", {})
    with pytest.raises(NotYours):
        actions.set_password(person=cast["auditor"], password="Secret-77", by=cast["sysadmin"])


# --- departments ----------------------------------------------------------------------------
def test_departments_move_with_all_below(cast, departments):
    new = Department(code="public", name_zh="公用事业", kind="department")
    actions.save_department(department=new, by=cast["sysadmin"])
    departments.water.parent = new
    departments.water.code = "hydro"
    actions.save_department(department=departments.water, by=cast["sysadmin"])
    departments.pipes.refresh_from_db()
    assert departments.pipes.path == "/public/hydro/pipes/"
    assert set(Department.objects.within([new])) == {new, departments.water, departments.pipes}


@pytest.mark.parametrize("parent", ["water", "pipes"])
def test_a_department_is_not_below_itself(cast, departments, parent):
    departments.water.parent = getattr(departments, parent)
    with pytest.raises(BadInput):
        actions.save_department(department=departments.water, by=cast["sysadmin"])


@pytest.mark.parametrize("name", EVERYBODY)
def test_only_the_system_administrator_saves_departments(cast, departments, name):
    if name == "sysadmin":
        actions.save_department(department=departments.water, by=cast[name])
    else:
        with pytest.raises(NotYours):
            actions.save_department(department=departments.water, by=cast[name])


def test_every_deed_leaves_the_chain_whole(cast, fresh, posts, departments):
    by = cast["sysadmin"]
    actions.save_person(person=fresh, by=by)
    membership = actions.appoint(
        user=fresh, post=posts["handler"], department=departments.water, by=by
    )
    actions.dismiss(membership=membership, by=by)
    assert audit_broken() == []
