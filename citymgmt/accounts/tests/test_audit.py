"""The record: appended in one chain, never forked, and every change of a row is found."""

from datetime import date
from threading import Thread

import pytest
from django.db import IntegrityError, connection
from django.test import RequestFactory

from citymgmt.accounts.audit import audit_broken, audit_faults, record
from citymgmt.accounts.models import AuditEvent, User
from citymgmt.lib import heads

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    return [record(verb="test", subject=f"row {n}", data={"n": n}) for n in range(3)]


def test_each_row_names_the_one_before(three):
    assert [row.prev_hash for row in three] == ["", three[0].hash, three[1].hash]
    assert audit_broken() == []


@pytest.mark.parametrize(
    "change",
    [{"subject": "other"}, {"verb": "x"}, {"data": {"n": 9}}, {"address": "10.0.0.1"},
     {"at": "2020-01-01T00:00:00Z"}],
)  # fmt: skip
def test_a_changed_row_is_found(three, change):
    AuditEvent.objects.filter(pk=three[1].pk).update(**change)
    assert audit_broken() == [three[1].pk]


def test_a_row_given_to_somebody_else_is_found(three, fresh):
    AuditEvent.objects.filter(pk=three[1].pk).update(by=fresh)
    assert audit_broken() == [three[1].pk]


def test_a_row_changed_with_its_own_hash_breaks_the_next_link(three):
    row = three[1]
    row.subject = "other"
    AuditEvent.objects.filter(pk=row.pk).update(subject="other", hash=row.digest())
    assert audit_broken() == [three[2].pk]


def test_a_missing_row_is_found(three):
    three[1].delete()
    assert audit_broken() == [three[2].pk]


def test_a_cut_end_is_found(three):
    three[2].delete()
    assert audit_broken() == []
    assert list(audit_faults()) == [("number 3", "missing")]


def test_two_rows_cannot_follow_the_same_row(three):
    fork = AuditEvent(verb="fork", prev_hash=three[0].hash)
    fork.hash = fork.digest()
    with pytest.raises(IntegrityError, match=r"prev_hash|audit_chain_unforked"):
        fork.save()


def test_values_that_json_does_not_know_are_stored_as_they_come_back():
    row = record(verb="test", data={"since": date(2026, 1, 2), 3: "key"})
    row.refresh_from_db()
    assert row.data == {"since": "2026-01-02", "3": "key"}
    assert audit_broken() == []


@pytest.mark.parametrize(
    ("remote", "stored"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("", None),
    ],
)
def test_addresses_have_one_spelling(remote, stored):
    row = record(verb="test", request=RequestFactory().get("/", REMOTE_ADDR=remote))
    row.refresh_from_db()
    assert row.address == stored
    assert audit_broken() == []


def test_a_long_subject_is_cut():
    assert len(record(verb="test", subject="长" * 500).subject) == 160
    assert audit_broken() == []


@pytest.mark.django_db(transaction=True)
def test_appends_at_the_same_time_queue_up():
    failures = []

    def append():
        try:
            for n in range(8):
                record(verb="thread", data={"n": n})
        except Exception as failure:  # noqa: BLE001 - shown by the assertion below
            failures.append(failure)
        finally:
            connection.close()

    threads = [Thread(target=append) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert AuditEvent.objects.filter(verb="thread").count() == 24
    assert list(audit_faults()) == []
    assert [mark.value for mark in heads.kept("audit")]


def test_a_person_on_record_cannot_be_deleted(fresh):
    record(verb="test", by=fresh)
    with pytest.raises(Exception, match="protected"):
        User.objects.filter(pk=fresh.pk).delete()
