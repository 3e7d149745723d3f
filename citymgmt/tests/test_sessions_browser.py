"""Sessions that end in a real browser while somebody types: nothing is lost or goes astray."""

import re

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Attachment, Case
from cases.states import State
from cases.tests.desks import picture
from citymgmt.accounts import actions, passwords, sessions
from citymgmt.accounts.models import User
from citymgmt.tests.browser import PHONE, slow_down
from citymgmt.tests.client import PASSWORD
from citymgmt.tests.lines import line_to
from hotline.models import Call

pytestmark = pytest.mark.browser
WORDS = "校门口井盖破损，来电人等候回复"
COOKIE = configured.SESSION_COOKIE_NAME
NOTICE = "#session-notice"
TELL = "detail => document.dispatchEvent(new CustomEvent('live:event', { detail }))"


def _with_own_password(pk):
    """Whoever was given a password has chosen another one before anything is open to them."""
    user = User.objects.get(pk=pk)
    if passwords.must_change(user):
        passwords.choose(user, "Own-horse-7")
    return user


class Seat:
    """A browser of the live server, and who is signed in on it."""

    def __init__(self, page, apart, url):
        self.page, self._apart, self._url = page, apart, url

    def sign_in(self, user):
        client = Client()
        self._apart(lambda: client.force_login(_with_own_password(user.pk)))
        cookie = {"name": COOKIE, "value": client.cookies[COOKIE].value, "url": self._url}
        self.page.context.add_cookies([cookie])
        return client

    def come_back(self):
        """What a window that gets the focus again tells its page."""
        self.page.evaluate("dispatchEvent(new Event('focus'))")

    def slow_down(self):
        slow_down(self.page)


@pytest.fixture
def seat(transactional_db, cast, live_server, new_page, apart):
    """seat(user): their browser at the live server, which has no websocket."""

    def sit(user, **options):
        page = new_page(base_url=live_server.url, **options)
        page.route_web_socket("**/ws/live/", lambda socket: None)
        made = Seat(page, apart, live_server.url)
        made.client = made.sign_in(user)
        return made

    return sit


# --- the ways -------------------------------------------------------------------------------
def signed_out_in_another_tab(cast, seat):
    seat.client.post("/accounts/sign-out/")


def time_is_up(cast, seat):
    Session.objects.update(expire_date=timezone.now())


def left_unused(cast, seat):
    session = seat.client.session
    session[sessions.USED] = timezone.now().timestamp() - 11 * 60
    session.save()


def another_person_signed_in(cast, seat):
    pass  # see below: the cookie of the browser is theirs


def given_a_new_password(cast, seat):
    actions.set_password(person=cast.acceptor, password="Right-horse-9", by=cast.sysadmin)


def rights_taken_away(cast, seat):
    row = cast.acceptor.memberships.get()
    post, department = row.post, row.department
    actions.dismiss(membership=row, by=cast.sysadmin)
    actions.appoint(user=cast.acceptor, post=post, department=department, by=cast.sysadmin)


def switched_off(cast, seat):
    for active in (False, True):
        cast.acceptor.is_active = active
        actions.save_person(person=cast.acceptor, by=cast.sysadmin)


WAYS = [
    signed_out_in_another_tab, time_is_up, left_unused, another_person_signed_in,
    given_a_new_password, rights_taken_away, switched_off,
]  # fmt: skip


def end(way, cast, seat, apart):
    apart(way, cast, seat)
    if way is another_person_signed_in:
        seat.sign_in(cast.leader)


