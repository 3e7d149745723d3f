"""A collector's phone in a real browser: report, report without a network, answer a task."""

import io
import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext
from PIL import Image
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from cases.tests.cast import SOUTH, STEP, WEST
from citymgmt.tests.browser import PHONE, slow_down
from grid.models import Position

pytestmark = pytest.mark.browser
X, Y = WEST + STEP / 2, SOUTH + STEP / 2


def picture(name="cover.jpg", colour="gray"):
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(buffer, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


@pytest.fixture
def live_server(transactional_db):
    """A server of each test's own: one of them switches it off."""
    server = LiveServer("localhost")
    yield server
    if server.thread.is_alive():
        server.stop()


# What the browser and htmx say of requests that a cut network took, or of one left half-way.
OFFLINE = "ERR_INTERNET_DISCONNECTED"
CUT = (OFFLINE, "htmx:sendError", "htmx:afterRequest", "occurred when fetching the script")


@pytest.fixture
def phone(transactional_db, cast, live_server, new_page, console, apart):
    """A collector's phone on duty, signed in, standing in the first cell; `page.goto` paths."""
    page = new_page(
        viewport=PHONE, permissions=["geolocation"], base_url=live_server.url,
        geolocation={"longitude": X, "latitude": Y, "accuracy": 8}, has_touch=True,
    )  # fmt: skip
    sign_in(page, cast.collector, live_server.url, apart)
    page.live = []  # the live server speaks no websocket: the page's ends are here
    page.route_web_socket("**/ws/live/", lambda socket: open_live(page, socket))
    yield page
    if any(OFFLINE in said for said in console):
        console[:] = [said for said in console if not any(word in said for word in CUT)]


def open_live(page, socket):
    page.live.append(socket)
    socket.on_message(lambda _hello: socket.send(json.dumps({"type": "welcome", "seq": 0})))


def sign_in(page, user, address, apart):
    client = Client()
    apart(client.force_login, user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": address}]
    )


def fill_report(page, sentence):
    page.locator("[data-photo-input]").set_input_files(picture())
    expect(page.locator("[data-photo-list] img")).to_have_count(1)
    page.locator("[data-class-search]").fill("cover")
    page.locator("[data-found] button", has_text="上水井盖").click()
    page.fill("#description", sentence)


def rows(apart, **which):
    return apart(lambda: list(Case.objects.filter(**which).select_related("source", "unit_grid")))


def test_report_with_photo(phone, cast, apart):
    phone.goto("/field/report/")
    expect(phone.locator("[data-place-names]")).to_contain_text("费家营社区")
    expect(phone.locator("[data-missing]")).not_to_be_empty()
    fill_report(phone, "井盖破损")
    expect(phone.locator("[data-missing]")).to_be_empty()
    phone.locator("button[form=report]").click()
    expect(phone.locator("#toasts .notice-success")).to_be_visible()
    (case,) = rows(apart)
    assert (case.description, case.source.code) == ("井盖破损", "patrol")
    assert (case.reporter_id, case.matter_class_id) == (cast.collector.pk, cast.cover.pk)
    assert case.unit_grid == cast.cells[0]
    assert apart(case.attachments.count) == 1
    expect(phone.locator("[data-photo-list] img")).to_have_count(0)
    phone.goto("/field/me/")
    expect(phone.locator("#reports .task")).to_have_count(1)


def test_what_was_put_right_needs_photos_of_before_and_after(phone, cast, apart):
    phone.goto("/field/report/")
    expect(phone.locator("[data-place-names]")).to_contain_text("费家营社区")
    fill_report(phone, "已扶正")
    phone.get_by_label(gettext("I have put it right myself")).check()
    types = phone.locator("[data-photo-list] select")
    expect(types).to_have_value("before")
    missing = phone.locator("[data-missing]")
    expect(missing).to_contain_text(gettext("photo after the work"))
    phone.locator("button[form=report]").click()
    assert rows(apart) == []
    phone.locator("[data-photo-input]").set_input_files(picture("after.jpg", "green"))
    expect(types.last).to_have_value("after")
    expect(missing).to_be_empty()
    phone.locator("button[form=report]").click()
    expect(phone.locator("#toasts .notice-success")).to_be_visible()
    (case,) = rows(apart)
    assert (case.self_disposed, case.on_guard, case.urgent) == (True, False, False)
    shown = apart(lambda: [row.photo_type for row in case.attachments.order_by("pk")])
    assert shown == ["before", "after"]
    expect(phone.locator("[name=self_disposed]")).not_to_be_checked()
    phone.locator("[data-photo-input]").set_input_files(picture())
    expect(types).to_have_value("close")
    phone.goto(f"/field/cases/{case.number}/")
    expect(phone.locator(".field-head")).to_contain_text(gettext("Self-disposed"))


def test_who_stays_on_site_reports_offline_and_sees_when_to_go(phone, cast, apart):
    slow_down(phone, far=False)
    phone.goto("/field/report/")
    expect(phone.locator("[data-place-names]")).to_contain_text("费家营社区")
    fill_report(phone, "路面塌陷")
    right, stays = phone.locator("[name=self_disposed]"), phone.locator("[name=on_guard]")
    right.check()
    stays.check()
    expect(right).not_to_be_checked()
    expect(phone.locator("[name=urgent]")).to_be_checked()
    expect(phone.locator("[data-missing]")).to_be_empty()
    phone.context.set_offline(True)
    phone.locator("button[form=report]").click()
    expect(phone.locator("[data-outbox]")).to_contain_text("1")
    expect(stays).not_to_be_checked()
    phone.context.set_offline(False)
    expect(phone.locator("[data-outbox]")).to_be_hidden()
    (case,) = rows(apart)
    assert (case.on_guard, case.urgent, case.self_disposed) == (True, True, False)
    phone.goto("/field/me/")
    phone.locator("[data-live-status][data-status=live]").wait_for()
    mine = phone.locator("#reports .task")
    expect(mine).to_contain_text(gettext("Stay until somebody takes over"))
    apart(take_over, cast, case)
    phone.live[-1].send(json.dumps({"type": "event", "seq": 99, "case": case.number}))
    expect(mine.locator(".tag-red")).to_have_count(0)


def take_over(cast, case):
    now = case.reported_at
    town.bring(cast, State.TO_DISPOSE, at=now, minutes=0, case=case)
    town.act(cast, case, "hand_over_site", "handler", at=now)


def test_offline_report_is_sent_once_when_the_network_is_back(phone, cast, apart):
    phone.goto("/field/report/")
    phone.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    phone.locator("[data-class-search]").fill("cover")
    expect(phone.locator("[data-found] button")).to_have_count(1)
    phone.context.set_offline(True)
    fill_report(phone, "没有网络")
    phone.locator("button[form=report]").click()
    expect(phone.locator("[data-outbox]")).to_contain_text("1")
    fill_report(phone, "还是没有")
    phone.locator("button[form=report]").click()
    expect(phone.locator("[data-outbox]")).to_contain_text("2")
    assert rows(apart) == []
    phone.context.set_offline(False)
    expect(phone.locator("[data-outbox]")).to_be_hidden()
    phone.reload()
    expect(phone.locator("[data-outbox]")).to_be_hidden()
    assert sorted(case.description for case in rows(apart)) == ["没有网络", "还是没有"]


LOSE_FIRST_ANSWER = """
const real = fetch;
window.fetch = async (target, options) => {
  const answer = await real(target, options);
  if (options?.method !== "POST" || sessionStorage.lost) return answer;
  if (!String(target).endsWith("/api/v1/cases/")) return answer;
  sessionStorage.lost = "1";
  throw new TypeError("lost");
};
"""


def test_an_answer_lost_on_the_way_back_makes_no_second_case(phone, cast, apart):
    """The server took the report, but the phone never heard so and sends it again."""
    phone.add_init_script(LOSE_FIRST_ANSWER)
    phone.goto("/field/report/")
    expect(phone.locator("[data-place-names]")).to_contain_text("费家营社区")
    fill_report(phone, "只有一件")
    phone.locator("button[form=report]").click()
    phone.wait_for_function("() => sessionStorage.lost")
    expect(phone.locator("[data-outbox]")).to_contain_text("1")
    assert len(rows(apart)) == 1
    phone.reload()
    expect(phone.locator("#toasts .notice-success")).to_be_visible()
    expect(phone.locator("[data-outbox]")).to_be_hidden()
    assert len(rows(apart)) == 1


def test_a_refused_report_is_corrected(phone, cast, apart, console):
    phone.context.set_geolocation({"longitude": 100, "latitude": 30})
    phone.goto("/field/report/")
    expect(phone.locator("[data-place-names]")).to_have_text(
        gettext("This place is outside the city.")
    )
    fill_report(phone, "在城外")
    phone.locator("button[form=report]").click()
    phone.locator("[data-outbox] a").click()
    expect(phone.locator("[data-outbox-list] .notice-error")).to_be_visible()
    console.clear()  # the refusals of place and report were the point
    phone.context.set_geolocation({"longitude": X, "latitude": Y})
    phone.locator("[data-outbox-list] .btn-primary").click()
    expect(phone.locator("#description")).to_have_value("在城外")
    expect(phone.locator("[data-photo-list] img")).to_have_count(1)
    phone.locator("[data-locate]").click()
    expect(phone.locator("[data-place-names]")).to_contain_text("费家营社区")
    console.clear()
    phone.locator("button[form=report]").click()
    expect(phone.locator("#toasts .notice-success")).to_be_visible()
    expect(phone.locator("[data-outbox]")).to_be_hidden()
    assert [case.description for case in rows(apart)] == ["在城外"]


def send_verify(cast):
    case = town.report(cast, by="acceptor", source="leader", photos=[])
    town.act(cast, case, "send_verify", "acceptor", collector=cast.collector)
    return case.number


def test_new_task_is_answered(phone, cast, apart):
    phone.goto("/field/")
    expect(phone.locator(".empty")).to_be_visible()
    number = apart(send_verify, cast)
    event = {"type": "event", "seq": 1, "case": number, "action": "send_verify"}
    phone.live[-1].send(json.dumps(event))
    expect(phone.locator(f"#task-{number}")).to_be_visible()
    expect(phone.locator(".tabbar a").first.locator(".count")).to_have_text("1")
    phone.locator(f"#task-{number} a").click()
    phone.locator(".choice").first.click()
    phone.locator("[data-photo-input]").set_input_files(picture())
    phone.fill("#opinion", "确实存在")
    phone.context.set_offline(True)
    phone.locator("button[form=answer]").click()
    expect(phone.locator("[data-answered]")).to_be_visible()
    (case,) = rows(apart, number=number)
    assert case.state == State.VERIFYING
    phone.context.set_offline(False)
    expect(phone).to_have_url(re.compile(r"/field/$"))
    (case,) = rows(apart, number=number)
    assert (case.state, case.verify_result) == (State.REGISTERED, "exists")


def test_position_is_told_on_duty_only(phone, cast, apart):
    phone.goto("/field/me/")
    expect(phone.locator("[data-position-said]")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    (row,) = apart(lambda: list(Position.objects.all()))
    assert (row.user_id, round(row.point.x, 6)) == (cast.collector.pk, round(X, 6))
    phone.locator(".field-duty button").click()
    expect(phone.locator(".field-duty .light-grey")).to_be_visible()
    phone.evaluate("sessionStorage.clear()")
    phone.goto("/field/")
    phone.wait_for_load_state("networkidle")
    assert apart(Position.objects.count) == 1


def test_pages_open_without_a_network(phone, cast, apart, live_server):
    phone.goto("/field/")
    phone.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    phone.wait_for_function(
        "() => caches.open('pages').then((c) => c.match('/field/report/')).then(Boolean)"
    )
    live_server.stop()
    phone.goto("/field/report/")
    fill_report(phone, "离线打开")
    phone.locator("button[form=report]").click()
    expect(phone.locator("[data-outbox]")).to_contain_text("1")


# --- what counts as received ----------------------------------------------------------------
KEEPS_NOTHING = {
    "forbidden": """
      Object.defineProperty(window, "indexedDB", {
        value: { open() { throw new DOMException("no", "SecurityError"); } },
      });
    """,
    "full": """
      IDBObjectStore.prototype.put = () => { throw new DOMException("", "QuotaExceededError"); };
    """,
}


OWN = {"X-City": "1"}  # an answer of the interface itself


def post_only(page, answer):
    """Answers what is sent to the interface; everything else goes on to the server."""

    def route(route):
        return route.fulfill(**answer) if route.request.method == "POST" else route.fallback()

    page.route("**/api/v1/cases/", route)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "content_type": "text/html", "body": "<html>Sign in to the network</html>"},
        {"status": 302, "headers": {"location": "/field/"}},
        {"status": 200, "content_type": "application/json", "body": "{}"},
        {"status": 201, "content_type": "application/json", "body": '{"number": "62'},
        {"status": 400, "content_type": "text/html", "body": "blocked by the firewall"},
        {"status": 503, "content_type": "text/html", "body": "busy"},
        {"status": 409, "headers": OWN, "json": {"detail": "In doubt.", "code": "clock"}},
        {"status": 409, "headers": OWN, "json": {"detail": "Once more.", "code": "busy"}},
    ],
    ids=["portal", "redirect", "no number", "cut off", "firewall", "busy", "clock", "collision"],
)
def test_only_the_answer_of_the_interface_counts_as_received(phone, cast, apart, console, answer):
    phone.goto("/field/report/")
    expect(phone.locator("[data-place-names]")).to_contain_text("费家营社区")
    post_only(phone, answer)
    fill_report(phone, "不能丢")
    phone.locator("button[form=report]").click()
    expect(phone.locator("[data-outbox]")).to_contain_text("1 条等待")
    assert rows(apart) == []
    phone.unroute("**/api/v1/cases/")
    phone.reload()  # a page that opens sends what waits
    expect(phone.locator("[data-outbox]")).to_be_hidden()
    phone.wait_for_function("""async () => {
        const { items } = await import("/static/js/field/outbox.js");
        return (await items()).length === 0;
    }""")
    assert [case.description for case in rows(apart)] == ["不能丢"]
    assert not [line for line in console if "SyntaxError" in line]
    console.clear()  # the browser's own words for a refused request


