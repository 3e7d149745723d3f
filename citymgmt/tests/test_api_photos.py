"""Photos sent by themselves: to one's own last step, once, and to nobody else's case."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.models import Attachment, Case
from cases.states import State
from cases.tests.cast import MORNING, bring, photo, report

from .test_api import API, DETAIL, client, given, wrong


def upload(colour="gray"):
    return SimpleUploadedFile("a.jpg", photo(colour=colour)[1], "image/jpeg")


def send(user, case, *colours, **values):
    data = {"photos": [upload(colour) for colour in colours or ("gray",)], **values}
    number = case if isinstance(case, str) else case.number
    return client(user).post(f"{API}cases/{number}/photos/", data, format="multipart")


def entered(cast):
    """A report in JSON, which carries no photo."""
    data = given(source="hotline_12319", photos=None)
    return client(cast.acceptor).post(f"{API}cases/", data, format="json").json()["number"]


def test_photos_follow_a_report_that_came_without(cast):
    number = entered(cast)
    types = ["wide", "reference"]
    answer = send(cast.acceptor, number, "gray", "red", photo_types=types)
    assert answer.status_code == 201, answer.content.decode()
    assert set(answer.json()) == DETAIL
    assert [row["type"] for row in answer.json()["photos"]] == types
    rows = Attachment.objects.select_related("event", "by")
    assert {(row.event.action, row.by.username) for row in rows} == {("report", "acceptor")}
    assert client(cast.acceptor).get(answer.json()["photos"][0]["url"]).status_code in (200, 302)


def test_photos_again_under_the_same_identifier_are_not_doubled(cast):
    number, key = entered(cast), str(uuid.uuid4())
    first, second = (send(cast.acceptor, number, client_uuid=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["photos"] == second.json()["photos"]
    assert Attachment.objects.count() == 1
    assert send(cast.acceptor, number).status_code == 201
    assert Attachment.objects.count() == 2


def test_photos_of_other_content_under_a_used_identifier_are_refused(cast):
    number, key = entered(cast), str(uuid.uuid4())
    send(cast.acceptor, number, client_uuid=key)
    others = [
        (number, {"photo_types": ["wide"]}), (entered(cast), {}), (number, {"colours": ["red"]}),
    ]  # fmt: skip
    for where, values in others:
        colours = values.pop("colours", ["gray"])
        answer = send(cast.acceptor, where, *colours, client_uuid=key, **values)
        wrong(answer, 409, "identifier_reused")
    assert Attachment.objects.count() == 1


def test_photos_tell_those_who_ask_for_changes(cast):
    number = entered(cast)
    Case.objects.update(updated_at=MORNING)
    send(cast.acceptor, number)
    assert Case.objects.get().updated_at > MORNING


@pytest.mark.parametrize(
    ("state", "who", "status"),
    [
        (State.REGISTERED, "collector", 201), (State.REGISTERED, "acceptor", 403),
        (State.REGISTERED, "collector2", 404), (State.REGISTERED, "outsider", 404),
        (State.TO_DISPOSE, "dispatcher", 201), (State.TO_DISPOSE, "liaison", 403),
        (State.DISPOSING, "handler", 201), (State.CHECKING, "collector", 201),
        (State.DISPOSING, "leader", 403), (State.CLOSED, "handler", 409),
    ],
)  # fmt: skip
def test_photos_come_from_who_has_the_task_or_acted(cast, state, who, status):
    case = bring(cast, state)
    before = case.attachments.count()
    answer = send(getattr(cast, who), case, photo_types=["after"])
    assert answer.status_code == status, answer.content.decode()
    assert case.attachments.count() == before + (status == 201)
    if status != 201:
        wrong(answer, status)


def test_photos_of_the_one_who_has_the_task_belong_to_the_step_that_gave_it(cast):
    case = bring(cast, State.DISPOSING)
    send(cast.handler, case, photo_types=["after"])
    row = case.attachments.order_by("-pk").first()
    assert (row.event.action, row.by, row.round) == ("assign", cast.handler, 1)


def test_photos_sent_before_an_action_are_those_it_needs(cast):
    """Everything can be done in JSON by a program, a photo at a time."""
    case = bring(cast, State.DISPOSING)
    path = f"{API}cases/{case.number}/actions/dispose/"
    done = {"opinion": "已修复"}
    send(cast.handler, case, photo_types=["close"])
    wrong(client(cast.handler).post(path, done, format="json"), 400, None, "photos")
    send(cast.handler, case, photo_types=["after"])
    answer = client(cast.handler).post(path, done, format="json")
    assert answer.status_code == 200, answer.content.decode()


def test_photos_of_an_earlier_task_are_not_those_of_a_later_one(cast):
    case = bring(cast, State.CHECKING)
    send(cast.collector, case)
    Case.objects.update(state_since=timezone.now() + timedelta(minutes=1))
    path = f"{API}cases/{case.number}/actions/check/"
    answer = client(cast.collector).post(path, {"check_result": "pass"}, format="json")
    wrong(answer, 400, None, "photos")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"photos": []}, "photos"), ({"photo_types": ["selfie"]}, "photo_types"),
        ({"photos": [SimpleUploadedFile("a.jpg", b"text")]}, "photos"),
        ({"photo_types": ["close", "wide"]}, "photo_types"), ({"client_uuid": "7"}, "client_uuid"),
        ({"photos": [upload() for _ in range(10)]}, "photos"), ({"caption": "x"}, "caption"),
    ],
)  # fmt: skip
def test_photos_that_are_none_are_named(cast, values, field):
    wrong(send(cast.acceptor, entered(cast), **values), 400, None, field)
    assert not Attachment.objects.exists()


def test_photos_travel_as_multipart_only(cast):
    path = f"{API}cases/{entered(cast)}/photos/"
    wrong(client(cast.acceptor).post(path, {"photos": []}, format="json"), 415)
    wrong(client(cast.acceptor).get(path), 405)


def test_photos_of_a_report_still_come_along(cast):
    case = report(cast)
    assert case.attachments.count() == 1