def says_so(page, way):
    said = "另一人" if way is another_person_signed_in else "您已退出登录"
    expect(page.locator(NOTICE)).to_contain_text(said)
    expect(page.locator(NOTICE)).to_have_count(1)
    expect(page.locator("[name=username]")).to_have_count(0)  # no sign-in page inside the page


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_desk_stays_as_it_is_and_the_action_is_sent_again(cast, seat, apart, begun, console, way):
    case = begun(State.REGISTERED)
    begun(State.REGISTERED, cell=1)
    here = seat(cast.acceptor)
    page = here.page
    page.goto(f"/desk/?queue=accept&case={case.number}")
    form = page.locator("[data-action-form]")
    page.locator('#actions a[href*="/do/reject/"]').click()
    form.locator("[name=reject_reason]").first.wait_for()
    choose(form, "reject_reason", "out_of_scope")
    form.locator("[name=opinion]").fill(WORDS)
    here.slow_down()
    before = page.locator("[data-row]").all_inner_texts()
    end(way, cast, here, apart)
    form.locator("[name=opinion]").press("Control+Enter")
    says_so(page, way)
    expect(form.locator("[name=opinion]")).to_have_value(WORDS)
    assert page.locator("[data-row]").all_inner_texts() == before
    apart(case.refresh_from_db)
    assert case.state == State.REGISTERED

    here.sign_in(cast.acceptor)
    here.come_back()
    expect(page.locator(NOTICE)).to_have_count(0)
    form.locator("[name=opinion]").press("Control+Enter")
    expect(page.locator(f"#row-{case.number}")).to_have_count(0)
    apart(case.refresh_from_db)
    assert case.state == State.VOID
    console.clear()


def choose(form, name, value):
    """From a list or from a group of buttons."""
    buttons = form.locator(f"[name={name}][type=radio]")
    if buttons.count():
        form.locator(f"[name={name}][value={value}]").check()
    else:
        form.locator(f"[name={name}]").select_option(value)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_call_stays_in_its_form_and_is_saved_after_signing_in(cast, seat, apart, console, way):
    here = seat(cast.acceptor)
    page = here.page
    page.goto("/hotline/")
    take_call(cast, page)
    here.slow_down()
    end(way, cast, here, apart)
    page.locator("#call [name=content]").press("Control+Enter")
    says_so(page, way)
    expect(page.locator("#call [name=content]")).to_have_value(WORDS)
    assert apart(Call.objects.count) == 0

    here.sign_in(cast.acceptor)
    here.come_back()
    expect(page.locator(NOTICE)).to_have_count(0)
    page.locator("#call [name=content]").press("Control+Enter")
    expect(page.locator("#call [name=content]")).to_have_value("")
    assert apart(lambda: Call.objects.get().content) == WORDS
    console.clear()


def take_call(cast, page):
    page.fill("#call [name=phone]", "13893101234")
    page.fill("#call [name=content]", WORDS)
    page.fill("#call [name=address]", "培黎街道")
    middle = cast.cells[0].geometry.centroid
    page.evaluate(
        """([lon, lat, id]) => {
            const { elements } = document.getElementById("call");
            [elements.lon.value, elements.lat.value, elements.matter_class.value] = [lon, lat, id];
        }""",
        [middle.x, middle.y, cast.cover.pk],
    )


def test_photos_of_a_report_stay_while_one_signs_in_again(cast, seat, apart, console):
    here = seat(cast.acceptor)
    page = here.page
    page.goto("/desk/new/")
    form = page.locator("[data-report-form]")
    form.locator("[name=description]").fill(WORDS)
    form.locator("[data-photo-input]").set_input_files(picture())
    expect(form.locator("[data-photo-list] img")).to_have_count(1)
    end(signed_out_in_another_tab, cast, here, apart)
    form.locator("[name=description]").press("Control+Enter")
    says_so(page, signed_out_in_another_tab)
    expect(form.locator("[data-photo-list] img")).to_have_count(1)
    expect(form.locator("[name=description]")).to_have_value(WORDS)
    assert apart(Case.objects.count) == apart(Attachment.objects.count) == 0
    console.clear()


def test_lists_go_on_by_themselves_after_signing_in_again(cast, seat, apart, begun, console):
    here = seat(cast.acceptor)
    page = here.page
    first = begun(State.REGISTERED)
    page.goto(f"/desk/?queue=accept&case={first.number}")
    end(signed_out_in_another_tab, cast, here, apart)
    second = begun(State.REGISTERED, cell=1)
    event = {"case": second.number, "seq": 99, "action": "report"}
    page.evaluate(
        "detail => document.dispatchEvent(new CustomEvent('live:event', { detail }))", event
    )
    says_so(page, signed_out_in_another_tab)
    expect(page.locator(f"#row-{second.number}")).to_have_count(0)
    here.sign_in(cast.acceptor)
    here.come_back()
    expect(page.locator(f"#row-{second.number}")).to_have_count(1)
    console.clear()