@pytest.mark.parametrize("store", list(KEEPS_NOTHING))
def test_a_phone_that_keeps_nothing_says_so_and_loses_nothing(phone, cast, apart, store):
    phone.add_init_script(KEEPS_NOTHING[store])
    phone.goto("/field/report/")
    expect(phone.locator("[data-place-names]")).to_contain_text("费家营社区")
    phone.locator("[data-class-search]").fill("cover")
    expect(phone.locator("[data-found] button")).to_have_count(1)
    phone.context.set_offline(True)
    fill_report(phone, "存不下")
    phone.locator("button[form=report]").click()
    expect(phone.locator("[data-outbox]")).to_contain_text("本机无法保存")
    expect(phone.locator("#description")).to_have_value("存不下")
    expect(phone.locator("[data-photo-list] img")).to_have_count(1)
    phone.context.set_offline(False)
    expect(phone.locator("#toasts .notice-success")).to_be_visible()
    expect(phone.locator("#description")).to_have_value("")
    assert [case.description for case in rows(apart)] == ["存不下"]


def test_the_dot_is_grey_at_once_without_a_network(phone, cast):
    phone.goto("/field/")
    dot = phone.locator("[data-live-status]").first
    expect(dot).to_have_attribute("data-status", "live")
    phone.context.set_offline(True)
    expect(dot).to_have_attribute("data-status", "offline", timeout=2_000)
    expect(dot).to_have_text("离线")
    phone.context.set_offline(False)
    expect(dot).to_have_attribute("data-status", "live")


