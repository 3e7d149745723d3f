"""The pages: every address × every post, the forms each sees, steady query counts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from citymgmt.accounts.audit import record
from citymgmt.accounts.models import AuditEvent, Department, Membership, Service, User
from citymgmt.accounts.tests.conftest import EVERYBODY

pytestmark = pytest.mark.django_db

BOTH, SYS, SEC, AUDITOR = {"sysadmin", "secadmin"}, {"sysadmin"}, {"secadmin"}, {"auditor"}
# (name, arguments it takes, method) → who gets in
PAGES = [
    ("people", (), "get", BOTH),
    ("person", ("person",), "get", BOTH),
    ("new_person", (), "get", SYS),
    ("edit_person", ("person",), "get", SYS),
    ("appoint", ("person",), "post", BOTH),
    ("dismiss", ("person", "membership"), "post", SYS),
    ("grant", ("person",), "post", SEC),
    ("revoke", ("person", "grant"), "post", SEC),
    ("set_password", ("person",), "post", BOTH),
    ("departments", (), "get", BOTH),
    ("new_department", (), "get", SYS),
    ("edit_department", ("department",), "get", SYS),
    ("posts", (), "get", SEC),
    ("edit_post", ("post",), "get", SEC),
    ("tokens", (), "get", BOTH),
    ("new_service", (), "get", SYS),
    ("service", ("service",), "get", SYS),
    ("new_token", ("service",), "post", SYS),
    ("audit", (), "get", AUDITOR),
    ("verify_audit", (), "post", AUDITOR),
]


@pytest.fixture
def things(cast, departments):
    collector = cast["collector"]
    return {
        "person": collector.pk,
        "membership": collector.memberships.get().pk,
        "grant": assign_perm("handle_department", collector, departments.water).pk,
        "department": departments.water.pk,
        "post": "collector",
        "service": program(cast).pk,
    }


def program(cast):
    user = User.objects.create(username="video-link", kind=User.Kind.SERVICE)
    day = timezone.localdate()
    Service.objects.create(user=user, source="video", verbs=["report"], valid_until=day)
    return user


@pytest.mark.parametrize(("name", "arguments", "method", "welcome"), PAGES)
def test_every_address_for_every_post(client, cast, things, name, arguments, method, welcome):
    url = reverse(f"accounts:{name}", args=[things[a] for a in arguments])
    assert getattr(client, method)(url).url.startswith("/accounts/sign-in/")
    for who in sorted(EVERYBODY, key=lambda who: who in welcome):
        client.force_login(cast[who])
        status = getattr(client, method)(url).status_code
        assert (status != 403) == (who in welcome), who
        assert status in {200, 302, 403, 422}


@pytest.mark.parametrize("name", ["appoint", "dismiss", "grant", "revoke", "set_password"])
def test_deeds_are_not_done_by_following_a_link(client, cast, things, name):
    arguments = next(args for page, args, *_ in PAGES if page == name)
    client.force_login(cast["secadmin"])
    url = reverse(f"accounts:{name}", args=[things[a] for a in arguments])
    assert client.get(url).status_code == 405


# --- what each sees -------------------------------------------------------------------------
def shown(client, cast, viewer, person):
    client.force_login(cast[viewer])
    context = client.get(reverse("accounts:person", args=[cast[person].pk])).context
    names = ("may_edit", "appoint_form", "grant_form", "password_form")
    seen = {name for name in names if context[name]}
    return seen | ({"dismiss"} if any(may for _m, may in context["memberships"]) else set())


@pytest.mark.parametrize(
    ("viewer", "person", "expected"),
    [
        ("sysadmin", "collector", {"may_edit", "appoint_form", "password_form", "dismiss"}),
        ("sysadmin", "auditor", {"may_edit", "appoint_form"}),
        ("sysadmin", "sysadmin", {"may_edit"}),
        ("secadmin", "collector", {"appoint_form", "grant_form"}),
        ("secadmin", "auditor", {"appoint_form", "grant_form", "password_form", "dismiss"}),
        ("secadmin", "secadmin", set()),
    ],
)
def test_the_forms_shown_are_those_one_may_send(client, cast, viewer, person, expected):
    assert shown(client, cast, viewer, person) == expected


def test_only_posts_one_may_fill_are_offered(client, cast):
    offered = {}
    for viewer in ("sysadmin", "secadmin"):
        client.force_login(cast[viewer])
        form = client.get(reverse("accounts:person", args=[cast["outsider"].pk])).context[
            "appoint_form"
        ]
        offered[viewer] = set(form.fields["post"].queryset.values_list("code", flat=True))
    assert offered["secadmin"] == {"sysadmin", "secadmin", "auditor"}
    assert not offered["sysadmin"] & offered["secadmin"]


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_menu_leads_only_where_one_gets_in(client, cast, who):
    client.force_login(cast[who])
    menu = [e["url"] for e in client.get(reverse("accounts:profile")).context["nav"]]
    own = [url for url in menu if url.startswith("/accounts/")]
    assert all(client.get(url).status_code == 200 for url in own)
    assert bool(own) == (who in {"sysadmin", "secadmin", "auditor"})


# --- deeds ----------------------------------------------------------------------------------
def test_a_new_person_is_created_and_appointed(client, cast, posts, departments):
    client.force_login(cast["sysadmin"])
    data = {"username": "li", "full_name": "李", "password1": "Good-horse-3",
            "password2": "Good-horse-3"}  # fmt: skip
    answer = client.post(reverse("accounts:new_person"), data)
    person = User.objects.get(username="li")
    assert answer.url == reverse("accounts:person", args=[person.pk])
    assert person.check_password("Good-horse-3")
    data = {"post": posts["handler"].pk, "department": departments.water.pk, "since": "2026-01-01"}
    client.post(reverse("accounts:appoint", args=[person.pk]), data)
    assert person.post_codes == ("handler",)
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"create_person", "appoint"}


def test_a_refusal_is_said_in_the_form_and_nothing_typed_is_lost(client, cast, posts, departments):
    client.force_login(cast["sysadmin"])
    data = {"post": posts["handler"].pk, "department": departments.water.pk, "since": "2026-01-01"}
    answer = client.post(reverse("accounts:appoint", args=[cast["auditor"].pk]), data)
    assert answer.status_code == 422
    form = answer.context["appoint_form"]
    assert form.non_field_errors()
    assert form["since"].value() == "2026-01-01"
    assert Membership.objects.filter(user=cast["auditor"]).count() == 1


def test_a_post_that_was_not_offered_is_refused(client, cast, posts, departments):
    client.force_login(cast["sysadmin"])
    data = {"post": posts["auditor"].pk, "department": departments.water.pk, "since": "2026-01-01"}
    answer = client.post(reverse("accounts:appoint", args=[cast["outsider"].pk]), data)
    assert "post" in answer.context["appoint_form"].errors
    assert not cast["outsider"].memberships.exists()


def test_granting_and_revoking(client, cast, departments):
    client.force_login(cast["secadmin"])
    liaison = cast["liaison"]
    url = reverse("accounts:grant", args=[liaison.pk])
    client.post(url, {"verb": "handle_department", "code": "water"})
    assert liaison.has_perm("accounts.handle_department", departments.water)
    page = client.get(reverse("accounts:person", args=[liaison.pk]))
    [(row, obj, _label)] = page.context["grants"]
    assert obj == departments.water
    client.post(reverse("accounts:revoke", args=[liaison.pk, row.pk]))
    liaison = User.objects.get(pk=liaison.pk)
    assert not liaison.has_perm("accounts.handle_department", departments.water)


@pytest.mark.parametrize("data", [{"verb": "handle_department", "code": "nowhere"},
                                  {"verb": "delete_user", "code": "water"}, {}])  # fmt: skip
def test_what_cannot_be_granted_is_said(client, cast, departments, data):
    client.force_login(cast["secadmin"])
    answer = client.post(reverse("accounts:grant", args=[cast["liaison"].pk]), data)
    assert answer.status_code == 422
    assert answer.context["grant_form"].errors


def test_nobody_sends_a_form_about_their_own_rights(client, cast, posts, departments):
    me = cast["secadmin"]
    client.force_login(me)
    data = {"post": posts["auditor"].pk, "department": departments.water.pk, "since": "2026-01-01"}
    assert client.post(reverse("accounts:appoint", args=[me.pk]), data).status_code == 403
    data = {"verb": "handle_department", "code": "water"}
    assert client.post(reverse("accounts:grant", args=[me.pk]), data).status_code == 403
    dismiss = reverse("accounts:dismiss", args=[me.pk, me.memberships.get().pk])
    assert client.post(dismiss).status_code == 403
    data = {"verbs": ["manage_rights"]}
    assert client.post(reverse("accounts:edit_post", args=["secadmin"]), data).status_code == 403


def test_what_a_post_may_do_is_edited(client, cast, posts):
    client.force_login(cast["secadmin"])
    url = reverse("accounts:edit_post", args=["handler"])
    assert client.post(url, {"verbs": ["dispose", "read_audit"]}).status_code == 422
    offered = dict(client.get(url).context["form"].fields["verbs"].choices)
    assert "close" in offered
    assert not {"manage_people", "manage_rights", "read_audit"} & offered.keys()
    client.post(url, {"verbs": ["dispose", "see_map"]})
    posts["handler"].refresh_from_db()
    assert posts["handler"].verbs == ["dispose", "see_map"]


def test_a_department_is_created_below_another(client, cast, departments):
    client.force_login(cast["sysadmin"])
    data = {"code": "meters", "name_zh": "水表所", "kind": "department", "active": "on",
            "parent": departments.water.pk}  # fmt: skip
    client.post(reverse("accounts:new_department"), data)
    assert Department.objects.get(code="meters").path == "/center/water/meters/"
    data |= {"parent": Department.objects.get(code="meters").pk, "code": "water"}
    answer = client.post(reverse("accounts:edit_department", args=[departments.water.pk]), data)
    assert answer.status_code == 422


# --- lists ----------------------------------------------------------------------------------
def names(client, url, **query):
    return [row.username for row in client.get(url, query).context["page"]]


def test_people_are_found(client, cast, posts, departments):
    client.force_login(cast["sysadmin"])
    url = reverse("accounts:people")
    cast["outsider"].is_active = False
    cast["outsider"].save()
    Membership.objects.filter(user=cast["handler"]).update(department=departments.pipes)
    assert names(client, url, q="人 disp") == ["dispatcher"]
    assert names(client, url, post=posts["leader"].pk) == ["leader"]
    assert names(client, url, department=departments.water.pk) == ["handler"]
    assert names(client, url, active="0") == ["outsider"]
    assert names(client, url, q="nobody") == []


def test_the_record_is_filtered(client, cast):
    client.force_login(cast["auditor"])
    record(verb="grant", subject="li", by=cast["secadmin"])
    url = reverse("accounts:audit")
    assert [e.subject for e in client.get(url, {"verb": "grant"}).context["page"]] == ["li"]
    assert [e.verb for e in client.get(url, {"q": "secadm"}).context["page"]] == ["grant"]
    assert not client.get(url, {"until": "2020-01-01"}).context["page"].object_list
    assert client.get(url, {"since": "2020-01-01"}).context["page"].object_list


def test_a_broken_chain_is_reported(client, cast):
    client.force_login(cast["auditor"])
    url = reverse("accounts:verify_audit")
    assert [m.level_tag for m in client.post(url, follow=True).context["messages"]] == ["success"]
    AuditEvent.objects.filter(verb="sign_in").update(subject="somebody else")
    assert [m.level_tag for m in client.post(url, follow=True).context["messages"]] == ["error"]
    assert AuditEvent.objects.latest("id").data["broken"]


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def more(cast, posts, number):
    """One more department, person with post and grant, and row on record."""
    home = Department.objects.create(code=f"d{number}", name_zh=f"局{number}", kind="department")
    person = User.objects.create(username=f"p{number}")
    Membership.objects.create(user=person, post=posts["handler"], department=home)
    assign_perm("handle_department", cast["collector"], home)
    record(verb="grant", subject=f"p{number}", by=cast["secadmin"])


@pytest.mark.parametrize(
    ("name", "who"),
    [("people", "sysadmin"), ("departments", "sysadmin"), ("posts", "secadmin"),
     ("audit", "auditor"), ("person", "secadmin")],
)  # fmt: skip
def test_query_counts_do_not_grow(client, cast, posts, name, who):
    client.force_login(cast[who])
    url = reverse(f"accounts:{name}", args=[cast["collector"].pk] if name == "person" else [])
    more(cast, posts, 0)
    queries_of(client, url)
    few = queries_of(client, url)
    for number in (1, 2):
        more(cast, posts, number)
    assert queries_of(client, url) == few


def test_a_grant_is_chosen_by_name_in_groups_not_typed_as_a_code(client, cast, departments):
    client.force_login(cast["secadmin"])
    body = client.get(reverse("accounts:person", args=[cast["liaison"].pk])).content.decode()
    start = body.index('<select name="code"')
    field = body[start : body.index("</select>", start)]
    assert "data-choose" in field
    assert "<optgroup" in field
    for department in vars(departments).values():
        assert f'<option value="{department.code}">{department}' in field