def test_signing_in_again_in_a_window_of_its_own_brings_the_page_back(cast, seat, apart, console):
    apart(_password_for, cast.acceptor)
    here = seat(cast.acceptor)
    page = here.page
    page.goto("/hotline/")
    take_call(cast, page)
    end(signed_out_in_another_tab, cast, here, apart)
    page.locator("#call [name=content]").press("Control+Enter")
    with page.context.expect_page() as opened:
        page.locator(NOTICE).get_by_role("link").click()
    window = opened.value
    window.fill("[name=username]", "acceptor")
    window.fill("[name=password]", PASSWORD)
    with window.expect_event("close"):
        window.press("[name=password]", "Enter")
    expect(page.locator(NOTICE)).to_have_count(0)
    page.locator("#call [name=content]").press("Control+Enter")
    expect(page.locator("#call [name=content]")).to_have_value("")
    assert apart(Call.objects.count) == 1
    console.clear()


def _password_for(user):
    user.set_password(PASSWORD)
    user.save()


def test_a_form_without_a_network_stays_where_it_is(cast, seat, apart, console):
    here = seat(cast.acceptor)
    page = here.page
    page.goto("/hotline/")
    take_call(cast, page)
    page.context.set_offline(True)
    page.locator("#call [name=content]").press("Control+Enter")
    expect(page.locator("#call [role=alert]")).to_contain_text("没有连接")
    expect(page.locator("#call [name=content]")).to_have_value(WORDS)
    page.context.set_offline(False)
    page.locator("#call [name=content]").press("Control+Enter")
    expect(page.locator("#call [name=content]")).to_have_value("")
    assert apart(Call.objects.count) == 1
    console.clear()


# --- drafts ---------------------------------------------------------------------------------
def typed_then_lost(here):
    """A call is typed and the page is gone, as after a crash."""
    page = here.page
    page.goto("/hotline/")
    page.locator("#call [name=content]").press_sequentially(WORDS)
    page.locator("#call [name=phone]").press_sequentially("13893101234")
    page.wait_for_function("Object.keys(localStorage).some(key => key.startsWith('draft:'))")
    page.goto("about:blank")
    page.goto("/hotline/")
    return page


def test_what_was_typed_comes_back_after_a_crash_and_can_be_dropped(cast, seat):
    page = typed_then_lost(seat(cast.acceptor))
    expect(page.locator("#call [name=content]")).to_have_value(WORDS)
    expect(page.locator("#call [name=phone]")).to_have_value("13893101234")
    page.locator(".draft-line button").click()
    expect(page.locator("#call [name=content]")).to_have_value("")
    page.goto("/hotline/")
    expect(page.locator(".draft-line")).to_have_count(0)
    expect(page.locator("#call [name=content]")).to_have_value("")


def test_a_draft_is_shown_to_nobody_else(cast, seat):
    here = seat(cast.acceptor)
    typed_then_lost(here)
    here.sign_in(cast.shift_leader)
    here.page.goto("/hotline/")
    expect(here.page.locator("#call [name=content]")).to_have_value("")
    here.sign_in(cast.acceptor)
    here.page.goto("/hotline/")
    expect(here.page.locator("#call [name=content]")).to_have_value(WORDS)


def test_a_draft_goes_when_its_author_signs_out(cast, seat):
    here = seat(cast.acceptor)
    page = typed_then_lost(here)
    page.locator(".bar-person summary").click()
    page.locator(".bar-person [data-sign-out] button").click()
    page.wait_for_url(re.compile("/accounts/sign-in/"))
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []
    here.sign_in(cast.acceptor)
    page.goto("/hotline/")
    expect(page.locator("#call [name=content]")).to_have_value("")


def test_a_draft_goes_when_the_server_took_it(cast, seat, apart):
    here = seat(cast.acceptor)
    page = typed_then_lost(here)
    take_call(cast, page)
    page.locator("#call [name=content]").press("Control+Enter")
    expect(page.locator("#call [name=content]")).to_have_value("")
    assert apart(Call.objects.count) == 1
    page.goto("/hotline/")
    expect(page.locator("#call [name=content]")).to_have_value("")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


