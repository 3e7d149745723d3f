"""What was done is answered as done, whatever fails after it."""

import pytest

from cases import tasks
from cases.feed import log as live
from cases.tests.cast import make_city, report

from .test_api import API, client


@pytest.mark.django_db(transaction=True)
def test_an_act_that_was_committed_is_answered_with_success(monkeypatch, caplog):
    def broken():
        raise RuntimeError("nobody there")

    city = make_city()
    case = report(city)
    with monkeypatch.context() as patch:
        patch.setattr(live, "publish", broken)
        answer = client(city.acceptor).post(f"{API}cases/{case.number}/actions/accept/")
    assert answer.status_code == 200, answer.content
    assert "RuntimeError: nobody there" in caplog.text
    assert tasks.publish_pending() == 1
    assert [row["told"]["action"] for row in live.since(1, 10)] == ["accept"]
