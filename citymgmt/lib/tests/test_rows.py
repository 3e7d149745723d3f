"""Statements that are built once ask and write what the ORM would."""

import threading
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection, transaction
from guardian.models import UserObjectPermission as Grant

from citymgmt.lib import rows
from citymgmt.lib.rows import Prepared

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
named = Prepared(lambda: Group.objects.filter(name="").order_by("id"))
pairs = Prepared(lambda: Group.objects.order_by("id").values_list("id", "name")[:2])
people = Prepared(lambda: get_user_model().objects.filter(pk=0))
moments = Prepared(
    lambda: Grant.objects.filter(pk=0).values_list("object_pk", "user__email", "user__date_joined")
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return get_user_model().objects.create(
        username="clerk", email="clerk@example.org", date_joined=MOMENT
    )


def grant(user, name="好"):
    first = Permission.objects.first()
    kind = first.content_type
    return Grant(user=user, permission=first, content_type=kind, object_pk=name)


# --- asking ---------------------------------------------------------------------------------
def test_prepared_query_takes_its_parameters_anew(django_assert_num_queries):
    first, second = (Group.objects.create(name=name) for name in ("first", "second"))
    assert (named("first"), named("second"), named("third")) == ([first], [second], [])
    with django_assert_num_queries(1):
        named("first")


def test_prepared_query_answers_whole_instances():
    group = Group.objects.create(name="first")
    (found,) = named("first")
    assert (found, found.name, found._state.adding) == (group, "first", False)
    found.name = "renamed"
    found.save()
    assert Group.objects.get().name == "renamed"


def test_prepared_query_without_parameters_is_asked_as_built():
    made = [Group.objects.create(name=str(number)) for number in range(3)]
    assert pairs() == [(group.pk, group.name) for group in made[:2]]


def test_prepared_query_converts_values_also_of_joined_tables(user):
    made = grant(user)
    rows.insert(made)
    assert moments(made.pk) == [("好", user.email, MOMENT)]
    assert people(user.pk)[0].date_joined == MOMENT


@pytest.mark.django_db(transaction=True)
def test_prepared_query_is_of_no_thread():
    Group.objects.create(name="first")
    assert len(named("first")) == 1
    heard = []

    def ask():
        heard.append(len(named("first")))
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert heard == [1]


# --- writing --------------------------------------------------------------------------------
def test_inserted_row_is_as_saved(db):
    made = get_user_model()(username="porter", date_joined=MOMENT)
    rows.insert(made)
    stored = get_user_model().objects.get()
    assert made.pk == stored.pk
    assert not made._state.adding
    for field in stored._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(made, field.attname), field.name


def test_insert_asks_one_statement(user, django_assert_num_queries):
    made = grant(user)
    with django_assert_num_queries(1):
        rows.insert(made)


def test_insert_obeys_the_constraints():
    rows.insert(Group(name="first"))
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(Group(name="first"))
    assert Group.objects.count() == 1


def test_update_stores_the_named_columns_alone(user):
    made, other = grant(user), grant(user, "另")
    rows.insert(made)
    rows.insert(other)
    before = made.permission
    last = Permission.objects.exclude(content_type=before.content_type).last()
    made.object_pk, made.content_type, made.permission = "更好", last.content_type, last
    rows.update(made, ["object_pk", "content_type_id"])
    stored = Grant.objects.get(pk=made.pk)
    assert (stored.object_pk, stored.content_type) == ("更好", last.content_type)
    assert stored.permission == before
    assert Grant.objects.get(pk=other.pk).object_pk == "另"


def test_update_of_a_row_that_is_gone_says_so():
    group = Group.objects.create(name="first")
    Group.objects.all().delete()
    with pytest.raises(Group.DoesNotExist):
        rows.update(group, ["name"])
