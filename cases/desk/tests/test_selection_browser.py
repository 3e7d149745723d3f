"""What a desk shows is what is selected: on a slow line and a slow machine, whatever comes when.

Every page here has 150 ms of latency and a processor five times slower; the test is its websocket.
"""

import itertools
import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cases.states import State
from cases.tests.cast import act, bring, report
from cases.tests.desks import picture
from citymgmt.tests.browser import slow_down

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESKS = {
    "acceptor": ("/desk/?queue=accept", State.REGISTERED, "accept"),
    "shift_leader": ("/desk/?queue=to_file", State.TO_FILE, "file"),
    "dispatcher": ("/desk/?queue=to_dispatch", State.TO_DISPATCH, "dispatch"),
    "liaison": ("/terminal/", State.TO_DISPOSE, "assign"),
}


class Feed:
    """The websocket of a page: `tell` says that something was done to a case."""

    def __init__(self, page):
        self.sockets, self.heard, self.seq = [], [], 0
        page.route_web_socket("**/ws/live/", self._open)

    def _open(self, socket):
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))

    def _hear(self, socket, message):
        self.heard.append(message)
        if message["type"] == "hello":
            self.seq = message["since"] or 0
            socket.send(json.dumps({"type": "welcome", "seq": self.seq}))

    def tell(self, number):
        self.seq += 1
        self.send({"type": "event", "seq": self.seq, "case": number})

    def send(self, message):
        self.sockets[-1].send(json.dumps(message))


@pytest.fixture
def seat(transactional_db, cast, live_server, new_page, apart, console):
    """seat(name): that person's browser on a slow line and machine; its feed is `page.feed`."""

    def sit(name):
        page, client = new_page(base_url=live_server.url), Client()
        apart(client.force_login, getattr(cast, name))
        cookie = settings.SESSION_COOKIE_NAME
        value = client.cookies[cookie].value
        page.context.add_cookies([{"name": cookie, "value": value, "url": live_server.url}])
        page.feed = Feed(page)
        slow_down(page)
        return page

    yield sit
    # What was given up is the point of these tests; htmx calls it an error.
    console[:] = [said for said in console if not re.search("htmx:(afterRequest|sendAbort)", said)]


def waiting(cast, state, count):
    """Cases in a state, the one due first at the head."""
    now = timezone.now() - timedelta(minutes=20)
    made = []
    for n in range(count):
        at = now + timedelta(minutes=n)
        made.append(bring(cast, state, at=at, minutes=0, case=report(cast, at=at, cell=n % 4)))
    return [case.number for case in made]


def agrees(page, number):
    """List, address, work area and buttons are of the same case, and alive."""
    expect(page.locator(f'#work [data-case="{number}"]')).to_have_count(1)
    expect(page.locator(f"#row-{number}")).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-row][aria-current]")).to_have_count(1)
    expect(page.locator(f'#actions[data-of="{number}"]:not([inert])')).to_have_count(1)
    expect(page.locator("#main")).to_have_attribute("aria-busy", "false")
    buttons = page.locator("#buttons a")
    expect(buttons.first).to_have_attribute("href", re.compile(f"/cases/{number}/do/"))
    expect(page).to_have_url(re.compile(f"case={number}"))


def at_rest(page, number):
    """It agrees, and still does when nothing is under way any more."""
    agrees(page, number)
    page.wait_for_load_state("networkidle")
    agrees(page, number)


def stands_still(page, number):
    """The case is in view and nothing is under way: while something is, no key acts."""
    expect(page.locator(f'#work [data-case="{number}"]')).to_have_count(1)
    page.wait_for_load_state("networkidle")


# Inside the page: interception from outside let a request through now and then.
CUT = """(part) => {
  const { open } = XMLHttpRequest.prototype;
  globalThis.mend = () => { XMLHttpRequest.prototype.open = open; };
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    const lost = String(url).includes(part) ? "http://127.0.0.1:9/" : url;
    return open.call(this, method, lost, ...rest);
  };
}"""


def cut(page, part):
    """From now on, what goes to an address with this part never arrives."""
    page.evaluate(CUT, part)


def mend(page):
    page.evaluate("() => globalThis.mend()")


def open_form(page, action):
    form = page.locator(f"[data-action-form={action}]")
    expect(form).to_be_visible()
    expect(form.locator(":focus")).to_have_count(1)
    return form


