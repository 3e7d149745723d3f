"""Who is told of which deadline: exactly once, live, on a page, by text message with retries."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.feed import log as live
from cases.machine.actions import strike
from cases.models import Case, CaseEvent
from cases.presenting.words import REQUEST_WORDS
from cases.states import State
from cases.tests.cast import act, bring
from citymgmt.accounts.models import Post, User
from citymgmt.lib import push, sms
from citymgmt.lib.sms import outbox
from citymgmt.lib.sms.http import counterpart
from dispatch.models import EscalationRule, Notice
from dispatch.notices import reader, sending
from dispatch.notices.loading import load_escalation
from dispatch.notices.settings import RuleForm
from dispatch.notices.shipped import RULES
from dispatch.notices.words import sentence

HOUR = timedelta(hours=1)


@pytest.fixture
def late(cast):
    """With the water department for 2 urgent hours; `strike_at(hours)` lets the clock strike."""
    case = bring(cast, State.DISPOSING, filing_condition=cast.cover_open)
    cast.start = CaseEvent.objects.get(case=case, action="dispatch").at
    User.objects.filter(username="liaison").update(phone="13800000001", on_duty=True)
    cast.case = case
    return cast


def strike_at(cast, hours):
    """The timer looks, rows are published, the reader reads; how many notices were written."""
    at = cast.start + hours * HOUR
    for _n in range(3):
        strike(at=at)
    live.publish(send=False)
    return reader.read(at)


def rule(moment, scope, post="", channel="in_app", stage="", **rest):
    row = Post.objects.get(code=post) if post else None
    return EscalationRule.objects.create(
        moment=moment, scope=scope, post=row, channel=channel, stage=stage, **rest
    )


def told():
    rows = Notice.objects.values_list("text_key", "recipient__username", "channel")
    return sorted(rows)


# --- who ------------------------------------------------------------------------------------
def test_the_shipped_rules_are_loaded_once_and_not_over_edited_ones(cast):
    assert load_escalation() == len(RULES)
    EscalationRule.objects.first().delete()
    assert load_escalation() == 0


def test_shipped_rules_tell_the_holder_then_the_liaison_then_those_above(late):
    load_escalation()
    strike_at(late, 1.7)
    assert told() == [("warn", "handler", "in_app")]
    strike_at(late, 2.1)
    assert [row for row in told() if row[0] == "overdue"] == [
        ("overdue", "handler", "in_app"),
        ("overdue", "liaison", "in_app"),
        ("overdue", "liaison", "sms"),
    ]  # the shift leader is not on duty
    strike_at(late, 3.1)
    assert [row for row in told() if row[0] == "escalate"] == [
        ("escalate", "inspector", "in_app"),
        ("escalate", "leader", "in_app"),
        ("escalate", "liaison", "sms"),
        ("escalate", "shift_leader", "in_app"),
    ]


@pytest.mark.parametrize(
    ("scope", "post", "people"),
    [
        ("holder", "", ["handler"]),
        ("area", "shift_leader", ["shift_leader"]),
        ("area", "acceptor", ["acceptor"]),
        ("dept", "liaison", ["liaison"]),
        ("all", "liaison", ["liaison", "outsider", "street_liaison"]),
        ("area", "liaison", []),
    ],
)
def test_scopes(late, scope, post, people):
    rule("overdue", scope, post)
    strike_at(late, 2.1)
    assert [name for _key, name, _channel in told()] == people


def test_on_duty_stage_and_switched_off_rules(late):
    rule("overdue", "area", "shift_leader", on_duty_only=True)
    rule("overdue", "area", "dispatcher", stage="check")
    rule("overdue", "area", "leader", active=False)
    rule("overdue", "area", "inspector", stage="dispose")
    strike_at(late, 2.1)
    assert [name for _key, name, _channel in told()] == ["inspector"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.REGISTERED, ["acceptor"]),
        (State.TO_FILE, ["shift_leader"]),
        (State.TO_DISPATCH, ["dispatcher"]),
        (State.TO_DISPOSE, ["liaison"]),
        (State.CHECKING, ["collector"]),
    ],
)
def test_the_holder_of_every_step(cast, state, expected):
    case = bring(cast, state, filing_condition=cast.cover_open)
    rule("overdue", "holder")
    cast.start = case.state_since
    strike_at(cast, 2.5)
    assert [name for _key, name, _channel in told()] == expected


def test_words_from_above_reach_the_holder_and_not_whoever_said_them(late, client):
    load_escalation()
    now = late.start + HOUR
    words = {"supervise": {"supervise_type": "leader"}, "urge": {}, "instruct": {}}
    for action, given in words.items():
        act(late, late.case, action, "leader", at=now, opinion=f"{action}：今日办结", **given)
    live.publish(send=False)
    reader.read(now)
    assert told() == [
        ("instruct", "handler", "in_app"), ("supervise", "handler", "in_app"),
        ("supervise", "liaison", "in_app"), ("urge", "handler", "in_app"),
        ("urge", "liaison", "sms"),
    ]  # fmt: skip
    client.force_login(late.handler)
    page = client.get("/notices/").content.decode()
    assert all(f"{action}：今日办结" in page for action in words)
    rule("instruct", "area", "leader")
    act(late, late.case, "instruct", "leader", at=now, opinion="再说一次")
    live.publish(send=False)
    reader.read(now)
    assert {name for _key, name, _channel in told()} == {"handler", "liaison"}


# --- exactly once ---------------------------------------------------------------------------
def test_reading_again_tells_nobody_twice(late):
    load_escalation()
    assert strike_at(late, 2.1) > 0
    before = Notice.objects.count()
    for hours in (2.1, 2.2, 2.3):
        assert strike_at(late, hours) == 0
    from cases.models import Sequence

    Sequence.objects.filter(name=reader.PLACE).update(value=0)  # as if the place were lost
    assert reader.read(late.start + 2.4 * HOUR) == 0
    assert Notice.objects.count() == before


def test_what_was_late_long_ago_is_not_told(late):
    load_escalation()
    strike(at=late.start + 2.1 * HOUR)
    live.publish(send=False)
    assert reader.read(late.start + 2.1 * HOUR + reader.FRESH) == 0
    assert reader.read(late.start + 2.2 * HOUR) == 0  # the place has passed it


def test_unpublished_rows_wait_for_their_place(late):
    load_escalation()
    strike(at=late.start + 2.1 * HOUR)
    assert reader.read(late.start + 2.1 * HOUR) == 0
    live.publish(send=False)
    assert reader.read(late.start + 2.1 * HOUR) > 0


def test_people_are_told_live_and_by_name_only(late, monkeypatch):
    sent = []
    monkeypatch.setattr(push, "to_group", lambda group, message: sent.append(message))
    rule("overdue", "dept", "liaison")
    strike_at(late, 2.1)
    assert sent == [{"type": "case.notice", "people": [late.liaison.pk]}]


def test_the_number_of_queries_does_not_grow_with_the_cases(cast):
    load_escalation()

    def count(cases):
        for _n in range(cases):
            case = bring(cast, State.TO_DISPOSE, filing_condition=cast.cover_open)
        for _n in range(3):
            strike(at=case.state_since + 2.1 * HOUR)
        live.publish(send=False)
        with CaptureQueriesContext(connection) as found:
            assert reader.read(case.state_since + 2.1 * HOUR) >= cases
        return len(found)

    count(1)  # the first round makes the row of its place
    assert count(1) == count(3)


@pytest.mark.parametrize(
    "values", [{"scope": "holder", "post": True}, {"scope": "area", "post": False}]
)
def test_a_rule_names_a_post_or_the_holder(cast, values):
    post = Post.objects.first() if values["post"] else None
    with pytest.raises(IntegrityError), transaction.atomic():
        EscalationRule.objects.create(moment="warn", scope=values["scope"], post=post)


# --- page -----------------------------------------------------------------------------------
def test_the_bell_counts_and_reading_empties_it(late, client):
    load_escalation()
    strike_at(late, 2.1)
    client.force_login(late.liaison)
    assert client.get("/notices/count/").json() == {"unread": 1}
    page = client.get("/notices/").content.decode()
    assert late.case.number[14:] in page
    notice = Notice.objects.get(recipient=late.liaison, channel="in_app")
    answer = client.post(f"/notices/{notice.pk}/")
    assert answer.url == late.case.get_absolute_url()
    assert client.get("/notices/count/").json() == {"unread": 0}
    assert client.get("/notices/?unread=1").status_code == 200


def test_what_one_was_told_of_a_case_is_one_row_and_one_at_the_bell(late, client):
    rule("warn", "dept", "liaison")
    rule("overdue", "dept", "liaison")
    strike_at(late, 1.9)
    strike_at(late, 2.1)
    assert Notice.objects.filter(recipient=late.liaison, channel="in_app").count() > 1
    client.force_login(late.liaison)
    assert client.get("/notices/count/").json() == {"unread": 1}
    number = f"-{late.case.number[14:]}"
    assert client.get("/notices/").content.decode().count(number) == 1
    assert client.get("/notices/?show=all").content.decode().count(number) > 1
    assert number in client.get("/notices/?kind=late").content.decode()
    assert number not in client.get("/notices/?kind=words").content.decode()
    client.post(f"/notices/{Notice.objects.filter(recipient=late.liaison).latest('pk').pk}/")
    assert not Notice.objects.unread_by(late.liaison).exists()


def test_what_is_settled_no_longer_counts(late, client):
    load_escalation()
    strike_at(late, 2.1)
    client.force_login(late.liaison)
    assert client.get("/notices/count/").json() == {"unread": 1}
    act(late, late.case, "force_close", "leader", at=late.start + 3 * HOUR, opinion="特殊")
    assert client.get("/notices/count/").json() == {"unread": 0}
    number = f"-{late.case.number[14:]}"
    assert number not in client.get("/notices/").content.decode()
    assert number in client.get("/notices/?show=all").content.decode()


def test_nobody_reads_the_notices_of_others(late, client):
    load_escalation()
    strike_at(late, 2.1)
    notice = Notice.objects.get(recipient=late.liaison, channel="in_app")
    client.force_login(late.outsider)
    assert client.post(f"/notices/{notice.pk}/").status_code == 404
    assert late.case.number[14:] not in client.get("/notices/").content.decode()
    client.post("/notices/read/")
    notice.refresh_from_db()
    assert notice.read_at is None
    assert client.get("/notices/read/").status_code == 405


# --- text messages --------------------------------------------------------------------------
@pytest.fixture
def message(late, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    rule("overdue", "dept", "liaison", channel="sms")
    strike_at(late, 2.1)
    late.now = late.start + 2.1 * HOUR
    late.message = Notice.objects.get(channel="sms")
    return late


def test_the_outbox_holds_a_line_for_every_message(message):
    assert sending.send_waiting(message.now) == {"sent": 1, "failed": 0}
    assert sending.send_waiting(message.now + HOUR) == {"sent": 0, "failed": 0}
    (line,) = outbox.path().read_text().splitlines()
    assert "13800000001" in line
    assert message.case.number[14:] in line
    assert outbox.path().stat().st_mode & 0o077 == 0
    message.message.refresh_from_db()
    assert message.message.sent_at == message.now


def test_a_gateway_that_fails_is_tried_again_with_growing_pauses(message, monkeypatch):
    def broken(*args, **kwargs):
        raise sms.Failed("busy")

    monkeypatch.setattr(sms, "send", broken)
    moment, tries = message.now, []
    for minute in range(300):
        if sending.send_waiting(moment + timedelta(minutes=minute))["failed"]:
            tries.append(minute)
    assert tries == [0, 1, 6, 31, 151]
    message.message.refresh_from_db()
    assert (message.message.error, message.message.next_try_at) == ("busy", None)


def failing(monkeypatch, **how):
    def send(*args, **kwargs):
        raise sms.Failed("gateway: 429", **how)

    monkeypatch.setattr(sms, "send", send)


def test_a_busy_gateway_loses_no_message_however_long(message, monkeypatch):
    failing(monkeypatch, ours=True)
    for minutes in range(0, 20 * 60, 5):
        moment = message.now + timedelta(minutes=minutes)
        assert sending.send_waiting(moment) == {"sent": 0, "failed": 1}
    monkeypatch.undo()
    assert sending.send_waiting(message.now + 20 * HOUR)["sent"] == 1


def test_a_message_of_yesterday_is_given_up(message, monkeypatch):
    failing(monkeypatch, ours=True)
    assert sending.send_waiting(message.now + 25 * HOUR)["failed"] == 1
    message.message.refresh_from_db()
    assert message.message.next_try_at is None


@pytest.mark.parametrize("ours", [True, False])
def test_it_is_tried_again_when_the_gateway_says(message, monkeypatch, ours):
    failing(monkeypatch, ours=ours, after=1800)
    sending.send_waiting(message.now)
    assert sending.send_waiting(message.now + timedelta(minutes=29)) == {"sent": 0, "failed": 0}
    assert sending.send_waiting(message.now + timedelta(minutes=31))["failed"] == 1


def test_one_message_that_breaks_costs_no_other(message, monkeypatch):
    message.message.pk = None
    message.message.recipient = User.objects.get(username="handler")
    message.message.save(force_insert=True)
    User.objects.filter(username="handler").update(phone="13800000002")
    words = sending.message

    def breaks(notice):
        if notice.recipient.username == "liaison":
            raise KeyError("no such word")
        return words(notice)

    monkeypatch.setattr(sending, "message", breaks)
    assert sending.send_waiting(message.now) == {"sent": 1, "failed": 1}


def test_without_a_number_it_is_given_up_and_said(message):
    User.objects.filter(username="liaison").update(phone="")
    assert sending.send_waiting(message.now) == {"sent": 0, "failed": 1}
    message.message.refresh_from_db()
    assert message.message.error
    assert message.message.next_try_at is None


def test_the_http_gateway_signs_retries_and_knows_repeats(message, settings):
    settings.SMS_GATEWAY, settings.SMS_KEY = "citymgmt.lib.sms.http", "secret"
    with counterpart.serve("secret") as gateway:
        settings.SMS_URL = gateway.url
        gateway.failing = True
        assert sending.send_waiting(message.now)["failed"] == 1
        gateway.failing = False
        assert sending.send_waiting(message.now + HOUR)["sent"] == 1
        sms.send("13800000001", "again", reference=f"notice-{message.message.pk}")
        assert len(gateway.taken) == 1
        with pytest.raises(sms.Failed) as refused:
            sms.send("nobody", "x", reference="r")
        assert not refused.value.again
        settings.SMS_KEY = "wrong"
        with pytest.raises(sms.Failed):
            sms.send("13800000001", "x", reference="r")
    with pytest.raises(sms.Failed) as gone:
        sms.send("13800000001", "x", reference="r")
    assert gone.value.again


def test_closing_a_case_leaves_its_notices(late):
    load_escalation()
    strike_at(late, 2.1)
    act(late, late.case, "force_close", "leader", at=late.start + 3 * HOUR, opinion="特殊")
    assert Notice.objects.filter(case=late.case).exists()


# --- requests taken back --------------------------------------------------------------------
def withdrawn(cast, action, state=State.DISPOSING, *, forwarded=False, extensions=0, **given):
    """Who is told of a request that its department takes back."""
    case = bring(cast, state, filing_condition=cast.cover_worn)
    if extensions:
        Case.objects.filter(pk=case.pk).update(extensions=extensions)
        case.refresh_from_db()
    at = case.state_since + timedelta(minutes=5)
    act(cast, case, action, "liaison", at=at, opinion="等待材料", **given)
    if forwarded:
        act(cast, case, "forward", "dispatcher", at=at)
    act(cast, case, "withdraw", "liaison", at=at)
    live.publish(send=False)
    reader.read(at)
    return case


@pytest.mark.parametrize(
    ("action", "more", "person"),
    [
        ("extend", {}, "shift_leader"),
        ("extend", {"extensions": 1}, "dispatcher"),
        ("extend", {"extensions": 1, "forwarded": True}, "leader"),
        ("suspend", {"until": "2026-04-30"}, "dispatcher"),
        ("return_", {"state": State.TO_DISPOSE}, "shift_leader"),
    ],
)
def test_who_was_asked_to_decide_is_told_of_a_withdrawal(cast, action, more, person):
    load_escalation()
    withdrawn(cast, action, **more)
    assert told() == [("withdraw", person, "in_app")]
    notice = Notice.objects.get()
    asked = str(REQUEST_WORDS[action])
    assert sentence(notice) == f"{asked}：已撤回，无须再决定"


def test_a_withdrawal_stands_until_it_was_read(cast, client):
    load_escalation()
    withdrawn(cast, "extend")
    client.force_login(cast.shift_leader)
    assert client.get("/notices/count/").json() == {"unread": 1}
    assert "无须再决定" in client.get("/notices/?kind=requests").content.decode()
    client.post(f"/notices/{Notice.objects.get().pk}/")
    assert client.get("/notices/count/").json() == {"unread": 0}
    assert "无须再决定" not in client.get("/notices/").content.decode()


def test_only_a_withdrawal_has_somebody_who_was_asked(cast):
    rows = {"moment": "overdue", "scope": "decider", "channel": "in_app", "active": "on"}
    assert RuleForm(rows).errors.keys() == {"scope"}
    assert RuleForm(rows | {"moment": "withdraw"}).is_valid()
    with_post = rows | {"moment": "withdraw", "post": Post.objects.get(code="leader").pk}
    assert RuleForm(with_post).errors.keys() == {"post"}
