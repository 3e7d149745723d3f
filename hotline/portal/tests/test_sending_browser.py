"""What a citizen sends arrives, or stays on the device and says so."""

import re

import pytest
from playwright.sync_api import expect

from cases.models import Case
from cases.tests import cast as town
from citymgmt.tests.browser import FLAGS, PATIENCE_MS, chromium, slow_down
from citymgmt.tests.browser import PHONE as SCREEN
from hotline.conftest import HERE, PHONE
from hotline.models import PublicReport

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PORTAL = {"status": 200, "content_type": "text/html", "body": "<html>Sign in to the network</html>"}
REPORT = re.compile(r"/public/$")
FORBIDDEN = """
Object.defineProperty(window, "indexedDB", {
  value: { open() { throw new DOMException("no", "SecurityError"); } },
});
"""
FULL = """
IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
"""


@pytest.fixture
def options(live_server):
    position = {"longitude": HERE[0], "latitude": HERE[1], "accuracy": 8}
    return {
        "viewport": SCREEN, "geolocation": position, "base_url": live_server.url,
        "permissions": ["geolocation", "clipboard-read", "clipboard-write"],
    }  # fmt: skip


@pytest.fixture
def phone(transactional_db, cast, options, new_page, console):
    yield new_page(**options)
    # Cut networks and refusals are errors to the console.
    known = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "status of 422", "status of 409", "htmx:")
    console[:] = [said for said in console if not any(word in said for word in known)]


def fill(page, words="井盖破损", kind="井盖", photo=True):
    if photo:
        file = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": town.photo()[1]}
        page.locator("[data-photo-input]").set_input_files(file)
        page.locator("[data-photo-list] img").wait_for()
    page.locator("[data-locate]").click()
    expect(page.locator("#id_lon")).not_to_have_value("")
    page.locator("[data-kind-search]").fill(kind)
    page.locator("[data-kind-options] button").click()
    page.locator("#id_description").fill(words)


def send(page):
    page.locator("[data-send]").click()


def said(apart):
    return apart(lambda: sorted(Case.objects.values_list("description", flat=True)))


def waiting(page):
    return page.locator("[data-queue] .queue-row")


# --- it stays -------------------------------------------------------------------------------
def test_without_a_network_it_waits_and_is_sent_by_itself(phone, apart):
    slow_down(phone, far=False)
    phone.goto("/public/")
    fill(phone)
    phone.context.set_offline(True)
    send(phone)
    expect(waiting(phone)).to_have_count(1)
    expect(phone.locator("[data-queue]")).to_contain_text("还未发送，联网后再发")
    expect(phone.locator("#id_description")).to_have_value("")
    expect(phone.locator("[data-photo-list] img")).to_have_count(0)
    fill(phone, "第二件事")
    send(phone)
    expect(waiting(phone)).to_have_count(2)
    assert said(apart) == []
    phone.context.set_offline(False)
    expect(waiting(phone)).to_have_count(0)
    assert said(apart) == ["井盖破损", "第二件事"]
    assert apart(lambda: [row.attachments.count() for row in Case.objects.all()]) == [1, 1]
    expect(phone.locator("[data-said] .notice-success")).to_be_visible()
    expect(phone.locator("[data-mine-list] li")).to_have_count(2)
    made = apart(lambda: Case.objects.order_by("pk").first().events.get().made_at)
    assert made is not None


def test_it_waits_through_closing_the_page(phone, apart):
    phone.goto("/public/")
    fill(phone)
    phone.route(REPORT, lambda route: route.abort() if _posts(route) else route.fallback())
    send(phone)
    expect(waiting(phone)).to_have_count(1)
    phone.unroute(REPORT)
    phone.goto("/public/track/")
    phone.goto("/public/")
    expect(phone.locator("[data-said] .notice-success")).to_be_visible()
    assert said(apart) == ["井盖破损"]


def _posts(route):
    return route.request.method == "POST"


@pytest.mark.parametrize(
    "answer",
    [
        PORTAL,
        {"status": 302, "headers": {"location": "/public/nearby/"}},
        {"status": 200, "content_type": "application/json", "body": "{}"},
        {"status": 201, "content_type": "application/json", "body": '{"number": "6201'},
        {"status": 403, "content_type": "text/html", "body": "blocked by the firewall"},
        {"status": 502, "content_type": "text/html", "body": "bad gateway"},
        {"status": 200, "content_type": "application/json", "body": "null"},
    ],
    ids=["portal", "redirect", "no keys", "cut off", "firewall", "gateway", "null"],
)
def test_only_the_answer_of_the_center_counts(phone, apart, console, answer):
    phone.goto("/public/")
    fill(phone)
    phone.route(
        REPORT, lambda route: route.fulfill(**answer) if _posts(route) else route.fallback()
    )
    send(phone)
    expect(waiting(phone)).to_have_count(1)
    expect(phone.locator("[data-queue]")).to_contain_text("还未发送")
    assert not [line for line in console if "SyntaxError" in line]
    console.clear()  # the browser's own words for a refused request
    phone.unroute(REPORT)
    phone.reload()
    expect(phone.locator("[data-said] .notice-success")).to_be_visible()
    assert said(apart) == ["井盖破损"]