def test_an_answer_given_without_a_network_says_when_and_where(phone, cast, apart):
    number = apart(send_verify, cast)
    phone.goto(f"/field/cases/{number}/")
    expect(phone.locator(".map .leaflet-interactive, .map canvas").first).to_be_visible()
    phone.wait_for_function("() => globalThis.L && document.querySelector('.map-pin')")
    phone.locator(".choice").first.click()
    phone.locator("[data-photo-input]").set_input_files(picture())
    phone.context.set_offline(True)
    phone.locator("button[form=answer]").click()
    expect(phone.locator("[data-answered]")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone).to_have_url(re.compile(r"/field/$"))
    event = apart(lambda: Case.objects.get(number=number).events.get(action="verify"))
    assert event.made_at is not None
    assert event.made_at <= event.at
    assert (round(event.made_lon, 6), round(event.made_lat, 6)) == (round(X, 6), round(Y, 6))


def test_what_is_missing_is_shown_when_its_words_are_tapped(phone, cast, apart):
    number = apart(send_verify, cast)
    phone.goto(f"/field/cases/{number}/")
    missing = phone.locator("[data-missing]")
    expect(missing).to_contain_text(gettext("photo"))
    missing.click()
    expect(phone.locator(".choices.is-missing")).to_be_in_viewport()
    phone.locator(".choice").first.click()
    phone.locator("button[form=answer]").click()
    expect(phone.locator("[data-photos].is-missing")).to_be_in_viewport()
    expect(phone.locator("[data-photo-input]")).to_be_focused()


def test_the_answer_stands_before_the_map(phone, cast, apart):
    number = apart(send_verify, cast)
    phone.goto(f"/field/cases/{number}/")
    above = phone.locator(".choices").bounding_box()
    assert above["y"] + above["height"] < phone.locator("#case-map").bounding_box()["y"]
