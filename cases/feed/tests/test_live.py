"""The live feed: gapless, in order, only to whom it concerns."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from channels.db import database_sync_to_async
from channels.routing import get_default_application
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import remove_perm

from cases import tasks
from cases.feed import consumers, sight
from cases.feed import log as live
from cases.feed import process as feed
from cases.models import CaseEvent, Sequence
from cases.states import State
from cases.tests.cast import act, bring, make_city, report
from cases.tests.scenes import NOW, PEOPLE
from citymgmt.accounts import actions as accounts
from citymgmt.accounts import sessions
from citymgmt.accounts.models import User
from citymgmt.lib import push

WAIT = 5


@pytest.fixture
def city(transactional_db):
    return make_city()


@pytest.fixture
def sent(monkeypatch):
    """What is handed to the channel layer."""
    messages = []
    monkeypatch.setattr(push, "to_group", lambda group, message: messages.append(message))
    return messages


def numbers():
    return list(CaseEvent.objects.order_by("id").values_list("feed", flat=True))


def told(messages):
    return [message["envelope"]["told"] for message in messages]


# --- numbering ------------------------------------------------------------------------------
def test_live_numbers_are_gapless_and_in_the_order_of_the_log(city, sent):
    bring(city, State.TO_DISPATCH)
    report(city)
    assert numbers() == [1, 2, 3, 4]
    assert [m["seq"] for m in told(sent)] == [1, 2, 3, 4]
    assert [m["action"] for m in told(sent)] == ["report", "accept", "file", "report"]
    assert live.head() == 4


def test_live_publishing_again_publishes_nothing(city, sent):
    report(city)
    assert (live.publish(), tasks.publish_pending(), len(sent)) == (0, 0, 1)
    assert numbers() == [1]


def test_live_silence_leaves_the_rows_to_the_task(city, sent):
    with push.silence():
        report(city)
        with push.silence():
            report(city)
        assert push.silent()
    assert not push.silent()
    assert (numbers(), sent, live.head()) == ([None, None], [], 0)
    assert tasks.publish_pending() == 2
    assert numbers() == [1, 2] == [m["seq"] for m in told(sent)]


def test_live_a_past_that_was_written_is_numbered_without_being_sent(city, sent):
    with push.silence():
        report(city)
    assert live.publish(send=False) == 1
    assert (numbers(), sent) == ([1], [])


def test_live_many_rows_are_claimed_in_batches(city, sent, monkeypatch):
    monkeypatch.setattr(live, "BATCH", 2)
    with push.silence():
        bring(city, State.TO_CHECK)
    assert live.publish() == 8
    assert numbers() == list(range(1, 9))


def test_live_nothing_is_published_of_what_was_rolled_back(city, sent):
    with transaction.atomic():
        report(city)
        transaction.set_rollback(True)
    assert (sent, live.head(), CaseEvent.objects.count()) == ([], 0, 0)
    report(city)
    assert numbers() == [1]


def test_live_a_step_is_done_though_the_broker_is_gone(city, monkeypatch, caplog):
    def gone(*_args):
        raise push.Unreachable("Connection refused")

    monkeypatch.setattr(push, "to_group", gone)
    case = report(city)
    assert case.pk
    assert "out of reach" in caplog.text
    assert [row["told"]["seq"] for row in live.since(0, 10)] == [1]


def test_live_tells_places_and_states_but_no_words_and_no_names(city, sent):
    report(city, description="张三举报李四", address="某某路 1 号")
    (message,) = told(sent)
    assert set(message) == {
        "type", "topic", "seq", "case", "action", "state_from", "state", "kind", "class", "lon",
        "lat", "area", "dept", "post", "at", "overdue",
    }  # fmt: skip
    text = json.dumps(sent, ensure_ascii=False)
    for word in ("张三", "某某路", "Collector", "collector2"):
        assert word not in text


def test_live_since_gives_what_came_after_oldest_first(city):
    bring(city, State.TO_FILE)
    report(city)
    rows = [row["told"]["seq"] for row in live.since(1, 10)]
    assert (rows, len(live.since(0, 2)), live.since(3, 10)) == ([2, 3], 2, [])
    assert Sequence.objects.get(name="feed").value == 3


# --- who hears it ---------------------------------------------------------------------------
@pytest.mark.parametrize("state", [State.REGISTERED, State.DISPOSING, State.CHECKING])
def test_live_is_heard_by_exactly_those_who_may_see_the_case(city, state):
    case = bring(city, state)
    (envelope,) = live.since(live.head() - 1, 1)
    for name in PEOPLE:
        user = getattr(city, name)
        seeing = sight.sight_of(fresh := User.objects.get(pk=user.pk))
        seen = type(case).objects.visible_to(fresh).filter(pk=case.pk).exists()
        assert feed.Row(envelope).is_heard_by(seeing) == seen, name


def test_live_nobody_signed_out_has_a_sight(city):
    keys = [key_of(user) for user in (city.leader, city.acceptor)]
    User.objects.filter(pk=city.leader.pk).update(is_active=False)
    seen = sight.read([*keys, "never was"])
    assert [seen[key] is None for key in (*keys, "never was")] == [True, False, True]


# --- the websocket --------------------------------------------------------------------------
def key_of(user):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def session_cookie(user):
    return f"{settings.SESSION_COOKIE_NAME}={key_of(user)}"


class Listener:
    """A browser at /ws/live/, through the whole ASGI application."""

    def __init__(self, user=None, origin=b"http://localhost", cookie=None):
        headers = [(b"origin", origin), (b"host", b"localhost")]
        if user:
            headers.append((b"cookie", (cookie or session_cookie(user)).encode()))
        self.socket = WebsocketCommunicator(get_default_application(), "/ws/live/", headers=headers)

    async def hello(self, **words):
        connected, _code = await self.socket.connect(WAIT)
        assert connected
        await self.socket.send_json_to({"type": "hello", **words})
        return await self.hear()

    async def hear(self):
        return await self.socket.receive_json_from(WAIT)

    async def nothing(self):
        return await self.socket.receive_nothing(0.2)

    async def leave(self):
        await self.socket.disconnect(WAIT)


def listening(script):
    """Run a script of listeners in an event loop of its own."""

    async def run():
        await asyncio.wait_for(script(), 60)

    asyncio.run(run())


def make(user=None, **options):
    return database_sync_to_async(Listener)(user, **options)


def deed(function):
    return database_sync_to_async(function)()


def test_live_websocket_tells_what_one_may_see_in_order(city):
    async def script():
        leader, outsider = await make(city.leader), await make(city.outsider)
        assert (await leader.hello())["type"] == "welcome"
        assert (await outsider.hello())["seq"] == 0
        await deed(lambda: bring(city, State.TO_FILE))
        heard = [await leader.hear(), await leader.hear()]
        assert [(h["seq"], h["action"]) for h in heard] == [(1, "report"), (2, "accept")]
        assert heard[1]["state"] == "to_file"
        assert await outsider.nothing()
        await leader.leave()
        await outsider.leave()

    listening(script)


def test_live_websocket_before_hello_nothing_is_told(city):
    async def script():
        listener = await make(city.leader)
        connected, _ = await listener.socket.connect(WAIT)
        assert connected
        await deed(lambda: report(city))
        assert await listener.nothing()
        await listener.leave()

    listening(script)


def test_live_websocket_catches_up_from_the_number_last_seen(city):
    case = bring(city, State.TO_DISPATCH)

    async def script():
        listener = await make(city.leader)
        welcome = await listener.hello(since=1)
        assert (welcome["type"], welcome["seq"]) == ("welcome", 1)
        assert [(await listener.hear())["seq"] for _ in range(2)] == [2, 3]
        await deed(lambda: act(city, case, "dispatch", "dispatcher", at=NOW, department=city.water))
        assert (await listener.hear())["seq"] == 4
        await listener.leave()

    listening(script)


def test_live_websocket_fills_a_gap_that_the_channel_left(city, monkeypatch):
    """A message lost on its way comes from the log, before the next one."""

    async def script():
        listener = await make(city.leader)
        await listener.hello()
        with monkeypatch.context() as lost:
            lost.setattr(push, "to_group", lambda *_: None)
            await deed(lambda: report(city))
        await deed(lambda: report(city))
        assert [(await listener.hear())["seq"] for _ in range(2)] == [1, 2]
        await listener.leave()

    listening(script)


@pytest.mark.parametrize("since", [99, -1, "1", 1.5])
def test_live_websocket_resets_whoever_names_a_number_that_never_was(city, since):
    bring(city, State.TO_FILE)

    async def script():
        listener = await make(city.leader)
        assert (await listener.hello(since=since))["type"] == "welcome"
        assert await listener.hear() == {"type": "reset", "seq": 2}
        assert await listener.nothing()
        await listener.leave()

    listening(script)


def test_live_websocket_resets_whoever_was_away_too_long(city, monkeypatch):
    monkeypatch.setattr(feed, "LONGEST_GAP", 1)
    bring(city, State.TO_FILE)

    async def script():
        listener = await make(city.leader)
        await listener.hello(since=0)
        assert await listener.hear() == {"type": "reset", "seq": 2}
        await listener.leave()

    listening(script)


def test_live_websocket_pings_and_follows_the_rights(city, monkeypatch):
    monkeypatch.setattr(consumers, "PING_SECONDS", 0.1)

    async def script():
        listener = await make(city.leader)
        await listener.hello()
        assert (await listener.hear())["type"] == "ping"
        await deed(lambda: remove_perm("grid.oversee_area", city.leader, city.district))
        for _ in range(3):
            await listener.hear()
        await deed(lambda: report(city))
        assert {(await listener.hear())["type"] for _ in range(3)} == {"ping"}
        await deed(lambda: User.objects.filter(pk=city.leader.pk).update(is_active=False))
        closed = None
        while closed is None or closed["type"] != "websocket.close":
            closed = await listener.socket.receive_output(WAIT)
        assert closed["code"] == consumers.SIGNED_OUT

    listening(script)


@pytest.mark.parametrize("words", ["[]", '"hello"', "5", '{"type": "other"}', '{"type": []}'])
def test_live_websocket_takes_no_harm_from_odd_messages(city, words):
    async def script():
        listener = await make(city.leader)
        await listener.socket.connect(WAIT)
        await listener.socket.send_to(text_data=words)
        assert await listener.nothing()
        await listener.socket.send_json_to({"type": "hello"})
        assert (await listener.hear())["type"] == "welcome"
        await listener.leave()

    listening(script)


def test_live_websocket_refuses_strangers_and_foreign_pages(city):
    async def script():
        anonymous = await make()
        connected, code = await anonymous.socket.connect(WAIT)
        assert (connected, code) == (False, consumers.SIGNED_OUT)
        unknown = await make(city.leader, cookie=f"{settings.SESSION_COOKIE_NAME}=never-was")
        await unknown.socket.connect(WAIT)
        await unknown.socket.send_json_to({"type": "hello", "since": 0})
        assert await closing(unknown) == ([], consumers.SIGNED_OUT)
        foreign = await make(city.leader, origin=b"https://evil.example")
        connected, _code = await foreign.socket.connect(WAIT)
        assert not connected

    listening(script)


# --- the session of a listener ends ---------------------------------------------------------
def signs_out(city, client):
    client.post("/accounts/sign-out/")


def another_signs_in(city, client):
    client.force_login(city.acceptor)


def gets_a_new_password(city, client):
    accounts.set_password(person=city.leader, password="Right-horse-9", by=city.sysadmin)


def is_dismissed(city, client):
    accounts.dismiss(membership=city.leader.memberships.get(), by=city.sysadmin)


def is_switched_off(city, client):
    city.leader.is_active = False
    accounts.save_person(person=city.leader, by=city.sysadmin)


ENDS = [signs_out, another_signs_in, gets_a_new_password, is_dismissed, is_switched_off]


def browser_of(user):
    """Somebody's browser, and its cookie for a websocket."""
    client = Client()
    client.force_login(user)
    return client, f"{settings.SESSION_COOKIE_NAME}={client.cookies['sessionid'].value}"


