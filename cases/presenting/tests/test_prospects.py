"""Whoever asks or decides sees where it leads and what was asked before; asking can be undone."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cases.finding import queries
from cases.machine import actions
from cases.machine.moves import MOVES
from cases.models import Case
from cases.presenting import pages as desks
from cases.presenting import prospects
from cases.states import Action, State
from cases.tests.cast import MORNING, act, bring
from cases.tests.scenes import switch
from cases.time import clock
from citymgmt.lib.errors import NotNow, NotYours

NOW = MORNING + timedelta(minutes=30)
UNTIL = MORNING + timedelta(days=9)
SUSPENSIONS = ("suspend", "suspend_hard")


def ctx():
    return actions.context(NOW)


def ask(cast, case, kind):
    given = {"until": UNTIL} if kind in SUSPENSIONS else {}
    by = "dispatcher" if kind == "void" else "liaison"
    return act(cast, case, kind, by, at=NOW, opinion="待料", **given)


# --- where it leads -------------------------------------------------------------------------
def test_the_extension_shown_is_the_extension_granted(cast):
    case = bring(cast, State.DISPOSING)
    seen = prospects.of_request(case, ctx(), "extend")
    assert (seen.number, seen.most, seen.before) == (1, 2, case.due_at)
    ask(cast, case, "extend")
    assert prospects.of_request(case, ctx()) == seen
    act(cast, case, "approve", "shift_leader", at=NOW)
    assert case.due_at == seen.after
    again = prospects.of_request(case, ctx(), "extend")
    assert (again.number, again.most, again.before) == (2, 2, seen.after)


def test_how_many_extensions_there_are_is_the_setting(cast):
    switch("max_extensions", 5)
    assert prospects.of_request(bring(cast, State.DISPOSING), ctx(), "extend").most == 5


@pytest.mark.parametrize("kind", SUSPENSIONS)
def test_a_suspension_shows_its_date_its_days_and_that_it_is_the_only_one(cast, kind):
    case = ask(cast, bring(cast, State.TO_DISPOSE), kind)
    seen = prospects.of_request(case, ctx())
    assert (seen.until, seen.days, seen.number, seen.most) == (UNTIL, 9, 1, 1)


def test_a_return_shows_how_many_there_were_and_by_whom(cast):
    case = ask(cast, bring(cast, State.TO_DISPOSE), "return_")
    act(cast, case, "approve", "shift_leader", at=NOW)
    act(cast, case, "dispatch", "dispatcher", at=NOW, department=cast.street_office)
    act(cast, case, "return_", "street_liaison", at=NOW, opinion="非街道")
    seen = desks.work_area(cast.shift_leader, case, ctx())
    assert seen["prospect"].number == 2
    assert [(one["who"], one["outcome"]) for one in seen["history"]] == [(cast.water, "已批准")]


def test_a_void_or_an_appeal_has_no_deadline_to_show(cast):
    case = ask(cast, bring(cast, State.TO_DISPATCH), "void")
    assert prospects.of_request(case, ctx()) is None


def test_the_history_has_every_outcome_once(cast):
    case = bring(cast, State.TO_DISPOSE)
    ask(cast, case, "extend")
    act(cast, case, "refuse", "shift_leader", at=NOW, opinion="抓紧")
    ask(cast, case, "extend")
    act(cast, case, "withdraw", "liaison", at=NOW)
    ask(cast, case, "extend")
    act(cast, case, "approve", "shift_leader", at=NOW)
    ask(cast, case, "suspend")
    act(cast, case, "force_close", "leader", at=NOW, opinion="督办")
    found = prospects.requests_in(queries.log_of(case))
    said = [(asked.kind, asked.outcome) for asked in found]
    assert said == [
        ("extend", "refuse"),
        ("extend", "withdraw"),
        ("extend", "approve"),
        ("suspend", "lapsed"),
    ]
    assert set(case.requests.values_list("status", flat=True)) == {
        "refused",
        "withdrawn",
        "approved",
        "lapsed",
    }


@pytest.mark.parametrize(
    ("who", "action"), [("liaison", "extend"), ("shift_leader", "approve"), ("liaison", "withdraw")]
)
def test_forms_show_from_to_and_which_one(cast, client, who, action):
    case = bring(cast, State.DISPOSING, at=actions.context().now - timedelta(minutes=9))
    if action != "extend":
        act(cast, case, "extend", "liaison", at=None, opinion="待料")
    client.force_login(getattr(cast, who))
    body = client.get(f"/cases/{case.number}/do/{action}/", headers={"HX-Request": "true"}).text
    seen = prospects.of_request(case, actions.context(), "extend")
    assert {seen.before, seen.after} <= _moments(body)
    assert "第 1 次，共 2 次" in body


def _moments(body):
    """The moments that the page names, in UTC."""
    moments = re.findall(r'datetime="([^"]+)"', body)
    return {datetime.fromisoformat(one).astimezone(UTC) for one in moments}


# --- taking back ----------------------------------------------------------------------------
def state_of(case):
    names = ("state", "pending", "to_forward", "due_at", "extensions", "suspensions", "returns",
             "appeals", "suspended_until")  # fmt: skip
    return Case.objects.filter(pk=case.pk).values(*names).get()


@pytest.mark.parametrize("kind", ["extend", "suspend", "suspend_hard", "return_"])
def test_what_is_taken_back_leaves_the_case_as_a_refusal_does(cast, kind):
    ends = []
    for end, by in (("withdraw", "liaison"), ("refuse", "dispatcher")):
        case = ask(cast, bring(cast, State.TO_DISPOSE), kind)
        decides = "shift_leader" if not case.to_forward else by
        act(cast, case, end, by if end == "withdraw" else decides, at=NOW, opinion="不再需要")
        row = case.requests.get()
        assert row.status == {"withdraw": "withdrawn", "refuse": "refused"}[end]
        assert row.decided_by == case.events.last().by
        ends.append(state_of(case))
    assert ends[0] == ends[1]
    assert ends[0]["pending"] == ""
    assert ends[0]["due_at"]


def test_what_is_taken_back_does_not_count(cast):
    case = bring(cast, State.TO_DISPOSE)
    for _ in range(3):
        ask(cast, case, "extend")
        act(cast, case, "withdraw", "liaison", at=NOW)
    assert prospects.of_request(case, ctx(), "extend").number == 1
    late = bring(cast, State.CLOSED, minutes=100, filing_condition=cast.cover_open)
    for _ in range(2):  # an appeal may be made once
        at = late.closed_at + timedelta(minutes=5)
        act(cast, late, "appeal", "liaison", at=at, opinion="现场封闭")
        act(cast, late, "withdraw", "liaison", at=at)
    assert (late.appeals, late.pending) == (0, "")


def test_only_whoever_asked_takes_back_and_only_while_it_waits(cast):
    case = bring(cast, State.TO_DISPOSE)
    with pytest.raises(NotNow):
        act(cast, case, "withdraw", "liaison", at=NOW)
    ask(cast, case, "extend")
    for who in ("street_liaison", "outsider", "dispatcher", "shift_leader", "leader", "handler"):
        with pytest.raises(NotYours):
            act(cast, case, "withdraw", who, at=NOW)
    act(cast, case, "withdraw", "liaison", at=NOW)
    with pytest.raises(NotNow):
        act(cast, case, "approve", "shift_leader", at=NOW)


def test_every_request_can_be_taken_back_where_it_waits():
    asking = {
        (row.action, source)
        for row in MOVES
        for source in row.sources
        if row.action in ("return_", "extend", "suspend", "suspend_hard", "void", "appeal")
    }
    back = {source for row in MOVES if row.action == Action.WITHDRAW for source in row.sources}
    assert {source for _action, source in asking} == back


def test_an_extension_is_once_the_limit_and_no_other_formula_stands_anywhere(cast):
    case = bring(cast, State.DISPOSING)
    kept = clock.from_json(case.clocks["dispose"])
    longer = clock.extended_once(kept, ctx().calendars.center)
    assert longer.extensions == (2 * 8 * 3600,)