@pytest.mark.parametrize("store", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_device_that_keeps_nothing_says_so_and_the_form_stays(phone, apart, store):
    phone.add_init_script(store)
    phone.goto("/public/")
    fill(phone)
    phone.context.set_offline(True)
    send(phone)
    expect(phone.locator("[data-said] .notice-warning")).to_contain_text("本机无法保存")
    expect(phone.locator("#id_description")).to_have_value("井盖破损")
    expect(phone.locator("[data-photo-list] img")).to_have_count(1)
    with phone.expect_event("dialog") as asked:
        phone.evaluate("setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    phone.context.set_offline(False)
    expect(phone.locator("[data-said] .notice-success")).to_be_visible()
    assert said(apart) == ["井盖破损"]
    expect(phone.locator("#id_description")).to_have_value("")


@pytest.mark.parametrize("store", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_device_that_keeps_nothing_sends_all_the_same(phone, apart, store):
    phone.add_init_script(store)
    phone.goto("/public/")
    fill(phone)
    send(phone)
    phone.wait_for_url("**/public/sent/")
    assert said(apart) == ["井盖破损"]


def test_an_answer_lost_on_the_way_makes_no_second_report(phone, apart):
    phone.goto("/public/")
    fill(phone)

    def lose(route):
        if not _posts(route):
            return route.fallback()
        route.fetch()
        return route.abort()

    phone.route(REPORT, lose)
    send(phone)
    expect(waiting(phone)).to_have_count(1)
    phone.unroute(REPORT)
    phone.reload()
    expect(phone.locator("[data-said] .notice-success")).to_be_visible()
    expect(waiting(phone)).to_have_count(0)
    assert said(apart) == ["井盖破损"]


# --- it is corrected ------------------------------------------------------------------------
def test_what_is_refused_stays_with_its_photos(phone, apart):
    phone.goto("/public/")
    fill(phone)
    phone.locator("#id_phone").fill("abc")
    send(phone)
    expect(phone.locator("#report .errorlist")).to_contain_text("不是电话号码")
    expect(phone.locator("[data-photo-list] img")).to_have_count(1)
    expect(phone.locator("#id_description")).to_have_value("井盖破损")
    assert phone.locator("#id_lon").input_value()
    expect(waiting(phone)).to_have_count(0)
    phone.locator("#id_phone").fill(PHONE)
    send(phone)
    phone.wait_for_url("**/public/sent/")
    assert apart(lambda: Case.objects.get().attachments.count()) == 1


def test_what_was_refused_later_comes_back_into_the_form(phone, apart):
    phone.goto("/public/")
    fill(phone)
    phone.locator("#id_phone").fill("abc")
    phone.context.set_offline(True)
    send(phone)
    expect(waiting(phone)).to_have_count(1)
    phone.context.set_offline(False)
    expect(waiting(phone).locator(".field-error")).to_be_visible()
    waiting(phone).locator("button").first.click()
    expect(phone.locator("#id_phone")).to_have_value("abc")
    expect(phone.locator("#id_description")).to_have_value("井盖破损")
    expect(phone.locator("[data-photo-list] img")).to_have_count(1)
    expect(phone.locator("[data-kind-options] [aria-pressed=true]")).to_have_text("上水井盖")
    expect(waiting(phone)).to_have_count(0)
    phone.locator("#id_phone").fill(PHONE)
    send(phone)
    phone.wait_for_url("**/public/sent/")
    assert said(apart) == ["井盖破损"]


def test_a_text_that_is_too_long_is_not_cut_off(phone, apart):
    phone.goto("/public/")
    fill(phone, "很" * 2100, photo=False)
    expect(phone.locator(".field-count")).to_contain_text("超出 100 字")
    send(phone)
    expect(phone.locator("#report .errorlist")).to_contain_text("文字太长")
    assert len(phone.locator("#id_description").input_value()) == 2100
    assert said(apart) == []
    phone.locator("#id_description").fill("很" * 1990)
    expect(phone.locator(".field-count")).to_have_text("1990/2000 字")
    send(phone)
    phone.wait_for_url("**/public/sent/")
    assert said(apart) == ["很" * 1990]


# --- afterwards -----------------------------------------------------------------------------
@pytest.fixture
def remembering(browser, transactional_db, cast, options):
    """A page in a browser that brings pages back as they were left, as browsers do."""
    own = browser.browser_type.launch(
        executable_path=chromium(), args=FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )  # fmt: skip
    context = own.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    own.close()


@pytest.mark.parametrize("cached", [True, False], ids=["brought back", "loaded anew"])
def test_going_back_another_problem_is_another_report(remembering, phone, apart, cached):
    page = remembering if cached else phone
    page.goto("/public/")
    page.evaluate("globalThis.before = document.getElementById('id_client_uuid').value")
    before = page.locator("#id_client_uuid").input_value()
    fill(page, "第一件事", photo=False)
    send(page)
    page.wait_for_url("**/public/sent/")
    first = apart(lambda: Case.objects.get().number)
    page.evaluate("history.back()")
    expect(page).to_have_url(REPORT)
    expect(page.locator("[data-said]")).to_contain_text(f"已发送，编号 {first}")
    assert page.evaluate("Boolean(globalThis.before)") == cached
    expect(page.locator("#id_description")).to_have_value("")
    assert page.locator("#id_client_uuid").input_value() != before
    fill(page, "第二件事", photo=False)
    send(page)
    page.wait_for_url("**/public/sent/")
    assert said(apart) == ["第一件事", "第二件事"]


def test_number_and_code_are_copied_and_remembered(phone, apart):
    phone.goto("/public/")
    fill(phone)
    phone.locator("#id_phone").fill(PHONE)
    phone.locator("#id_may_text").check()
    send(phone)
    phone.wait_for_url("**/public/sent/")
    report = apart(lambda: PublicReport.objects.select_related("case").get())
    expect(phone.locator("#main")).to_contain_text("138****1234")
    phone.locator("[data-copy]").click()
    expect(phone.locator("[data-copied]")).to_have_text("已复制。")
    copied = phone.evaluate("navigator.clipboard.readText()")
    assert report.case.number in copied
    assert report.code in copied
    phone.goto("/public/track/")
    phone.locator("[data-mine-list] button").click()
    expect(phone.locator(".state-registered")).to_be_visible()
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.locator("[data-forget]").click()
    expect(phone.locator("[data-mine]")).to_be_hidden()
    phone.reload()
    expect(phone.locator("[data-mine]")).to_be_hidden()


def test_where_nothing_is_copied_number_and_code_are_marked(phone):
    phone.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no'));"
        "document.execCommand = () => false;"
    )
    phone.goto("/public/")
    fill(phone, photo=False)
    send(phone)
    phone.wait_for_url("**/public/sent/")
    phone.locator("[data-copy]").click()
    expect(phone.locator("[data-copied]")).to_contain_text("已选中")
    assert phone.locator(".ticket dd").first.inner_text() in phone.evaluate(
        "String(getSelection())"
    )


def test_a_store_of_texts_that_is_forbidden_stops_nothing(phone, apart, cast):
    phone.add_init_script(
        "const get = () => { throw new DOMException('no', 'SecurityError'); };"
        "Object.defineProperty(window, 'localStorage', { get });"
        "Object.defineProperty(window, 'sessionStorage', { get });"
    )
    phone.goto("/public/")
    fill(phone, photo=False)
    send(phone)
    phone.wait_for_url("**/public/sent/")
    expect(phone.locator("[data-kept]")).to_be_hidden()
    assert len(said(apart)) == 1


# --- place and kinds ------------------------------------------------------------------------
def test_the_place_is_said_in_words_and_the_map_goes_there(phone, cast):
    phone.goto("/public/")
    expect(phone.locator("[data-place-words]")).to_have_text("尚未选择地点")
    phone.locator("[data-locate]").click()
    expect(phone.locator("[data-place-words]")).to_have_text("费家营社区 · 培黎街道")
    expect(phone.locator("[data-accuracy]")).to_have_text("± 8 米")
    box = phone.locator("#place-map").bounding_box()
    pin = phone.locator(".map-pin").bounding_box()
    assert abs(pin["x"] + pin["width"] / 2 - box["x"] - box["width"] / 2) < 3
    assert abs(pin["y"] + pin["height"] - box["y"] - box["height"] / 2) < 3


def test_a_vague_position_asks_to_check_the_pin(phone):
    phone.context.set_geolocation({"longitude": HERE[0], "latitude": HERE[1], "accuracy": 3000})
    phone.goto("/public/")
    phone.locator("[data-locate]").click()
    expect(phone.locator("[data-accuracy]")).to_contain_text("请核对图钉位置")


def test_kinds_have_no_scroll_of_their_own(phone, apart, cast):
    apart(_many_kinds, cast)
    phone.goto("/public/")
    phone.locator("[data-group='1']").click()
    expect(phone.locator("[data-kind-options] button")).to_have_count(12)
    phone.locator("[data-kind-more]").click()
    expect(phone.locator("[data-kind-options] button")).to_have_count(31)
    expect(phone.locator("[data-kind-more]")).to_be_hidden()
    cut = "(box) => box.scrollHeight > box.clientHeight + 1"
    assert not phone.locator("[data-kind-options]").evaluate(cut)


def _many_kinds(cast):
    for n in range(2, 32):
        row = cast.cover
        row.pk, row.code, row.name_zh = None, f"01{n:02}", f"井盖{n}"
        row.save()
