"""Who leaves a mobile number is sent number and code, once, whatever the gateway does."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from citymgmt.lib import sms
from citymgmt.lib.sms import outbox
from citymgmt.lib.sms.tries import PAUSES
from hotline.calls import actions
from hotline.citizens import messages
from hotline.conftest import HERE, PHONE
from hotline.models import CitizenMessage, PublicReport

pytestmark = pytest.mark.django_db


@pytest.fixture
def reported(cast):
    def enter(**values):
        given = {
            "matter_class": cast.cover, "lon": HERE[0], "lat": HERE[1], "phone": PHONE,
            "may_text": True,
        }  # fmt: skip
        return actions.public_report(**given | values)[0]

    return enter


@pytest.fixture
def sent(monkeypatch):
    """[(phone, text, reference)] of what the gateway took."""
    taken = []
    monkeypatch.setattr(
        sms, "send", lambda phone, text, *, reference: taken.append((phone, text, reference))
    )
    return taken


def fails(monkeypatch, error):
    def send(*args, **kwargs):
        raise error

    monkeypatch.setattr(sms, "send", send)


def test_number_and_code_are_sent_once(reported, sent):
    report = reported()
    assert messages.send_waiting() == {"sent": 1, "failed": 0}
    assert messages.send_waiting() == {"sent": 0, "failed": 0}
    ((phone, text, reference),) = sent
    assert phone == PHONE
    assert report.case.number in text
    assert report.code in text
    assert "上水井盖" in text
    assert reference == f"citizen-{CitizenMessage.objects.get().pk}"


def test_through_the_file_of_an_installation_without_a_gateway(reported, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    report = reported()
    messages.send_waiting()
    (line,) = outbox.path().read_text().splitlines()
    assert report.code in json.loads(line)["text"]


@pytest.mark.parametrize("phone", ["", "09317654321"])
def test_nothing_is_sent_where_no_message_can_arrive(reported, phone):
    reported(phone=phone)
    assert not CitizenMessage.objects.exists()


def test_nothing_is_sent_to_who_did_not_agree(reported):
    report = reported(may_text=False, reply_required=True)
    messages.tell_ended(report.case, timezone.now())
    assert not CitizenMessage.objects.exists()


def test_to_agree_needs_a_number(reported, cast):
    report = reported(phone="")
    assert (report.citizen, report.may_text) == (None, False)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicReport.objects.update(may_text=True)


def test_the_same_report_again_is_told_once(reported):
    for _n in range(2):
        reported(client_uuid="6f9619ff-8b86-4011-b42d-00c04fc964ff")
    assert CitizenMessage.objects.count() == 1


def test_nobody_is_flooded_by_strangers(reported, cast):
    for _n in range(messages.PER_DAY + 3):
        reported()
    assert CitizenMessage.objects.count() == messages.PER_DAY
    CitizenMessage.objects.update(created_at=timezone.now() - timedelta(hours=25))
    reported()
    assert CitizenMessage.objects.count() == messages.PER_DAY + 1


@pytest.mark.parametrize(
    ("error", "again"),
    [(sms.Failed("busy"), True), (sms.Failed("no such number", again=False), False),
     (TypeError("odd answer"), True)],
)  # fmt: skip
def test_what_fails_is_tried_again_where_it_makes_sense(reported, monkeypatch, error, again):
    reported()
    now = timezone.now()
    fails(monkeypatch, error)
    assert messages.send_waiting(now) == {"sent": 0, "failed": 1}
    row = CitizenMessage.objects.get()
    assert row.error
    assert row.next_try_at == (now + timedelta(minutes=1) if again else None)


def test_it_is_given_up_in_the_end(reported, monkeypatch):
    reported()
    fails(monkeypatch, sms.Failed("busy"))
    now = timezone.now()
    for _n in range(9):
        messages.send_waiting(now)
        now += timedelta(days=1)
    row = CitizenMessage.objects.get()
    assert (row.tries, row.next_try_at) == (len(PAUSES) + 1, None)


def test_a_message_that_fails_does_not_hold_up_the_others(reported, monkeypatch):
    reported()
    reported(phone="13893109999")
    taken = []

    def send(phone, text, *, reference):
        if phone == PHONE:
            raise ValueError("cut off")
        taken.append(phone)

    monkeypatch.setattr(sms, "send", send)
    assert messages.send_waiting() == {"sent": 1, "failed": 1}
    assert taken == ["13893109999"]


def test_another_process_that_was_faster_has_it(reported, sent, monkeypatch):
    reported()
    row = CitizenMessage.objects.get()
    now = timezone.now()
    assert messages._claim(row, now)
    assert not messages._claim(row, now)


@pytest.mark.parametrize(
    "values", [{"next_try_at": timezone.now(), "sent_at": timezone.now()}]
)  # fmt: skip
def test_what_was_sent_is_not_tried_again(reported, values):
    reported()
    with pytest.raises(IntegrityError):
        CitizenMessage.objects.update(**values)


def test_the_beat_sends_them(settings, reported, sent):
    from hotline.tasks import send_messages

    reported()
    tasks = {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
    assert send_messages.name in tasks
    assert send_messages() == {"sent": 1, "failed": 0}
