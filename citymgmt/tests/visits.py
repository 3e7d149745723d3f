"""Every page of every post at server level: `town`, a small city with something on each of them,
and `pages_of`, a walk along `pages.py` and what the pages lead to."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.states import State
from citymgmt.tests.pages import PAGES

POSTS = sorted({page.post for page in PAGES.values()} | {"inspector"})
# Where a link of a page leads that is a page of its own, each kind of address once.
INNER = re.compile(r'href="(/[^"#]*)')
APART = re.compile(r"^/(static|media|photos|api|public)|as=(csv|xlsx)|sign-out|\.json|/print")
MOST = 60


@pytest.fixture
def town(cast):
    """With a case in every kind of state, and what the other pages list."""
    from cases.tests.cast import act, bring, person, report
    from dispatch.notices.loading import load_escalation
    from dispatch.routing.loading import load_routing
    from grid.rota.actions import load_shifts

    load_routing()
    load_escalation()
    load_shifts()
    for name in ("secadmin", "auditor"):
        person(cast, name, name, cast.center)
    at = timezone.now() - timedelta(hours=30)
    states = (
        State.REGISTERED, State.TO_FILE, State.TO_DISPATCH, State.DISPOSING, State.DEPT_REVIEW,
        State.FEEDBACK_IN, State.TO_CHECK, State.CHECKING, State.CLOSED,
    )  # fmt: skip
    for state in states:
        bring(cast, state, at=at)
    pending = bring(cast, State.TO_DISPOSE, at=at, case=report(cast, at=at, cell=2))
    act(cast, pending, "extend", "liaison", at=at + timedelta(hours=1), opinion="等待材料")
    return cast


def pages_of(client, post):
    """(address, text) of the pages of a post, and of each kind of page that they lead to."""
    ahead = [page.address for page in PAGES.values() if page.post == post] or ["/"]
    known: set[str] = set()
    while ahead and len(known) < MOST:
        address = ahead.pop(0).replace("&amp;", "&")
        kind = re.sub(r"\d+", "N", address)
        if kind in known or APART.search(address):
            continue
        known.add(kind)
        answer = client.get(address, follow=True)
        if answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            continue
        text = answer.content.decode()
        yield address, text
        ahead += INNER.findall(text)
