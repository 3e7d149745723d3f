"""What the public site answers to scripts, to identifiers used again, and of a pin."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import LineString
from django.test import Client
from django.utils import timezone

from cases.models import Case
from grid.models import MapFeature
from hotline.conftest import HERE, PHONE
from hotline.models import PublicReport
from hotline.portal import throttle

from .test_portal import REPORT, form, photo

pytestmark = pytest.mark.django_db


# --- identifiers ----------------------------------------------------------------------------
SCRIPT = {"HTTP_ACCEPT": "application/json"}


def test_another_report_under_a_used_identifier_is_not_swallowed(client, cast):
    given = form(cast, photos=[photo()])
    client.post(REPORT, given)
    first = Case.objects.get()
    other = form(cast) | {"client_uuid": given["client_uuid"], "description": "另一件事"}
    answer = client.post(REPORT, other)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert first.number in page
    assert "另一件事" in page
    fresh = answer.context["form"]["client_uuid"].value()
    assert fresh != given["client_uuid"]
    assert client.post(REPORT, other | {"client_uuid": fresh}).status_code == 302
    assert Case.objects.count() == 2


def test_another_browser_is_not_told_the_number(client, cast):
    given = form(cast)
    client.post(REPORT, given)
    answer = Client().post(REPORT, given | {"description": "另一件事"})
    assert answer.status_code == 409
    assert Case.objects.get().number not in answer.content.decode()


@pytest.mark.parametrize("other", [{"phone": PHONE}, {"phone": PHONE, "reply_required": "on"}])
def test_who_wants_an_answer_is_content_too(client, cast, other):
    given = form(cast)
    client.post(REPORT, given)
    assert client.post(REPORT, given | other).status_code == 409


# --- for scripts ----------------------------------------------------------------------------
def test_a_script_is_answered_in_json(client, cast):
    given = form(cast)
    answer = client.post(REPORT, given, **SCRIPT)
    report = PublicReport.objects.get()
    told = {"number": report.case.number, "code": report.code, "page": "/public/sent/"}
    assert (answer.status_code, answer.json()) == (201, told)
    again = client.post(REPORT, given, **SCRIPT)
    assert (again.status_code, again.json()) == (200, told)
    assert report.code in client.get("/public/sent/").content.decode()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"matter_class": ""}, ["matter_class"]),
        ({"lon": "", "lat": ""}, ["community"]),
        ({"lon": "104.9"}, ["lat", "lon"]),
        ({"phone": "abc", "matter_class": ""}, ["matter_class", "phone"]),
        ({"description": "x" * 2001}, ["description"]),
        ({"made_at": "gestern"}, ["made_at"]),
    ],
)
def test_a_script_hears_of_every_field(client, cast, values, named):
    answer = client.post(REPORT, form(cast, **values), **SCRIPT)
    body = answer.json()
    assert answer.status_code == 422
    assert sorted(body["fields"]) == named
    assert body["detail"]
    assert not Case.objects.exists()


def test_a_script_hears_of_a_used_identifier(client, cast):
    given = form(cast)
    client.post(REPORT, given, **SCRIPT)
    answer = client.post(REPORT, given | {"description": "另一件事"}, **SCRIPT)
    assert (answer.status_code, answer.json()["code"]) == (409, "identifier_reused")


def test_a_script_hears_of_the_limit(client, cast, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "try", (1, 60))
    client.post(REPORT, form(cast), **SCRIPT)
    answer = client.post(REPORT, form(cast), **SCRIPT)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert answer.headers["Retry-After"] == "60"


def test_what_was_written_without_a_network_says_when(client, cast):
    made = (timezone.now() - timedelta(hours=2)).replace(microsecond=0)
    moments = {"made_at": made.isoformat(), "photos_made_at": [made.isoformat()]}
    client.post(REPORT, form(cast, photos=[photo()], **moments), **SCRIPT)
    event = Case.objects.get().events.get()
    assert event.made_at == made
    assert event.at > made
    assert event.attachments.get().made_at == made


def test_every_answer_says_that_it_is_our_own(client, cast):
    for answer in (client.get(REPORT), client.post(REPORT, {}), client.get("/nothing/")):
        assert answer.headers["X-City"] == "1"


def test_a_refusal_before_the_view_is_our_own_as_well(client, cast):
    """A stale token and the end of a session are told apart from another network's answer."""
    stale = Client(enforce_csrf_checks=True).post(REPORT, {})
    ended = client.get("/accounts/session/", **SCRIPT)
    assert (stale.status_code, ended.status_code) == (403, 401)
    assert stale.headers["X-City"] == ended.headers["X-City"] == "1"


# --- where the pin stands -------------------------------------------------------------------
def test_a_pin_is_put_into_words(client, cast):
    MapFeature.objects.create(
        kind="road_main", name="建宁路", geometry=LineString((103.6, HERE[1]), (103.8, HERE[1]))
    )
    said = client.get("/public/place.json", {"lon": HERE[0], "lat": HERE[1]}).json()
    assert said == {"community": "费家营社区", "street": "培黎街道", "road": "建宁路"}
    client.post(REPORT, form(cast, address=""))
    assert Case.objects.get().address == "建宁路"


@pytest.mark.parametrize("asked", [{}, {"lon": "x", "lat": "y"}, {"lon": "10", "lat": "50"}])
def test_a_pin_that_is_nowhere_is_refused_in_words(client, cast, asked):
    answer = client.get("/public/place.json", asked)
    assert answer.status_code == 400
    assert answer.json()["detail"]
