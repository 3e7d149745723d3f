"""Nobody alone can blind the record: acts on the three administrators need a second one."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from citymgmt.accounts import actions, deciding, importing, seconds
from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import AuditEvent, Membership, PendingAct, User
from citymgmt.accounts.posts import POSTS, SEPARATED
from citymgmt.accounts.rules import handled_departments
from citymgmt.lib.errors import NotNow, NotYours

pytestmark = pytest.mark.django_db
OLD, NEW = "Right-horse-9", "Left-donkey-8"


@pytest.fixture
def city(cast, posts, departments):
    """The cast, and another holder of each of the three posts, so that nobody is the last."""
    for code in SEPARATED:
        user = User.objects.create(username=f"{code}2", full_name=f"二·{code}")
        Membership.objects.create(user=user, post=posts[code], department=departments.center)
        cast[user.username] = user
    for user in cast.values():
        user.set_password(OLD)
        user.save()
    return cast


def again(user):
    return User.objects.get(pk=user.pk)


def renamed(user, **values):
    user = again(user)
    for name, value in values.items():
        setattr(user, name, value)
    return user


def verbs():
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


# Each act on an administrator: who asks, the act, and what tells that it is done.
def switch_off(city, person, by):
    return actions.save_person(person=renamed(person, is_active=False), by=by)


def rename(city, person, by):
    return actions.save_person(person=renamed(person, username="nobody"), by=by)


def reset(city, person, by):
    return actions.set_password(person=person, password=NEW, by=by)


def dismiss(city, person, by):
    return actions.dismiss(membership=person.memberships.get(), by=by)


def grant(city, person, by):
    return actions.grant(user=person, verb="handle_department", obj=place(person), by=by)


def place(person):
    return person.memberships.get().department


ACTS = [
    (switch_off, "sysadmin", lambda user: not user.is_active),
    (rename, "sysadmin", lambda user: user.username == "nobody"),
    (reset, "secadmin", lambda user: user.check_password(NEW)),
    (dismiss, "secadmin", lambda user: not user.post_codes),
    (grant, "secadmin", lambda user: bool(handled_departments(user))),
]
ON = [(*act, code) for act, code in itertools.product(ACTS, sorted(SEPARATED)) if act[1] != code]


@pytest.mark.parametrize(("act", "by", "done", "on"), ON)
def test_one_administrator_alone_changes_nothing(city, act, by, done, on):
    asked = act(city, city[on], city[by])
    assert not done(again(city[on]))
    assert isinstance(asked, PendingAct)
    assert verbs()[-1] == "ask_second"
    deciders = {user.username for user in seconds.seconds(city[by], city[on])}
    assert deciders == {
        name for name in city if name.rstrip("2") in SEPARATED - {by} and name != on
    }


@pytest.mark.parametrize(("act", "by", "done", "on"), ON)
def test_confirmed_by_a_second_it_is_done_and_both_are_on_record(city, act, by, done, on):
    asked = act(city, city[on], city[by])
    second = seconds.seconds(city[by], city[on])[0]
    deciding.confirm(act=asked, by=second)
    assert done(again(city[on]))
    *_, asking, decision, deed = AuditEvent.objects.order_by("id")
    assert (asking.verb, asking.by) == ("ask_second", city[by])
    assert (decision.verb, decision.by) == ("decide_second", second)
    assert (deed.verb, deed.by, deed.data["second"]) == (asked.kind, city[by], second.username)
    assert audit_broken() == []
    with pytest.raises(NotNow):
        deciding.confirm(act=asked, by=second)


@pytest.mark.parametrize(("act", "by", "done", "on"), ON)
def test_refused_it_is_not_done(city, act, by, done, on):
    asked = act(city, city[on], city[by])
    deciding.refuse(act=asked, by=seconds.seconds(city[by], city[on])[-1])
    assert not done(again(city[on]))
    asked.refresh_from_db()
    assert (asked.decision, asked.password) == ("refused", "")


def test_nobody_else_decides(city):
    asked = switch_off(city, city["auditor"], city["sysadmin"])
    for name in set(city) - {"secadmin", "secadmin2", "auditor2"}:
        with pytest.raises(NotYours):
            deciding.confirm(act=asked, by=city[name])
    assert again(city["auditor"]).is_active


def test_the_one_acted_on_decides_only_where_there_is_nobody_else(city):
    Membership.objects.exclude(user__username__in=["sysadmin", "auditor", "auditor2"]).delete()
    asked = switch_off(city, city["auditor"], city["sysadmin"])
    assert seconds.seconds(city["sysadmin"], city["auditor"]) == [city["auditor2"]]
    deciding.refuse(act=asked, by=city["sysadmin"])
    assert PendingAct.objects.get().decision == "withdrawn"
    Membership.objects.filter(user=city["auditor2"]).delete()
    assert seconds.seconds(city["sysadmin"], city["auditor"]) == [city["auditor"]]


def test_without_a_second_nothing_is_asked(city):
    Membership.objects.exclude(user__username__in=["sysadmin", "sysadmin2"]).delete()
    with pytest.raises(NotNow) as refusal:
        rename(city, city["sysadmin2"], city["sysadmin"])
    assert refusal.value.code == "no_second"


@pytest.mark.parametrize("code", sorted(SEPARATED))
def test_giving_one_of_the_three_posts_needs_a_second(city, fresh, posts, departments, code):
    asked = actions.appoint(
        user=fresh, post=posts[code], department=departments.water, by=city["secadmin"]
    )
    assert again(fresh).post_codes == ()
    deciding.confirm(act=asked, by=city["auditor"])
    assert again(fresh).post_codes == (code,)


def test_the_same_is_not_asked_for_twice(city):
    switch_off(city, city["auditor"], city["sysadmin"])
    with pytest.raises(NotNow) as refusal:
        switch_off(city, city["auditor"], city["sysadmin"])
    assert refusal.value.code == "waiting"


def test_who_may_not_ask_any_more_has_asked_in_vain(city):
    asked = switch_off(city, city["auditor"], city["sysadmin"])
    Membership.objects.filter(user=city["sysadmin"]).delete()
    with pytest.raises(NotNow) as refusal:
        deciding.confirm(act=asked, by=city["secadmin"])
    assert refusal.value.code == "not_theirs"
    assert again(city["auditor"]).is_active
    assert PendingAct.objects.get().decision == ""


def test_what_blinds_nobody_needs_no_second(city):
    saved = actions.save_person(
        person=renamed(city["auditor"], phone="1", on_duty=True), by=city["sysadmin"]
    )
    assert saved == city["auditor"]
    assert again(city["auditor"]).phone == "1"


@pytest.mark.parametrize(
    ("act", "by", "done"), [(act, "secadmin" if act is grant else "sysadmin", done)
                            for act, _by, done in ACTS]
)  # fmt: skip
def test_an_ordinary_person_needs_no_second(city, act, by, done):
    act(city, city["handler"], city[by])
    assert done(again(city["handler"]))
    assert not PendingAct.objects.exists()


# --- the last one ---------------------------------------------------------------------------
@pytest.mark.parametrize("by", ["sysadmin", "secadmin", None])
@pytest.mark.parametrize("code", sorted(SEPARATED))
def test_the_last_of_each_post_stays(cast, code, by):
    """Also for the installation itself; somebody switched off does not count."""
    if by == code:
        return
    actor = cast[by] if by else None
    for act in (switch_off, dismiss):
        if by and (act is switch_off) != (by == "sysadmin"):
            continue
        with pytest.raises(NotNow) as refusal:
            act(cast, cast[code], actor)
        assert refusal.value.code == "last_administrator"
    assert again(cast[code]).is_active
    assert again(cast[code]).post_codes == (code,)


def test_two_asked_for_at_once_leave_one(city):
    first = switch_off(city, city["auditor"], city["sysadmin"])
    second = switch_off(city, city["auditor2"], city["sysadmin"])
    deciding.confirm(act=first, by=city["secadmin"])
    with pytest.raises(NotNow) as refusal:
        deciding.confirm(act=second, by=city["secadmin"])
    assert refusal.value.code == "last_administrator"
    assert again(city["auditor2"]).is_active


# --- other ways -----------------------------------------------------------------------------
def test_a_table_of_people_changes_no_administrator(city, departments):
    words = {"full_name": "别人", "phone": "", "department": departments.center.code}
    drafts = [
        importing.Draft(line, name, **words) for line, name in ((2, "auditor"), (3, "AUDITOR"))
    ]
    done = importing.create(drafts, by=city["sysadmin"])
    assert not done.people
    assert len(done.refused) == 2
    assert again(city["auditor"]).full_name == "人·auditor"


def test_there_is_no_other_site_of_administration(client, city):
    user = city["sysadmin"]
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    client.force_login(again(user))
    for address in ("/admin/", "/admin/login/", "/accounts/admin/"):
        assert client.get(address).status_code == 404


# --- pages ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [*POSTS, "outsider"])
def test_who_sees_the_page(client, city, name):
    client.force_login(city[name])
    expected = 200 if name in SEPARATED else 403
    assert client.get(reverse("accounts:acts")).status_code == expected


def test_asked_told_and_confirmed_on_pages(client, city):
    auditor = city["auditor"]
    client.force_login(city["sysadmin"])
    form = {"username": "auditor", "full_name": "改名", "phone": ""}
    answer = client.post(reverse("accounts:edit_person", args=[auditor.pk]), form, follow=True)
    assert "second administrator" in said(answer) or "另一名管理员" in said(answer)
    assert again(auditor).full_name == "人·auditor"
    assert "data-acts" not in answer.content.decode()
    client.force_login(city["secadmin"])
    page = client.get(reverse("accounts:acts"))
    assert "data-acts" in page.content.decode()
    assert "改名" in page.content.decode()
    act = PendingAct.objects.get()
    client.post(reverse("accounts:confirm_act", args=[act.pk]))
    assert not again(auditor).is_active
    assert again(auditor).full_name == "改名"
    assert "data-acts" not in client.get(reverse("accounts:acts")).content.decode()


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def test_who_asked_sees_no_way_to_confirm(client, city):
    switch_off(city, city["auditor"], city["sysadmin"])
    act = PendingAct.objects.get()
    client.force_login(city["sysadmin"])
    confirm = reverse("accounts:confirm_act", args=[act.pk])
    assert confirm not in client.get(reverse("accounts:acts")).content.decode()
    assert client.post(confirm).status_code == 403
    client.post(reverse("accounts:refuse_act", args=[act.pk]))
    act.refresh_from_db()
    assert act.decision == "withdrawn"


def test_switched_off_among_several(client, city):
    client.force_login(city["sysadmin"])
    chosen = {"person": [city["auditor"].pk, city["collector"].pk]}
    page = client.post(reverse("accounts:switch_off"), chosen)
    assert page.context["asked"] == [city["auditor"]]
    assert page.context["done"] == [city["collector"]]
    assert again(city["auditor"]).is_active


def test_a_password_reset_keeps_no_password_when_it_is_decided(city):
    asked = reset(city, city["auditor"], city["secadmin"])
    assert NEW not in str(AuditEvent.objects.latest("id").data)
    assert PendingAct.objects.get().password.startswith("md5$")
    deciding.confirm(act=asked, by=city["sysadmin"])
    assert PendingAct.objects.get().password == ""
    assert again(city["auditor"]).must_change_password


def test_renaming_is_on_record_with_both_names(city):
    asked = rename(city, city["auditor"], city["sysadmin"])
    deciding.confirm(act=asked, by=city["secadmin"])
    data = AuditEvent.objects.latest("id").data
    assert (data["before"], data["after"]) == ("auditor", "nobody")
    assert timezone.now() >= PendingAct.objects.get().decided_at


@pytest.mark.django_db(transaction=True)
def test_of_two_who_go_at_the_same_moment_one_stays(departments, posts):
    people = [User.objects.create(username=f"auditor{n}") for n in range(2)]
    for user in people:
        Membership.objects.create(user=user, post=posts["auditor"], department=departments.center)
    together = Barrier(2, timeout=30)

    def go(user):
        try:
            user.is_active = False
            together.wait()
            actions.save_person(person=user, by=None)
        except NotNow as refusal:
            return refusal.code
        else:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(go, people))
    assert sorted(codes, key=str) == [None, "last_administrator"]
    assert User.objects.filter(is_active=True).count() == 1