async def closing(listener):
    """What is told until the socket is closed, and the code."""
    told = []
    while (output := await listener.socket.receive_output(WAIT))["type"] != "websocket.close":
        told.append(json.loads(output["text"])["type"])
    return told, output["code"]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_live_websocket_is_closed_at_once_when_its_session_ends(city, end):
    """Long before the next ping would find out, and without another word."""
    client, cookie = browser_of(city.leader)

    async def script():
        listener, other = await make(city.leader, cookie=cookie), await make(city.shift_leader)
        await listener.hello()
        await other.hello()
        await deed(lambda: end(city, client))
        assert await closing(listener) == ([], consumers.SIGNED_OUT)
        await deed(lambda: report(city))
        assert (await other.hear())["action"] == "report"
        again = await make(city.leader, cookie=cookie)
        await again.socket.connect(WAIT)
        assert await closing(again) == ([], consumers.SIGNED_OUT)
        await other.leave()

    listening(script)


def test_live_websocket_tells_nothing_more_once_the_session_was_not_touched(city, monkeypatch):
    _client, cookie = browser_of(city.leader)

    async def script():
        listener = await make(city.leader, cookie=cookie)
        await listener.hello()
        later = time.monotonic() + 11 * 60
        monkeypatch.setattr(consumers, "monotonic", lambda: later)
        monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(minutes=11))
        await deed(lambda: report(city))
        assert await closing(listener) == ([], consumers.SIGNED_OUT)

    listening(script)


