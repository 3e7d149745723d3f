"""A program over HTTP: it reports under its own source, sees its own, does what it was given."""

from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm
from rest_framework.test import APIClient

from cases.models import Case, CaseEvent
from cases.tests.cast import report
from citymgmt.accounts import services, tokens
from citymgmt.accounts.models import User

from .test_api import API, given, wrong

VERBS = ["report", "accept"]


@pytest.fixture
def link(cast):
    """The client of a service account for the source `video`."""
    day = timezone.localdate() + timedelta(days=30)
    cast.link = services.save(
        username="video-link", full_name="视频平台", source="video", verbs=VERBS,
        valid_until=day, by=cast.sysadmin,
    )  # fmt: skip
    _token, key = tokens.make(person=cast.link, name="机房", last_day=day, by=cast.sysadmin)
    return APIClient(headers={"authorization": f"Token {key}"})


def reported(link, **changes):
    return link.post(f"{API}cases/", given(**{"photos": None, **changes}), format="json")


def test_service_reports_under_its_own_source_only(cast, link):
    answer = reported(link, source="video")
    assert answer.status_code == 201, answer.content.decode()
    body = answer.json()
    assert body["source"] == "video"
    assert (body["events"][0]["by"], body["events"][0]["post"]) == ("video-link", "service")
    for source in ("patrol", "hotline_12319", "web"):
        wrong(reported(link, source=source), 400, None, "source")
    assert Case.objects.count() == 1


def test_service_sees_its_own_and_what_it_was_granted(cast, link):
    other = report(cast)
    own = reported(link, source="video").json()["number"]
    numbers = [row["number"] for row in link.get(f"{API}cases/").json()["results"]]
    assert numbers == [own]
    wrong(link.get(f"{API}cases/{other.number}/"), 404)
    assign_perm("grid.oversee_area", cast.link, cast.district)
    assert len(link.get(f"{API}cases/").json()["results"]) == 2


def test_service_does_what_its_verbs_say_where_it_was_granted(cast, link):
    number = reported(link, source="video").json()["number"]
    wrong(link.post(f"{API}cases/{number}/actions/accept/"), 403)
    assign_perm("grid.oversee_area", cast.link, cast.district)
    no = {"reject_reason": "invalid", "opinion": "否"}
    wrong(link.post(f"{API}cases/{number}/actions/reject/", no), 403, "not_yours")
    Case.objects.update(verify_result="exists")
    body = link.post(f"{API}cases/{number}/actions/accept/").json()
    assert body["state"] == "to_file"
    assert CaseEvent.objects.get(action="accept").post == "service"


def test_service_is_offered_nowhere_as_a_person(cast, link, client):
    case = report(cast, by="acceptor", source="hotline_12319", photos=())
    client.force_login(cast.acceptor)
    page = client.get(f"/cases/{case.number}/do/send_verify/").content.decode()
    assert "collector" in page
    assert "video-link" not in page


def test_service_cannot_sign_in_on_a_page(cast, link, client):
    for password in ("", "!", cast.link.password):
        data = {"username": "video-link", "password": password}
        client.post("/accounts/sign-in/", data)
        assert "_auth_user_id" not in client.session
        wrong(APIClient().post(f"{API}token/", data), 400)


def test_service_is_named_as_such_on_the_case(cast, link, client):
    number = reported(link, source="video").json()["number"]
    client.force_login(cast.leader)
    page = client.get(f"/cases/{number}/").content.decode()
    assert str(User.Kind.SERVICE.label) in page
