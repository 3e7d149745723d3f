"""A step after the commit: done, or logged and counted, never thrown."""

import pytest
from django.db import transaction

from citymgmt.lib import after


@pytest.fixture(autouse=True)
def counted(monkeypatch):
    monkeypatch.setattr(after, "failures", after.Counter())


def broken(_word):
    raise RuntimeError("nobody there")


@pytest.mark.django_db(transaction=True)
def test_a_failing_step_is_logged_and_counted_and_the_next_one_is_done(caplog):
    done = []
    with transaction.atomic():
        after.after_commit(broken, "a")
        after.after_commit(done.append, "b")
        assert done == []
    after.after_commit(broken, "c")
    assert done == ["b"]
    name = "citymgmt.lib.tests.test_after.broken"
    assert after.failures == {name: 2}
    assert [record.exc_info[0] for record in caplog.records] == [RuntimeError] * 2
    assert f"{name} failed, for the 2. time" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_has_no_step_after_it():
    done = []
    with transaction.atomic():
        after.after_commit(done.append, "b")
        transaction.set_rollback(True)
    assert done == []
