"""Ways to call the hotline of the town (fixture `cast`)."""

from types import SimpleNamespace

import pytest

from cases.tests import cast as town
from hotline.calls import actions

PHONE = "13893101234"
HERE = (town.WEST + town.STEP / 2, town.SOUTH + town.STEP / 2)


@pytest.fixture
def complain(cast):
    """complain(**values): a complaint about a cover by somebody who wants a reply."""

    def take(**values):
        given = {
            "by": cast.acceptor, "kind": "complaint", "content": "井盖破损", "phone": PHONE,
            "name": "张三", "matter_class": cast.cover, "lon": HERE[0], "lat": HERE[1],
            "reply_required": True, "may_text": True, "at": cast.now,
        } | values  # fmt: skip
        return actions.take_call(**given)[0]

    return take


@pytest.fixture
def ended(cast, complain):
    """A complaint whose case was refused: it waits to be called back."""
    call = complain()
    case = town.act(
        cast, call.case, "reject", "acceptor", reject_reason="invalid", opinion="不在本区"
    )
    return SimpleNamespace(call=call, case=case, citizen=call.caller)


@pytest.fixture
def seat(client, cast):
    client.force_login(cast.acceptor)
    return client
