"""Photos sent ahead: everything can be done in JSON, also what a collector may not do without."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.machine import waiting
from cases.models import Attachment, Case, WaitingPhoto
from cases.states import State
from cases.tests.cast import bring, photo
from citymgmt.accounts.models import User

from .test_api import API, client, given, send, wrong


def ahead(user, colour="gray", **values):
    file = SimpleUploadedFile("a.jpg", photo(colour=colour)[1], "image/jpeg")
    data = {"photo": file, **values}
    return client(user).post(f"{API}photos/", data, format="multipart")


def sent(user, **values):
    answer = ahead(user, **values)
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()["uuid"]


def enter(user, *ids, **values):
    data = given(photos=None, photo_ids=list(ids), **values)
    return client(user).post(f"{API}cases/", data, format="json")


def test_waiting_photos_make_a_report_of_a_collector_in_json(cast):
    wrong(enter(cast.collector), 400, None, "photos")
    ids = [sent(cast.collector, photo_type="wide", made_at="2024-05-01T08:00:00Z"),
           sent(cast.collector, colour="red")]  # fmt: skip
    answer = enter(cast.collector, *ids)
    assert answer.status_code == 201, answer.content.decode()
    photos = answer.json()["photos"]
    assert [(row["uuid"], row["type"]) for row in photos] == [
        (ids[0], "wide"), (ids[1], "close"),
    ]  # fmt: skip
    first = Attachment.objects.get(uuid=ids[0])
    assert (first.by, first.event.action) == (cast.collector, "report")
    assert client(cast.collector).get(photos[0]["url"]).status_code in (200, 302)


def test_waiting_photos_prove_an_action(cast):
    case = bring(cast, State.DISPOSING)
    done = {"opinion": "已修复", "photo_ids": [sent(cast.handler)]}
    answer = send(cast.handler, case, "dispose", done)
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json()["photos"][-1]["type"] == "after"


def test_the_moment_of_a_device_is_told_as_a_date_time_whatever_its_year(cast):
    long_ago = "0453-10-14T00:40:47Z"
    answer = ahead(cast.collector, made_at=long_ago)
    assert answer.json()["made_at"] == long_ago
    made = {"made_at": long_ago, "made_lon": 103.7, "made_lat": 36.1}
    case = enter(cast.collector, answer.json()["uuid"], **made).json()
    assert case["events"][0]["made_at"] == long_ago


def test_waiting_photo_proves_one_step_only(cast):
    one = sent(cast.collector)
    assert enter(cast.collector, one).status_code == 201
    wrong(enter(cast.collector, one), 400, "bad_photo", "photo_ids")
    assert (Case.objects.count(), Attachment.objects.count()) == (1, 1)


def test_waiting_photo_again_under_the_same_identifier_is_the_same(cast):
    key = str(uuid.uuid4())
    first, second = ahead(cast.collector, client_uuid=key), ahead(cast.collector, client_uuid=key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    wrong(ahead(cast.collector, colour="red", client_uuid=key), 409, "identifier_reused")
    assert WaitingPhoto.objects.count() == 1


def test_waiting_photos_of_a_report_that_comes_again_do_no_harm(cast):
    one, key = sent(cast.collector), str(uuid.uuid4())
    first = enter(cast.collector, one, client_uuid=key)
    second = enter(cast.collector, one, client_uuid=key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["number"] == second.json()["number"]


def test_waiting_photos_are_known_to_their_sender_only(cast):
    one = sent(cast.collector2)
    wrong(enter(cast.collector, one), 400, None, "photo_ids")
    wrong(enter(cast.collector, str(uuid.uuid4())), 400, None, "photo_ids")
    mine = sent(cast.collector)
    wrong(enter(cast.collector, mine, mine), 400, None, "photo_ids")
    wrong(enter(cast.collector, *(str(uuid.uuid4()) for _ in range(10))), 400, None, "photo_ids")
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"photo": SimpleUploadedFile("a.jpg", b"text")}, "photos"), ({"photo": ""}, "photo"),
        ({"photo_type": "selfie"}, "photo_type"), ({"client_uuid": "7"}, "client_uuid"),
        ({"caption": "x"}, "caption"), ({"made_at": "yesterday"}, "made_at"),
    ],
)  # fmt: skip
def test_waiting_photos_that_are_none_are_named(cast, values, field):
    wrong(ahead(cast.collector, **values), 400, None, field)
    assert not WaitingPhoto.objects.exists()


def test_waiting_photos_are_for_those_who_work_here(cast):
    wrong(client().post(f"{API}photos/"), 401)
    wrong(ahead(User.objects.create(username="nobody")), 403, "permission_denied")


def test_waiting_photos_are_not_hoarded(cast, monkeypatch):
    monkeypatch.setattr(waiting, "MOST", 1)
    one = sent(cast.collector)
    wrong(ahead(cast.collector), 409, "too_many_photos")
    assert enter(cast.collector, one).status_code == 201
    sent(cast.collector)


def test_waiting_photos_that_nothing_names_are_removed(cast):
    used, left = sent(cast.collector), sent(cast.collector)
    enter(cast.collector, used)
    row = WaitingPhoto.objects.get(uuid=left)
    assert waiting.remove_old() == 0
    assert waiting.remove_old(timezone.now() + timedelta(days=waiting.DAYS, hours=1)) == 2
    assert not default_storage.exists(row.file.name)
    assert not WaitingPhoto.objects.exists()
    assert default_storage.exists(Attachment.objects.get(uuid=used).file.name)


def test_waiting_photos_are_removed_in_batches_with_their_files(
    cast, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(waiting, "BATCH", 2)
    rows = [WaitingPhoto.objects.get(uuid=sent(cast.collector)) for _n in range(3)]
    with django_assert_num_queries(5):  # the rows of two batches, each removed, and then none
        assert waiting.remove_old(timezone.now() + timedelta(days=waiting.DAYS, hours=1)) == 3
    assert not [row for row in rows for file in (row.file, row.thumb)
                if default_storage.exists(file.name)]  # fmt: skip
