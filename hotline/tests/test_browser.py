"""The two journeys in a real browser: a citizen with a phone, an acceptor without a mouse."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from cases.models import Case
from cases.tests import cast as town
from citymgmt.tests.browser import PHONE as SCREEN
from hotline.conftest import HERE, PHONE
from hotline.models import Call, CallBack, PublicReport
from inventory.models import MatterClass

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(transactional_db, cast, live_server, new_page):
    position = {"longitude": HERE[0], "latitude": HERE[1]}
    return new_page(
        viewport=SCREEN, geolocation=position, permissions=["geolocation"],
        base_url=live_server.url,
    )  # fmt: skip


@pytest.fixture
def desk(transactional_db, cast, live_server, new_page, apart):
    page = new_page(base_url=live_server.url)
    client = Client()
    apart(client.force_login, cast.acceptor)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    # The live server speaks no websocket.
    page.route_web_socket("**/ws/live/", lambda socket: None)
    page.goto("/hotline/")
    return page


def test_a_citizen_reports_in_four_steps_and_tracks(phone, apart):
    phone.goto("/public/")
    file = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": town.photo()[1]}
    phone.locator("[data-photo-input]").set_input_files(file)
    phone.locator("[data-photo-list] img").wait_for()
    phone.locator("[data-locate]").click()
    phone.wait_for_function("document.getElementById('id_lon').value")
    phone.locator("[data-kind-search]").fill("井盖")
    phone.locator("[data-kind-options] button").click()
    phone.locator("#id_phone").fill(PHONE)
    phone.locator("#report .btn-primary").click()
    phone.wait_for_url("**/public/sent/")
    report = apart(lambda: PublicReport.objects.select_related("case", "citizen").get())
    expect(phone.locator(".ticket dd")).to_have_text([report.case.number, report.code])
    assert apart(report.case.attachments.count) == 1
    assert report.citizen.phone == PHONE
    phone.locator(".btn-primary").click()
    expect(phone.locator(".state-registered")).to_be_visible()
    assert PHONE not in phone.content()


def test_an_empty_report_is_answered_with_what_is_missing(phone):
    phone.goto("/public/")
    phone.locator("#report .btn-primary").click()
    expect(phone.locator("#report .errorlist li")).to_have_count(2)


def test_nothing_of_a_public_page_is_wider_than_the_phone(phone):
    for page in ("", "track/", f"nearby/?lon={HERE[0]}&lat={HERE[1]}"):
        phone.goto(f"/public/{page}")
        assert phone.evaluate("document.documentElement.scrollWidth") == SCREEN["width"]


def test_a_call_is_taken_by_keyboard_alone(desk, cast, apart):
    keys = desk.keyboard
    keys.type(PHONE)
    for word in ("张三", "", "", "", "井盖破损"):  # name, sex, line, kind, description
        keys.press("Enter")
        keys.type(word)
    keys.press("Tab")
    keys.type("费家营")
    desk.locator("#found-id_address li").wait_for()
    with desk.expect_response(re.compile("/hotline/nearby/")):
        keys.press("Enter")
    keys.type("0101")
    desk.locator("#found-class-search li").first.wait_for()
    keys.press("Enter")
    with desk.expect_navigation():
        keys.press("Control+Enter")
    call = apart(lambda: Call.objects.select_related("case__community", "caller").get())
    assert (call.caller.phone, call.caller.name, call.content) == (PHONE, "张三", "井盖破损")
    assert call.case.community == cast.community


def test_one_key_attaches_the_call_to_a_case_nearby(desk, cast, apart):
    case = apart(town.report, cast)
    desk.locator("#id_content").fill("同一个井盖")
    with desk.expect_response(re.compile("/hotline/nearby/")):
        desk.evaluate(
            """([lon, lat]) => {
              const { elements } = document.getElementById("call");
              [elements.lon.value, elements.lat.value] = [lon, lat];
              document.getElementById("place-map").dispatchEvent(new CustomEvent("place:picked"));
            }""",
            list(HERE),
        )
    desk.locator("[data-attach='1']").wait_for()
    with desk.expect_navigation():
        desk.keyboard.press("Alt+1")
    assert apart(lambda: Call.objects.get().case_id) == case.pk
    assert apart(Case.objects.count) == 1


def test_a_known_number_brings_the_name_and_a_consultation_needs_no_place(desk, apart):
    desk.locator(".answer", has=desk.locator("[value=consult]")).click()
    expect(desk.locator("#place-map")).to_be_hidden()
    desk.locator("#id_content").fill("几点上班")
    desk.locator("#id_answer").fill("八点半")
    desk.locator("#id_phone").fill(PHONE)
    desk.locator("#id_name").fill("张三")
    with desk.expect_navigation():
        desk.keyboard.press("Control+Enter")
    assert apart(lambda: Call.objects.get().kind) == "consult"
    desk.locator("#id_phone").fill(PHONE)
    desk.keyboard.press("Enter")
    desk.locator("#caller time").wait_for()
    expect(desk.locator("#id_name")).to_have_value("张三")


def test_what_something_else_answers_is_not_put_into_the_page(desk, cast, apart, console):
    """A public network answers the look-up of a caller with its own page and 200."""
    page = {"status": 200, "content_type": "text/html", "body": "<b>Sign in to the network</b>"}
    desk.route("**/hotline/caller/", lambda route: route.fulfill(**page))
    desk.locator("#id_content").fill("井盖破损")
    desk.locator("#id_phone").fill(PHONE)
    desk.keyboard.press("Enter")
    expect(desk.locator("#toasts .notice-error")).to_contain_text("应答的不是中心")
    assert "Sign in to the network" not in desk.content()
    expect(desk.locator("#id_content")).to_have_value("井盖破损")


def test_a_call_form_that_is_brought_back_has_another_identifier(desk):
    before = desk.locator("[name=client_uuid]").input_value()
    desk.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    after = desk.locator("[name=client_uuid]").input_value()
    assert before != after
    assert re.fullmatch(r"[0-9a-f-]{36}", after)


def test_a_search_that_another_network_answers_is_told_of(desk):
    page = {"status": 200, "content_type": "application/json", "body": '{"results": []}'}
    desk.route("**/hotline/classes.json*", lambda route: route.fulfill(**page))
    desk.locator("#class-search").fill("路灯")
    expect(desk.locator("#toasts .notice-error")).to_contain_text("与服务器没有连接")


def test_a_call_brought_back_from_a_draft_has_the_identifier_of_its_page(desk):
    """The draft of a form whose identifier was renewed holds the words only."""
    desk.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    before = desk.locator("[name=client_uuid]").input_value()
    desk.locator("#id_content").press_sequentially("井盖破损")
    desk.wait_for_function("Object.keys(localStorage).some((key) => key.startsWith('draft:'))")
    assert before not in desk.evaluate("JSON.stringify(localStorage)")
    desk.reload()
    expect(desk.locator("#id_content")).to_have_value("井盖破损")
    given = desk.locator("[name=client_uuid]").evaluate("(field) => field.getAttribute('value')")
    assert desk.locator("[name=client_uuid]").input_value() == given != before
    desk.locator(".draft-line button").click()
    assert desk.locator("[name=client_uuid]").input_value() == given


def test_no_pin_stands_on_the_map_before_a_place_is_chosen(desk):
    """The keyboard finds it all the same, in the middle of what is seen."""
    pin = desk.locator(".leaflet-marker-icon:has(.map-pin)")
    expect(pin).to_have_css("opacity", "0")
    pin.focus()
    desk.keyboard.press("ArrowUp")
    expect(desk.locator("#call [name=lon]")).not_to_have_value("")
    desk.locator("#id_content").focus()
    expect(pin).to_have_css("opacity", "1")


def test_a_draft_shows_its_class_and_what_is_known_of_place_and_caller(desk, complain, apart):
    apart(complain, content="第一次")
    desk.locator("#id_phone").press_sequentially(PHONE)
    desk.locator("#id_content").press_sequentially("又破了")
    desk.locator("#class-search").press_sequentially("0101")
    desk.locator("#found-class-search li").first.wait_for()
    desk.keyboard.press("Enter")
    said = desk.locator("#class-search").input_value()
    pin = desk.locator(".leaflet-marker-icon:has(.map-pin)")
    pin.focus()
    desk.keyboard.press("ArrowUp")
    desk.locator("#id_urgent").check()
    desk.wait_for_function("JSON.stringify(localStorage).includes('urgent')")
    desk.reload()
    expect(desk.locator("#class-search")).to_have_value(said)
    expect(desk.locator("#call [name=matter_class]")).not_to_have_value("")
    expect(desk.locator("#caller")).to_contain_text("第一次")
    expect(desk.locator("#nearby")).not_to_contain_text("请先确定地点")
    desk.locator(".draft-line button").click()
    expect(pin).to_have_css("opacity", "0")
    expect(desk.locator("#class-search")).to_have_value("")


def test_enter_before_the_answer_takes_the_class_when_it_comes(desk, cast):
    held = []
    desk.route("**/hotline/classes.json*", lambda route: held.append(route))
    desk.locator("#class-search").press_sequentially("0101")
    desk.keyboard.press("Enter")
    expect(desk.locator("#id_urgent")).to_be_focused()
    desk.wait_for_timeout(400)  # longer than a search waits for the next letter
    held[-1].continue_()
    expect(desk.locator("#call [name=matter_class]")).to_have_value(str(cast.cover.pk))
    expect(desk.locator("#class-search")).to_have_value(re.compile("^0101 "))
    expect(desk.locator("#id_urgent")).to_be_focused()


def test_a_proposed_name_is_typed_over_not_added_to(desk, complain, apart):
    apart(complain)
    desk.locator("#id_phone").fill(PHONE)
    desk.keyboard.press("Enter")
    expect(desk.locator("#id_name")).to_have_value("张三")
    desk.keyboard.type("李女士")
    expect(desk.locator("#id_name")).to_have_value("李女士")


def test_a_call_back_is_saved_by_key(desk, ended, apart):
    desk.goto(f"/hotline/call-backs/{ended.case.number}/{ended.citizen.pk}/")
    for name in ("service", "result"):
        desk.locator(f"[name={name}]").first.check(force=True)
    desk.locator("#id_note").fill("谢谢")
    with desk.expect_navigation():
        desk.keyboard.press("Control+Enter")
    assert apart(lambda: CallBack.objects.get().note) == "谢谢"


def test_while_a_connection_is_made_no_page_says_offline(desk):
    """Of a page that is just opened nothing is wrong yet."""
    desk.route_web_socket("**/ws/live/", lambda socket: None)
    desk.reload()
    expect(desk.locator("[data-live-status]")).to_have_attribute("data-status", "connecting")
    expect(desk.locator("[data-live-word]")).to_have_text("连接中")


def test_the_kind_of_exactly_that_name_comes_first_whatever_its_width(phone, cast, apart):
    for code, name in (("0106", "LED井盖"), ("0137", "LED")):
        known = {"edition": cast.cover.edition, "kind": "component", "code": code, "major": "01"}
        names = {"major_zh": "公用设施", "major_en": "Utilities", "name_zh": name, "name_en": name}
        apart(MatterClass.objects.create, **known, **names, minor=code[2:])
    phone.goto("/public/")
    found = phone.locator("[data-kind-options] button")
    for words in ("led", "ＬＥＤ　"):
        phone.locator("[data-kind-search]").fill(words)
        expect(found).to_have_text(["LED", "LED井盖"])


def test_every_target_of_a_public_page_is_as_large_as_a_finger(phone):
    for path in ("", "track/", f"nearby/?lon={HERE[0]}&lat={HERE[1]}"):
        phone.goto(f"/public/{path}")
        small = phone.evaluate(
            """() => [...document.querySelectorAll("header a, nav a, button, .btn, .leaflet-bar a")]
                .filter((one) => one.checkVisibility() && !one.closest(".leaflet-popup"))
                .filter((one) => one.getBoundingClientRect().height < 44)
                .map((one) => one.outerHTML)"""
        )
        assert small == []


def test_a_large_photo_is_made_smaller_before_it_is_sent(phone):
    phone.goto("/public/")
    phone.locator("[data-photo-input]").evaluate(
        """async (input) => {
          const canvas = new OffscreenCanvas(4000, 3000);
          canvas.getContext("2d").fillRect(0, 0, 9, 9);
          const file = new File([await canvas.convertToBlob()], "large.png", { type: "image/png" });
          const list = new DataTransfer();
          list.items.add(file);
          input.files = list.files;
          input.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    phone.locator("[data-photo-list] img").wait_for()
    size = phone.locator("[name=photos]").evaluate(
        """async ({ files: [file] }) => {
          const { width, height } = await createImageBitmap(file);
          return [width, height];
        }"""
    )
    assert size == [2048, 1536]


def test_what_a_case_nearby_is_has_a_line_of_its_own(desk, cast, apart):
    apart(town.report, cast, description="井盖破损，边缘翘起" * 20)
    desk.evaluate(
        """([lon, lat]) => {
          const { elements } = document.getElementById("call");
          [elements.lon.value, elements.lat.value] = [lon, lat];
          document.getElementById("place-map").dispatchEvent(new CustomEvent("place:picked"));
        }""",
        list(HERE),
    )
    what = desk.locator("#nearby .near-words > .clip").first
    state = desk.locator("#nearby .near-words .state").first
    expect(what.locator("strong")).to_have_text(str(cast.cover))
    name, line = what.locator("strong").bounding_box(), what.bounding_box()
    assert name["width"] < line["width"]  # the whole name, then as many words as there is room
    assert state.bounding_box()["y"] >= line["y"] + line["height"]
