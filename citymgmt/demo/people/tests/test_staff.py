"""The people of the demonstration, and the one-click sign-in that only it has."""

import csv
import sys
from datetime import timedelta
from importlib import import_module
from types import ModuleType

import pytest
from django.contrib.auth.hashers import check_password
from django.urls import reverse
from django.utils import timezone

from citymgmt.accounts.audit import audit_broken, record
from citymgmt.accounts.models import Department, Membership, User
from citymgmt.accounts.posts import POSTS
from citymgmt.accounts.rules import handled_departments
from citymgmt.accounts.tests import conftest
from citymgmt.demo.people import staff
from citymgmt.lib.errors import NotNow

pytestmark = pytest.mark.django_db
cast, departments = conftest.cast, conftest.departments  # fixtures
fresh, posts = conftest.fresh, conftest.posts
urls = import_module("citymgmt.urls")
STREETS = [("620105001", "培黎街道"), ("620105002", "西路街道")]


@pytest.fixture
def people():
    return staff.make_people(streets=STREETS)


def test_every_post_has_an_account_of_its_name(people):
    assert set(people) == set(POSTS)
    for code, holders in people.items():
        assert holders[0].username == code
        assert holders[0].post_codes == (code,)
        assert check_password("citymgmt-demo", holders[0].password)
    assert [len(people[c]) for c in ("collector", "acceptor", "shift_leader", "dispatcher")] == [
        25, 5, 3, 4,
    ]  # fmt: skip


def test_every_role_and_street_has_a_unit_with_its_people(people):
    with staff.ROLES.open(encoding="utf-8") as file:
        roles = [row["role"] for row in csv.DictReader(file)]
    assert len(roles) == 38
    units = [*roles, "street-620105001", "street-620105002"]
    for unit in Department.objects.filter(code__in=units):
        names = set(unit.memberships.values_list("post__code", flat=True))
        assert names == {"liaison", "handler"}
        liaison = unit.memberships.get(post__code="liaison").user
        assert unit.pk in handled_departments(liaison)
    assert Department.objects.filter(code__in=units).count() == 40
    assert Department.objects.filter(kind="street").count() == 2


def test_the_liaison_account_handles_every_unit_of_the_district(people):
    below = Department.objects.filter(path__startswith="/district/")
    units = set(below.values_list("pk", flat=True))
    assert handled_departments(people["liaison"][0]) == units
    assert handled_departments(people["handler"][0]) == units


def test_names_are_all_different(people):
    names = list(User.objects.values_list("full_name", flat=True))
    assert len(names) > 150
    assert len(set(names)) == len(names)
    assert len({staff.chinese_name(n) for n in range(1600)}) == 1600


def test_again_changes_nothing(people):
    before = (User.objects.count(), Membership.objects.count(), Department.objects.count())
    User.objects.filter(username="collector01").update(full_name="改名")
    again = staff.make_people(streets=STREETS)
    assert before == (User.objects.count(), Membership.objects.count(), Department.objects.count())
    assert User.objects.get(username="collector01").full_name == "改名"
    assert again == people
    assert audit_broken() == []


def test_queries_do_not_grow_with_the_people(people, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        staff.make_people(streets=STREETS)


def test_a_database_with_its_own_people_is_refused(fresh):
    with pytest.raises(NotNow):
        staff.make_people(streets=STREETS)
    assert User.objects.get() == fresh
    assert not staff.marked()


def test_a_database_with_its_own_departments_is_refused(departments):
    with pytest.raises(NotNow):
        staff.make_people(streets=STREETS)


def test_the_demonstration_keeps_its_published_password(client, people):
    User.objects.update(date_joined=timezone.now() - timedelta(days=999))
    form = {"username": "acceptor", "password": staff.PASSWORD}
    assert client.post(reverse("accounts:sign_in"), form).status_code == 302
    assert client.get("/accounts/profile/").status_code == 200


# --- one-click sign-in ----------------------------------------------------------------------
def test_a_real_installation_has_no_such_address():
    assert urls.demonstration_patterns(False) == []
    assert [p.app_name for p in urls.demonstration_patterns(True)] == ["demo"]


PATH = "/accounts/demonstration/"


@pytest.fixture
def demo_urls(settings, monkeypatch):
    """The addresses as they are with DEMO=1 in the environment."""
    settings.DEMO = True
    with_demonstration = ModuleType("with_demonstration")
    project = import_module(settings.ROOT_URLCONF).urlpatterns
    others = [pattern for pattern in project if getattr(pattern, "app_name", None) != "demo"]
    with_demonstration.urlpatterns = [*urls.demonstration_patterns(True), *others]
    monkeypatch.setitem(sys.modules, "with_demonstration", with_demonstration)
    settings.ROOT_URLCONF = "with_demonstration"


def test_one_click_signs_in(client, people, demo_urls):
    assert PATH in client.get(reverse("accounts:sign_in")).content.decode()
    page = client.get(PATH)
    assert [p.username for p in page.context["people"]] == list(POSTS)
    answer = client.post(PATH, {"username": "secadmin"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("accounts:posts")
    assert answer.context["user"] == people["secadmin"][0]


@pytest.mark.parametrize("username", ["collector01", "nobody", ""])
def test_only_the_accounts_of_the_posts_are_offered(client, people, demo_urls, username):
    assert client.post(PATH, {"username": username}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_unmarked_databases_offer_nothing(client, cast, demo_urls):
    record(verb="sign_in_failed", subject="demonstration")
    assert client.get(PATH).status_code == 404
    assert client.post(PATH, {"username": "sysadmin"}).status_code == 404
    assert PATH not in client.get(reverse("accounts:sign_in")).content.decode()


def test_without_the_setting_a_marked_database_offers_nothing(client, people, demo_urls, settings):
    settings.DEMO = False
    assert client.get(PATH).status_code == 404
    assert client.post(PATH, {"username": "sysadmin"}).status_code == 404


def test_the_queries_of_the_page_do_not_grow_with_the_posts(
    client, people, demo_urls, django_assert_max_num_queries
):
    with django_assert_max_num_queries(3):
        client.get(PATH)