def test_live_websocket_goes_on_while_somebody_uses_the_pages(city, monkeypatch):
    client, cookie = browser_of(city.leader)

    async def script():
        listener = await make(city.leader, cookie=cookie)
        await listener.hello()
        monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(minutes=9))
        await deed(lambda: client.post("/accounts/session/"))
        later = time.monotonic() + 11 * 60
        monkeypatch.setattr(consumers, "monotonic", lambda: later)
        monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(minutes=11))
        await deed(lambda: report(city))
        assert (await listener.hear())["action"] == "report"
        await listener.leave()

    listening(script)


def test_live_websocket_keeps_no_session_alive(city, monkeypatch):
    monkeypatch.setattr(consumers, "PING_SECONDS", 0.1)
    client, cookie = browser_of(city.leader)
    used = client.session["used_at"]

    async def script():
        listener = await make(city.leader, cookie=cookie)
        await listener.hello()
        for _ in range(3):
            assert (await listener.hear())["type"] == "ping"
        await listener.leave()

    listening(script)
    assert client.session["used_at"] == used


def test_live_websocket_ends_a_right_at_once(city):
    async def script():
        listener, other = await make(city.leader), await make(city.shift_leader)
        await listener.hello()
        await other.hello()
        taken = {"user": city.leader, "verb": "oversee_area", "obj": city.district}
        await deed(lambda: accounts.revoke(**taken, by=None))
        await deed(lambda: report(city))
        assert (await other.hear())["action"] == "report"
        assert await listener.nothing()
        await listener.leave()
        await other.leave()

    listening(script)


def test_live_websocket_without_a_database_is_sent_to_try_again(city, monkeypatch):
    async def script():
        listener = await make(city.leader)
        await listener.hello()

        async def gone(key):
            raise DatabaseError("gone")

        monkeypatch.setattr(consumers, "look", gone)
        group = sessions.group_of_person(city.leader.pk)
        await push.send(group, {"type": "session.recheck"})
        assert await closing(listener) == ([], consumers.TRY_AGAIN)

    listening(script)


def test_live_a_notice_reaches_only_whom_it_is_for(city):
    async def script():
        leader, liaison = await make(city.leader), await make(city.liaison)
        await leader.hello()
        await liaison.hello()
        await push.send(live.GROUP, {"type": "case.notice", "people": [city.liaison.pk]})
        assert await liaison.hear() == {"type": "notice"}
        assert await leader.nothing()
        await leader.leave()
        await liaison.leave()

    listening(script)
