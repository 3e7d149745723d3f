"""Files of rows stay with what was committed, and with nothing else."""

import contextlib
import errno

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, OperationalError, connection, transaction

pytestmark = pytest.mark.django_db(transaction=True)


class Refusal(Exception):
    """What ends a transaction here."""


@contextlib.contextmanager
def refused():
    with contextlib.suppress(Refusal), transaction.atomic():
        yield
        raise Refusal


def save(name):
    return default_storage.save(name, ContentFile(b"photo"))


def test_a_rollback_takes_its_files_away():
    with refused():
        name = save("a.jpg")
        assert default_storage.exists(name)
    assert not default_storage.exists(name)


def test_a_commit_keeps_them():
    with transaction.atomic():
        name = save("a.jpg")
    with refused():
        save("b.jpg")
    assert default_storage.exists(name)


def test_only_what_was_within_the_savepoint_goes_with_it():
    with transaction.atomic():
        before = save("before.jpg")
        with refused():
            within = save("within.jpg")
            with transaction.atomic():
                deeper = save("deeper.jpg")
        after = save("after.jpg")
    found = {name: default_storage.exists(name) for name in (before, within, deeper, after)}
    assert found == {before: True, within: False, deeper: False, after: True}


def test_a_transaction_around_takes_them_too():
    with refused(), transaction.atomic():
        name = save("a.jpg")
    assert not default_storage.exists(name)


def test_a_lost_connection_is_a_rollback():
    with refused():
        name = save("a.jpg")
        connection.close()
        assert not default_storage.exists(name)


@pytest.mark.parametrize(("error", "stays"), [(IntegrityError, False), (OperationalError, True)])
def test_a_commit_without_an_answer_may_have_happened(monkeypatch, error, stays):
    made = []

    def write():
        made.append(save("a.jpg"))
        monkeypatch.setattr(connection, "_commit", _raising(error("the answer was lost")))

    with pytest.raises(error):
        transaction.atomic(write)()
    monkeypatch.undo()
    assert default_storage.exists(made[0]) is stays


def _raising(error):
    def commit():
        raise error

    return commit


def test_without_a_transaction_a_file_stays():
    name = save("a.jpg")
    with refused():
        pass
    assert default_storage.exists(name)


class Torn(ContentFile):
    """The disk is full after the first chunk."""

    def chunks(self, chunk_size=None):
        yield b"half"
        raise OSError(errno.ENOSPC, "outage")


def test_half_a_file_is_none(settings):
    with pytest.raises(OSError, match="outage"):
        default_storage.save("photos/a.jpg", Torn(b"whole"))
    assert default_storage.listdir("photos") == ([], [])