# --- for want of use ------------------------------------------------------------------------
def test_a_minute_before_the_end_a_page_asks_and_any_input_stays(cast, seat, settings):
    settings.IDLE_MINUTES = 61 / 60
    page = seat(cast.acceptor).page
    page.goto("/desk/")
    expect(page.locator(NOTICE)).to_contain_text("后将自动退出登录")
    settings.IDLE_MINUTES = 10  # else the next minute before the end begins a second later
    page.locator(NOTICE).get_by_role("button").click()
    expect(page.locator(NOTICE)).to_have_count(0)


def test_a_desk_nobody_touches_says_that_it_is_signed_out(cast, seat, settings, apart, console):
    settings.IDLE_MINUTES = 2 / 60
    page = seat(cast.acceptor).page
    page.goto("/desk/")
    expect(page.locator(NOTICE)).to_contain_text("您已退出登录")
    expect(page.locator("[data-live-status]")).to_have_attribute("data-status", "signed-out")
    assert apart(Session.objects.count) == 0
    console.clear()


# --- the phone ------------------------------------------------------------------------------
def test_a_phone_keeps_what_waits_and_says_signed_out(cast, seat, apart, console):
    here = seat(cast.collector, viewport=PHONE)
    page = here.page
    page.goto("/field/")
    for way in (signed_out_in_another_tab, another_person_signed_in):
        end(way, cast, here, apart)
        page.evaluate(
            """async () => {
                const { put, send } = await import("/static/js/field/outbox.js");
                const item = { url: "/api/v1/cases/", title: "x", fields: {}, photos: [] };
                await put(item);
                await send();
            }"""
        )
        expect(page.locator("[data-outbox]")).to_contain_text("已退出登录")
    assert apart(Case.objects.count) == 0
    console.clear()


# --- websocket and wall, over a running city ------------------------------------------------
def enter(city, page, username, path):
    page.goto(f"{city}/accounts/sign-in/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
    page.goto(f"{city}{path}")
    live(page)


def live(page):
    expect(page.locator("[data-live-status]")).to_have_attribute("data-status", "live")


@pytest.fixture
def sockets():
    return []


def count_sockets(page, sockets):
    def opened(socket):
        sockets.append(socket.url)

    page.on("websocket", opened)


@pytest.mark.parametrize("reason", ["silence", "online", "visibilitychange"])
def test_a_line_that_fell_silent_is_opened_anew(city, new_page, sockets, reason):
    """Twenty-five seconds after the last word; at once when the network or the page comes back."""
    with line_to(city) as line:
        page = new_page()
        count_sockets(page, sockets)
        page.clock.install()
        enter(line.address, page, "acceptor", "/desk/")
        line.freeze()
        before = len(sockets)
        page.clock.fast_forward(26_000 if reason == "silence" else 13_000)
        if reason == "online":
            page.evaluate("dispatchEvent(new Event('online'))")
        elif reason == "visibilitychange":
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.clock.run_for(2_000)
        live(page)
        assert len(sockets) > before


@pytest.mark.parametrize(("username", "path"), [("acceptor", "/desk/"), ("leader", "/wall/")])
def test_an_open_page_says_at_once_that_it_is_over(
    city, new_page, sockets, console, username, path
):
    page = new_page()
    enter(city, page, username, path)
    count_sockets(page, sockets)
    other = page.context.new_page()
    other.goto(f"{city}/accounts/profile/")
    other.locator(".bar-person summary").click()
    other.locator(".bar-person [data-sign-out] button").click()
    expect(page.locator("[data-live-status]")).to_have_attribute("data-status", "signed-out")
    expect(page.locator(NOTICE)).to_contain_text("您已退出登录")
    if path == "/wall/":
        expect(page.locator("#stale")).to_contain_text("大屏已退出登录")
    page.clock.install()
    page.clock.fast_forward(60_000)
    expect(page.locator("[data-live-status]")).to_have_attribute("data-status", "signed-out")
    assert sockets == []
    console.clear()


def test_a_screen_that_is_withdrawn_says_signed_out(city, new_page, console):
    wall, desk = new_page(), new_page()
    enter(city, wall, "screen", "/wall/")
    enter(city, desk, "sysadmin", "/accounts/screens/")
    desk.get_by_role("button", name="停用").click()
    expect(wall.locator("#stale")).to_contain_text("大屏已退出登录")
    expect(wall.locator("[data-live-status]")).to_have_attribute("data-status", "signed-out")
    console.clear()