# --- 1 · the next case ------------------------------------------------------------------------
MOMENTS = {
    "while it is sent": ["request POST"],
    "as it is answered": ["response POST"],
    "with every later question": ["request POST", "response POST", "request GET", "response GET"],
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", DESKS)
def test_after_an_action_everything_shows_the_next_case(cast, seat, apart, name, moment):
    url, state, action = DESKS[name]
    numbers = apart(waiting, cast, state, 4)
    page = seat(name)
    page.goto(url)
    stands_still(page, numbers[0])
    acted, told = [], []

    def watch(kind):
        def seen(request):
            said = f"{kind} {request.method}"
            path = request.url.split("?")[0]
            if acted and said in MOMENTS[moment] and len(told) < 6 and "/static/" not in path:
                told.append(said)
                page.feed.tell(acted[-1])

        return seen

    page.on("request", watch("request"))
    page.on("requestfinished", watch("response"))
    for now, following in itertools.pairwise(numbers):
        page.keyboard.press("Enter")
        open_form(page, action)
        if name == "shift_leader":
            page.keyboard.press("Space")  # the first of two filing conditions
        acted.append(now)
        told.clear()
        page.keyboard.press("Control+Enter")
        at_rest(page, following)
        assert told


def test_an_answer_about_the_case_before_is_dropped(cast, seat, apart):
    """A refresh of the first case that is answered after the second was chosen."""
    first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    stands_still(page, first)
    held = []
    page.route(re.compile(f"/cases/{first}/\\?back"), lambda route: held.append(route))
    apart(act, cast, case_of(first, apart), "urge", "shift_leader", opinion="快", at=timezone.now())
    with page.expect_request(re.compile(f"/cases/{first}/\\?back")):
        page.feed.tell(first)
    page.keyboard.press("j")
    agrees(page, second)
    held[0].continue_()
    at_rest(page, second)


def case_of(number, apart):
    from cases.models import Case

    return apart(Case.objects.get, number=number)


def test_an_older_list_never_replaces_a_newer_one(cast, seat, apart):
    _first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    expect(page.locator("[data-row]")).to_have_count(2)
    held, lists = [], re.compile(r"/desk/\?.*size=")
    page.route(lists, lambda route: held.append(route), times=1)
    with page.expect_request(lists):
        page.feed.tell(second)
    page.evaluate("0")  # the browser tells of the request first, then hands it over
    answer = held[0].fetch()
    apart(act, cast, case_of(second, apart), "accept", "acceptor", at=timezone.now())
    page.feed.tell(second)
    expect(page.locator(f"#row-{second}")).to_have_count(0)
    held[0].fulfill(response=answer)
    page.wait_for_load_state("networkidle")
    expect(page.locator(f"#row-{second}")).to_have_count(0)


def test_without_an_answer_the_mark_goes_back_to_what_is_shown(cast, seat, apart, console):
    first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto(f"/desk/?queue=accept&case={first}")
    at_rest(page, first)
    cut(page, second)
    page.keyboard.press("j")
    expect(page.locator("#toasts [role=alert]")).to_be_visible()
    agrees(page, first)
    mend(page)
    page.keyboard.press("j")
    at_rest(page, second)
    console.clear()  # the cut was the point


FOREIGN = {"status": 200, "content_type": "text/html", "body": "<b>Sign in to the network</b>"}


def test_what_another_network_answers_comes_into_no_part_of_the_desk(cast, seat, apart):
    """Neither lists nor case: the mark goes back to what is shown, and the desk goes on."""
    first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto(f"/desk/?queue=accept&case={first}")
    at_rest(page, first)
    desk = re.compile(r"/desk/\?")
    page.route(desk, lambda route: route.fulfill(**FOREIGN))
    page.keyboard.press("j")
    expect(page.locator("#toasts")).to_contain_text("应答的不是中心")
    agrees(page, first)
    page.feed.tell(second)
    expect(page.locator("#toasts")).to_contain_text("可能不是最新")
    expect(page.locator("[data-row]")).to_have_count(2)
    assert "Sign in to the network" not in page.content()
    page.unroute(desk)
    page.keyboard.press("j")
    at_rest(page, second)


# --- 2 · keys ---------------------------------------------------------------------------------
def test_no_key_acts_while_another_case_is_on_its_way(cast, seat, apart):
    first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    stands_still(page, first)
    held, asked = [], []
    page.route(re.compile(f"case={second}"), lambda route: held.append(route))
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("j")
    expect(page.locator("#actions")).to_have_attribute("inert", "")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-action-form]")).to_have_count(0)
    held[0].continue_()
    at_rest(page, second)
    assert not [url for url in asked if "/do/" in url]
    page.keyboard.press("2")
    form = open_form(page, "send_verify")
    expect(form).to_have_attribute("action", f"/cases/{second}/do/send_verify/")


def test_no_key_acts_over_an_open_form_or_one_that_is_sent(cast, seat, apart):
    first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    stands_still(page, first)
    page.keyboard.press("2")
    form = open_form(page, "send_verify")
    form.locator("[data-opinion]").fill("请看现场")
    page.locator(".case-head h1").click()
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    expect(form.locator("[data-opinion]")).to_have_value("请看现场")
    held = []
    page.route("**/do/send_verify/", lambda route: held.append(route))
    form.locator("[data-send]").click()
    expect(form).to_have_attribute("data-sending", "true")
    page.keyboard.press("j")
    page.locator(f"#row-{second} a").click()
    expect(form.locator("[data-opinion]")).to_have_value("请看现场")
    held[0].continue_()
    at_rest(page, second)


