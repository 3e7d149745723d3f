"""One's own notices as files and on paper."""

import csv
import io

import pytest

from cases.states import State
from cases.tests.cast import bring
from dispatch.models import Notice


@pytest.fixture
def told(cast):
    case = bring(cast, State.TO_DISPOSE)
    case.warned_at = cast.now
    case.save(update_fields=["warned_at"])
    for person in (cast.liaison, cast.street_liaison):
        Notice.objects.filter(recipient=person).delete()
    Notice.objects.create(
        recipient=cast.liaison, case=case, event=case.events.last(), text_key="warn",
        channel="in_app", created_at=cast.now,
    )  # fmt: skip
    return case


def test_each_takes_their_own(cast, client, told):
    client.force_login(cast.liaison)
    head, row = csv.reader(io.StringIO(
        client.get("/notices/?unread=1&as=csv").content.decode("utf-8-sig"), newline=""
    ))  # fmt: skip
    assert dict(zip(head, row, strict=True))["案件"].replace("-", "") == told.number
    assert client.get("/notices/?as=xlsx").status_code == 200
    assert told.number[14:] in client.get("/notices/?as=print").content.decode()
    client.force_login(cast.street_liaison)
    assert len(client.get("/notices/?as=csv").content.decode().splitlines()) == 1
