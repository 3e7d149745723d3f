"""The public site: four steps, a number and a code, what is near; nothing about anybody."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from grid.geometry import STORED
from grid.models import Area
from hotline.calls import actions
from hotline.conftest import HERE, PHONE
from hotline.models import PublicReport
from hotline.portal import throttle

pytestmark = pytest.mark.django_db
REPORT, TRACK, AROUND = (f"/public/{page}" for page in ("", "track/", "nearby/"))
PRIVATE = (PHONE, "138****1234", "张三", "井盖破损", "Acceptor", "acceptor", "Collector")


def photo(size=None):
    data = town.photo()[1] if size is None else b"\xff\xd8" + bytes(size)
    return SimpleUploadedFile("p.jpg", data, "image/jpeg")


def form(cast, **values):
    return {
        "client_uuid": str(uuid.uuid4()), "matter_class": cast.cover.pk, "lon": HERE[0],
        "lat": HERE[1], "description": "井盖破损", "address": "校门口",
    } | values  # fmt: skip


@pytest.fixture
def filed(cast):
    """A public report that was filed today."""
    report, _created = actions.public_report(
        matter_class=cast.cover, lon=HERE[0], lat=HERE[1], description="井盖破损", phone=PHONE,
        name="张三", reply_required=True, photos=[town.photo()],
    )  # fmt: skip
    Case.objects.filter(pk=report.case_id).update(verify_result="exists")
    report.case.refresh_from_db()
    town.bring(cast, State.TO_DISPATCH, case=report.case, at=timezone.now())
    return report


# --- report ---------------------------------------------------------------------------------
def test_a_report_gives_number_and_code(client, cast):
    answer = client.post(REPORT, form(cast, photos=[photo(), photo()], phone=PHONE))
    assert answer.status_code == 302
    report = PublicReport.objects.get()
    assert report.case.attachments.count() == 2
    page = client.get(answer.url).content.decode()
    assert report.case.number in page
    assert report.code in page
    assert PHONE not in page


def test_the_result_is_for_the_browser_that_sent(client, cast, filed):
    assert client.get(reverse("hotline:portal:sent")).url == REPORT


def test_sent_twice_is_one_report_with_one_code(client, cast):
    given = form(cast)
    for _n in range(2):
        page = client.get(client.post(REPORT, given).url).content.decode()
        assert PublicReport.objects.get().code in page
    assert Case.objects.count() == 1


def test_without_a_map_the_community_and_words_will_do(client, cast):
    given = form(cast, lon="", lat="", community=cast.community.pk)
    assert client.post(REPORT, given).status_code == 302
    case = Case.objects.get()
    assert (case.community, case.address) == (cast.community, "校门口")


def test_everything_needed_is_there_without_scripts(client, cast):
    page = client.get(REPORT).content.decode()
    for name in ("photos", "community", "address", "matter_class", "description", "phone"):
        assert f'name="{name}"' in page
    assert "<optgroup" in page
    assert f'value="{cast.cover.pk}"' in page


@pytest.mark.parametrize(
    "values",
    [{"matter_class": ""}, {"matter_class": "999999"}, {"lon": "", "lat": ""},
     {"lon": "104.9"}, {"lon": "x"}, {"phone": "abc"}, {"reply_required": "on"},
     {"website": "http://spam"}, {"lon": "", "community": "1", "address": ""}],
)  # fmt: skip
def test_a_refused_report_keeps_what_was_typed(client, cast, values):
    given = form(cast, description="很深的坑", **values)
    answer = client.post(REPORT, given)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "很深的坑" in page
    assert given["client_uuid"] in page
    assert "errorlist" in page or "field-error" in page
    assert not Case.objects.exists()


def test_all_that_is_wrong_is_said_at_once(client, cast):
    answer = client.post(REPORT, form(cast, phone="abc", matter_class="", lon=""))
    assert set(answer.context["form"].errors) == {"phone", "matter_class", "community"}


@pytest.mark.parametrize(
    "photos",
    [[photo(20 * 2**20)], [SimpleUploadedFile("p.jpg", b"not a photo", "image/jpeg")],
     [photo(10) for _n in range(5)]],
    ids=["20 MB", "no photo", "five"],
)  # fmt: skip
def test_a_refused_photo_is_said_and_nothing_typed_is_lost(client, cast, photos):
    answer = client.post(REPORT, form(cast, description="很深的坑", photos=photos))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "很深的坑" in page
    assert "notice-error" in page
    assert not Case.objects.exists()


def test_a_photo_too_large_is_named_with_the_limit(client, cast):
    page = client.post(REPORT, form(cast, photos=[photo(20 * 2**20)])).content.decode()
    assert "p.jpg" in page
    assert "10 MB" in page


def test_one_address_cannot_flood_the_center(client, cast, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "report", (2, 3600))
    for _n in range(2):
        assert client.post(REPORT, form(cast)).status_code == 302
    answer = client.post(REPORT, form(cast))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3600"
    assert "60" in answer.content.decode()
    assert Case.objects.count() == 2
    assert client.get(REPORT).status_code == 200
    elsewhere = client.post(REPORT, form(cast), REMOTE_ADDR="10.1.1.1")
    assert elsewhere.status_code == 302


def test_even_refused_reports_end_at_some_point(client, cast, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "try", (3, 3600))
    answers = [client.post(REPORT, form(cast, phone="abc")).status_code for _n in range(4)]
    assert answers == [422, 422, 422, 429]


def test_a_refused_report_is_not_counted(client, cast, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "report", (1, 3600))
    assert client.post(REPORT, form(cast, phone="abc")).status_code == 422
    assert client.post(REPORT, form(cast)).status_code == 302


# --- track ----------------------------------------------------------------------------------
def test_tracking_shows_status_and_dates_and_nobody(client, cast, filed):
    spoken = f" {filed.code[:4].lower()} {filed.code[4:]}"
    answer = client.post(TRACK, {"number": filed.case.number, "code": spoken})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "state-to_dispatch" in page
    assert timezone.localdate().isoformat() in page
    assert not [word for word in PRIVATE if word in page]


@pytest.mark.parametrize("code", ["22222222", "", "x", "ÄÖÜ", "2" * 20])
def test_a_wrong_code_opens_nothing(client, filed, code):
    answer = client.post(TRACK, {"number": filed.case.number, "code": code})
    assert answer.status_code == 422
    assert "milestones" not in answer.content.decode()


def test_wrong_number_and_wrong_code_are_told_alike(client, cast, filed):
    officers = town.report(cast)

    def said(number):
        page = client.post(TRACK, {"number": number, "code": "22222222"}).content.decode()
        return page[page.index("notice-error") :].split("</div>")[0]

    assert said(filed.case.number) == said(officers.number) == said("1")


def test_guessing_codes_ends_soon(client, filed):
    wrong = {"number": filed.case.number, "code": "22222222"}
    answers = [client.post(TRACK, wrong).status_code for _n in range(11)]
    assert answers == [422] * 10 + [429]
    right = {"number": filed.case.number, "code": filed.code}
    assert client.post(TRACK, right).status_code == 429


def test_a_rejected_report_says_so_without_the_opinion(client, cast):
    report, _created = actions.public_report(matter_class=cast.cover, lon=HERE[0], lat=HERE[1])
    town.act(
        cast, report.case, "reject", "acceptor", at=timezone.now(), reject_reason="invalid",
        opinion=f"张三 {PHONE}",
    )  # fmt: skip
    page = client.post(TRACK, {"number": report.case.number, "code": report.code}).content.decode()
    assert "state-void" in page
    assert not [word for word in PRIVATE if word in page]


# --- nearby ---------------------------------------------------------------------------------
def near(client):
    return client.get(AROUND, {"lon": HERE[0], "lat": HERE[1]}).content.decode()


def test_nearby_shows_status_at_a_rough_place_and_nobody(client, cast, filed):
    page = near(client)
    assert "state-to_dispatch" in page
    assert filed.case.number not in page
    assert not [word for word in PRIVATE if word in page]
    assert str(round(HERE[0], 3)) in page
    assert str(HERE[0])[:8] not in page.split('id="marks"')[1]


def test_what_is_not_filed_or_not_to_be_published_stays_away(client, cast, complain):
    town.report(cast, at=timezone.now())
    assert "state-" not in near(client)
    private = complain(at=timezone.now(), publish=False).case
    Case.objects.filter(pk=private.pk).update(verify_result="exists")
    private.refresh_from_db()
    town.bring(cast, State.TO_DISPATCH, case=private, at=timezone.now())
    assert "state-" not in near(client)
    private.calls.update(publish=True)
    assert "state-to_dispatch" in near(client)


@pytest.mark.parametrize("query", [{}, {"lon": "x", "lat": "1"}, {"community": "x"},
                                   {"community": "999999"}, {"lon": "1"}])  # fmt: skip
def test_nearby_without_a_place(client, cast, query):
    answer = client.get(AROUND, query)
    assert answer.status_code == 200
    assert 'id="marks"' not in answer.content.decode()


def test_nearby_by_community(client, cast, filed):
    page = client.get(AROUND, {"community": cast.community.pk}).content.decode()
    assert "state-to_dispatch" in page


def test_a_wide_community_shows_what_lies_far_from_its_first_cell(client, cast, filed):
    far = Point(HERE[0] + 0.03, HERE[1], srid=STORED)
    Case.objects.filter(pk=filed.case.pk).update(point=far)
    assert "state-" not in near(client)
    page = client.get(AROUND, {"community": cast.community.pk}).content.decode()
    assert "state-to_dispatch" in page
    assert f"{far.x:.3f}" in page
    assert filed.case.number not in page


def test_a_community_shows_its_own_cases_newest_first(client, cast, filed):
    old = town.bring(cast, State.TO_DISPATCH, at=timezone.now() - timedelta(days=3))
    rows = client.get(AROUND, {"community": cast.community.pk}).context["rows"]
    assert [row["on"] for row in rows] == [filed.case.reported_at, old.reported_at]
    assert [row["metres"] for row in rows] == [None, None]
    other = Area.objects.create(
        code="620105001002", name="另一社区", level="community", parent=cast.street
    )
    empty = client.get(AROUND, {"community": other.pk})
    assert empty.context["rows"] == []
    assert empty.context["place"] == other


def test_a_community_asks_as_often_for_three_as_for_one(client, cast):
    asked = []
    for more in (1, 2):
        for _n in range(more):
            town.bring(cast, State.TO_DISPATCH, at=timezone.now())
        with CaptureQueriesContext(connection) as seen:
            client.get(AROUND, {"community": cast.community.pk})
        asked.append(len(seen))
    assert asked[0] == asked[1]


def test_nearby_asks_as_often_for_three_as_for_one(client, cast):
    def add():
        town.bring(cast, State.TO_DISPATCH, at=timezone.now())

    def ask():
        with CaptureQueriesContext(connection) as seen:
            near(client)
        return len(seen)

    add()
    once = ask()
    add()
    add()
    assert ask() == once


# --- base map, language ---------------------------------------------------------------------
def test_the_base_map_needs_no_account_and_holds_no_case(client, cast, filed):
    answer = client.get(reverse("hotline:portal:base"))
    data = answer.json()
    kinds = {feature["properties"]["kind"] for feature in data["features"]}
    assert {"district", "street", "community"} <= kinds
    assert filed.case.number not in answer.content.decode()
    assert PHONE not in answer.content.decode()


def test_each_page_speaks_both_languages(client, cast):
    for page in (REPORT, TRACK, AROUND):
        answer = client.get(page, headers={"Accept-Language": "en"})
        assert 'lang="en"' in answer.content.decode()
        assert 'action="/i18n/setlang/"' in answer.content.decode()


def test_what_is_known_near_the_pin_is_said_without_place_person_or_photo(cast, client):
    case = town.bring(cast, State.TO_DISPATCH, at=timezone.now())
    url = f"/public/known/?lon={case.point.x}&lat={case.point.y}&matter_class="

    page = client.get(f"{url}{cast.cover.pk}").content.decode()
    assert str(cast.cover) in page
    assert case.number not in page
    assert "photos" not in page
    assert str(cast.cover) not in client.get(f"{url}{cast.litter.pk}").content.decode()
    for bad in (url, f"{url}x", "/public/known/?lon=x&lat=1&matter_class=1"):
        assert client.get(bad).content.decode().strip() == ""


def test_nearby_shows_the_last_week_of_the_district_by_default(client, cast, filed):
    old = town.report(cast, cell=2)
    day = timezone.now() - timedelta(days=8)
    Case.objects.filter(pk=old.pk).update(
        state=State.TO_DISPATCH, filed_at=day, filing_condition=cast.cover_open
    )
    answer = client.get(AROUND)
    assert [row["what"] for row in answer.context["rows"]] == [str(filed.case.matter_class)]
    page = answer.content.decode()
    assert "最近 7 天" in page
    assert "near-map" in page
    assert not [word for word in PRIVATE if word in page]
