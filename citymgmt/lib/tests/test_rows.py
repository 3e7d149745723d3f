"""Statements that are built once ask and write what the ORM would."""

import threading
from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction

from citymgmt.lib import rows
from citymgmt.lib.rows import Prepared

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
named = Prepared(lambda: Group.objects.filter(name="").order_by("id"))
pairs = Prepared(lambda: Group.objects.order_by("id").values_list("id", "name")[:2])
entries = Prepared(lambda: LogEntry.objects.filter(pk=0))
moments = Prepared(lambda: LogEntry.objects.filter(pk=0).values_list("user__email", "action_time"))

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return get_user_model().objects.create(username="clerk", email="clerk@example.org")


def entry(user, **changed):
    values = {"action_time": MOMENT, "user": user, "action_flag": 1, "change_message": "好"}
    return LogEntry(**values | changed)


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
    made = entry(user)
    rows.insert(made)
    assert moments(made.pk) == [(user.email, MOMENT)]
    assert entries(made.pk)[0].action_time == MOMENT


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
def test_inserted_row_is_as_saved(user):
    made = entry(user)
    rows.insert(made)
    stored = LogEntry.objects.get()
    assert made.pk == stored.pk
    assert not made._state.adding
    for field in LogEntry._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(made, field.attname), field.name


def test_insert_asks_one_statement(user, django_assert_num_queries):
    with django_assert_num_queries(1):
        rows.insert(entry(user))


def test_insert_obeys_the_constraints():
    rows.insert(Group(name="first"))
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(Group(name="first"))
    assert Group.objects.count() == 1


def test_update_stores_the_named_columns_alone(user):
    made, other = entry(user), entry(user)
    rows.insert(made)
    rows.insert(other)
    kind = ContentType.objects.get_for_model(Group)
    made.change_message, made.content_type, made.action_flag = "更好", kind, 2
    rows.update(made, ["change_message", "content_type_id"])
    stored = LogEntry.objects.get(pk=made.pk)
    assert (stored.change_message, stored.content_type, stored.action_flag) == ("更好", kind, 1)
    assert LogEntry.objects.get(pk=other.pk).change_message == "好"


def test_update_of_a_row_that_is_gone_says_so():
    group = Group.objects.create(name="first")
    Group.objects.all().delete()
    with pytest.raises(Group.DoesNotExist):
        rows.update(group, ["name"])