# --- 3 · refusals -----------------------------------------------------------------------------
def test_who_comes_second_hears_who_was_first_and_sees_what_is_possible(cast, seat, apart, console):
    first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    stands_still(page, first)
    page.keyboard.press("Enter")
    form = open_form(page, "accept")
    form.locator("[data-opinion]").fill("属实，受理")
    apart(act, cast, case_of(first, apart), "accept", "acceptor", at=timezone.now())
    page.keyboard.press("Control+Enter")
    said = form.locator("[data-refusal][role=alert]")
    expect(said).to_contain_text("Acceptor (受理员)")
    expect(said).to_contain_text("受理")
    expect(form.locator("[data-opinion]")).to_have_value("属实，受理")
    expect(page.locator("#buttons [data-action=accept]")).to_have_count(0)
    expect(page.locator(f"#row-{first}")).to_have_count(0)
    expect(form.locator("[data-send]")).to_be_disabled()
    expect(page.locator("#toasts > *")).to_have_count(0)
    page.locator(f"#row-{second} a").click()
    at_rest(page, second)
    console.clear()  # the 409 was the point


def test_a_form_of_what_is_no_longer_possible_says_so_before_it_is_sent(cast, seat, apart):
    (number,) = apart(waiting, cast, State.REGISTERED, 1)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    stands_still(page, number)
    page.keyboard.press("Enter")
    form = open_form(page, "accept")
    form.locator("[data-opinion]").fill("属实")
    apart(act, cast, case_of(number, apart), "accept", "acceptor", at=timezone.now())
    page.feed.tell(number)
    expect(form.locator("[data-doubt]")).to_contain_text("Acceptor (受理员)")
    expect(form.locator("[data-send]")).to_be_disabled()
    expect(form.locator("[data-opinion]")).to_have_value("属实")


@pytest.mark.parametrize("name", ["acceptor", "liaison"])
def test_a_cut_line_is_told_in_the_form_and_covers_nothing(cast, seat, apart, console, name):
    url, state, action = DESKS[name]
    number, following = apart(waiting, cast, state, 2)
    page = seat(name)
    page.goto(url)
    stands_still(page, number)
    page.keyboard.press("Enter")
    form = open_form(page, action)
    form.locator("[data-opinion]").fill("收到")
    cut(page, f"/do/{action}/")
    page.keyboard.press("Control+Enter")
    expect(form.locator("[data-refusal][role=alert]")).to_contain_text("与服务器没有连接")
    expect(page.locator("#toasts > *")).to_have_count(0)
    mend(page)
    form.locator("[data-send]").click()
    at_rest(page, following)
    console.clear()  # the cut was the point


# --- 4 · who else -----------------------------------------------------------------------------
def test_who_else_has_the_case_open_is_shown_for_the_case_in_view_only(cast, seat, apart):
    first, second = apart(waiting, cast, State.REGISTERED, 2)
    page = seat("acceptor")
    page.goto("/desk/?queue=accept")
    stands_still(page, first)
    other = {"name": "张三", "post": {"zh-hans": "受理员", "en": "Acceptor"}}
    line = page.locator("[data-presence]")
    page.feed.send({"type": "presence", "case": second, "people": [other]})
    expect(line).to_be_hidden()
    page.feed.send({"type": "presence", "case": first, "people": [other]})
    expect(line).to_have_text(re.compile(r"张三 \(受理员\) 正在查看"))
    page.keyboard.press("j")
    at_rest(page, second)
    expect(line).to_be_hidden()
    opened = [said["case"] for said in page.feed.heard if said["type"] == "open"]
    assert opened == [first, second]


# --- 5 · photos -------------------------------------------------------------------------------
def test_the_send_button_of_a_disposal_stays_in_view_and_its_opinion_is_empty(cast, seat, apart):
    since = timezone.now() - timedelta(minutes=20)
    case = apart(bring, cast, State.DISPOSING, at=since, minutes=0)
    page = seat("handler")
    page.goto(f"/terminal/?case={case.number}")
    stands_still(page, case.number)
    page.keyboard.press("Enter")
    form = open_form(page, "dispose")
    expect(form.locator("[data-opinion]")).to_have_value("")
    for n, colour in enumerate(("green", "blue", "red"), start=1):
        form.locator("[data-photo-input]").set_input_files(picture(colour))
        expect(form.locator("[data-photo-list] img")).to_have_count(n)
    expect(form.locator("[data-send]")).to_be_in_viewport(ratio=1)
    form.locator("[data-phrase]").first.click()
    expect(form.locator("[data-opinion]")).not_to_have_value("")


def test_an_inspector_reads_the_departments_words_without_scrolling(cast, seat, apart):
    case = apart(
        bring, cast, State.FEEDBACK_IN, at=timezone.now() - timedelta(minutes=40), minutes=0
    )
    page = seat("inspector")
    page.goto(f"/desk/?queue=feedback_in&case={case.number}")
    words = page.locator(".result-words")
    expect(words).to_be_in_viewport(ratio=1)
    expect(words.locator("time")).to_be_visible()
    page.keyboard.press("Enter")
    open_form(page, "pass_check")
    expect(words).to_be_in_viewport(ratio=1)
