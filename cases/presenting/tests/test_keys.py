"""Keys belong to actions: one table, the same at every desk, in every state and in the help."""

import re
from datetime import timedelta
from itertools import combinations

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from cases.finding import queries
from cases.machine import actions
from cases.machine.moves import MOVES, moves_from
from cases.models import Case
from cases.presenting import keys
from cases.presenting import pages as desk
from cases.states import Action, Scope, State
from cases.tests.cast import CASE_POSTS, act, bring, person, report
from citymgmt.accounts.posts import POSTS


def ago(minutes=15):
    return timezone.now() - timedelta(minutes=minutes)


SINGLE = {action: key for action, key in keys.KEYS.items() if key != keys.ENTER}


def test_each_action_has_one_key_and_no_two_actions_share_one():
    assert len(set(SINGLE.values())) == len(SINGLE)
    assert all(len(key) == 1 and key == key.lower() for key in SINGLE.values())


def test_no_key_is_one_of_the_pages_own():
    assert not set(SINGLE.values()) & keys.RESERVED


@pytest.mark.parametrize("action", sorted(keys.ENDING))
def test_what_ends_or_undoes_something_has_no_key(action):
    moves = [move for move in MOVES if move.action == action]
    assert moves
    assert action not in keys.KEYS
    assert {keys.key_of(move) for move in moves} == {""}
    assert keys.leading(moves, "") is None


def test_what_voids_a_case_has_no_key():
    voiding = [move for move in MOVES if move.target == State.VOID]
    assert {keys.key_of(move) for move in voiding} == {""}


@pytest.mark.parametrize("state", State)
def test_moves_that_may_stand_together_have_different_keys(state):
    """Enter is the exception: it means one of them, and that one is told by `leading`."""
    moves = [move for move in moves_from(state) if move.scope != Scope.SYSTEM]
    for one, other in combinations(moves, 2):
        if one.action != other.action and keys.key_of(one) == keys.key_of(other):
            assert keys.key_of(one) in ("", keys.ENTER)


def test_every_action_of_people_has_a_key_or_a_reason():
    people = {move.action for move in MOVES if move.scope != Scope.SYSTEM}
    assert set(keys.KEYS) | keys.ENDING >= people
    assert not set(keys.KEYS) & keys.ENDING


def test_a_report_of_a_collector_and_one_of_the_public_have_the_same_keys(cast):
    ctx = actions.context()
    found = []
    for by, source in (("collector", "patrol"), ("acceptor", "hotline_12319")):
        case = report(cast, at=ago(), by=by, source=source)
        found.append({b["move"].action: b for b in desk.bar(cast.acceptor, case, ctx)})
    patrol, public = found
    for action in patrol.keys() & public.keys() - {Action.ACCEPT}:
        assert patrol[action]["key"] == public[action]["key"]
    assert patrol[Action.SEND_VERIFY]["key"] == public[Action.SEND_VERIFY]["key"] == "2"
    assert public[Action.SEND_VERIFY]["enter"]  # it cannot be accepted before
    assert patrol[Action.REJECT]["key"] == public[Action.REJECT]["key"] == ""


@pytest.mark.parametrize("state", [s for s in State if s not in (State.VOID, State.SUSPENDED)])
def test_no_bar_of_any_post_has_a_key_twice(cast, state):
    if state in (State.VERIFYING, State.DECLINE_REVIEW, State.CLOSE_REVIEW):
        case = report(cast, at=ago())
        Case.objects.filter(pk=case.pk).update(state=state, collector=cast.collector)
        case.refresh_from_db()
    else:
        case = bring(cast, state, at=ago(60), minutes=0)
    Case.objects.update(disposal_overdue=True)  # what was closed late may be appealed against
    everybody = person(cast, "everybody", CASE_POSTS, cast.water)
    _grant(everybody, cast)
    case = queries.whole_case(everybody, case.number).get()
    buttons = desk.bar(everybody, case, actions.context(timezone.now()))
    assert buttons
    shown = [button["key"] for button in buttons if button["key"]]
    assert len(shown) == len(set(shown))
    assert sum(button["main"] for button in buttons) <= 1
    for button in buttons:
        assert button["key"] in ("", keys.ENTER, keys.KEYS.get(button["move"].action))
        if keys.ends(button["move"]):
            assert (button["key"], button["enter"]) == ("", False)


def test_the_decision_asked_for_stands_first_though_no_key_passes_it(cast, client):
    case = bring(cast, State.TO_DISPATCH, at=ago(60), minutes=0)
    act(cast, case, "void", "dispatcher", at=ago(), opinion="重复立案")
    case = queries.whole_case(cast.shift_leader, case.number).get()
    first, *others = desk.bar(cast.shift_leader, case, actions.context(timezone.now()))
    assert (first["move"].action, first["main"]) == (Action.APPROVE, True)
    assert (first["key"], first["enter"]) == ("", False)
    assert Action.URGE in [button["move"].action for button in others]
    client.force_login(cast.shift_leader)
    body = client.get(f"/cases/{case.number}/").content.decode()
    assert "data-main-action" not in body


def _grant(user, cast):
    assign_perm("grid.oversee_area", user, cast.district)
    assign_perm("accounts.handle_department", user, cast.water)


@pytest.mark.parametrize("name", ["acceptor", "shift_leader", "dispatcher", "liaison", "leader"])
def test_the_help_lists_the_keys_that_the_buttons_show(cast, client, name):
    case = bring(cast, State.TO_DISPOSE, at=ago())
    client.force_login(getattr(cast, name))
    body = client.get(f"/cases/{case.number}/").content.decode()
    help_text = body[body.index('<dl class="keys keys-pairs">') :]
    listed = dict(re.findall(r"<dt><kbd>(.)</kbd></dt><dd>(.+?)</dd>", help_text))
    verbs = frozenset(POSTS[name][2])
    assert listed == {key.upper(): words for key, words in keys.listed(verbs)}
    for action, key in re.findall(r'data-action="(\w+)"[^>]*data-action-key="(.)"', body):
        assert listed[key.upper()] == str(Action(action).label)
