"""No page shows its person an input that leads nowhere; checked on every page of every post."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from cases.states import State
from cases.tests.cast import act, bring, person, report
from citymgmt.tests.inputs import HOOKS, dead_inputs, sent_by
from citymgmt.tests.pages import PAGES
from dispatch.loading import load_escalation, load_routing
from grid.rota import load_shifts

POSTS = sorted({page.post for page in PAGES.values()} | {"inspector"})
# Where a link of a page leads that is a page of its own, each kind of address once.
INNER = re.compile(r'href="(/[^"#]*)')
APART = re.compile(r"^/(static|media|photos|api|public)|as=(csv|xlsx)|sign-out|\.json|/print")
MOST = 60
# What ends the session of whoever is signed in.
ENDS = re.compile(r"sign-out|/session/|/api/")


# --- the measure ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("html", "dead"),
    [
        ("<form method=post><input name=a><button>Go</button></form>", []),
        ("<form method=post><input name=a><button type=button>x</button></form>", ["a"]),
        ("<form method=post><input name=a><button disabled>Go</button></form>", ["a"]),
        ("<form method=post><input name=a><input type=submit></form>", []),
        ("<form method=post><input type=hidden name=a></form>", []),
        ("<form><input name=a></form>", []),
        ("<input name=a>", ["a"]),
        ("<form hx-post=/x/><input name=a></form>", ["a"]),
        ("<div hidden><input name=a></div><template><input name=b></template>", []),
        ("<form id=f method=post><button>Go</button></form><input name=a form=f>", []),
        ("<input name=a form=f>", ["a"]),
        ("<form id=f method=post><input name=a></form><button form=f>Go</button>", []),
        ("<label data-compare><input type=range></label>", []),
        ("<select name=a disabled></select><textarea name=b></textarea>", ["b"]),
    ],
)
def test_what_is_dead(html, dead):
    assert [words.split("] ")[-1] for words in dead_inputs(html)] == dead


def test_a_form_is_sent_where_its_button_or_itself_says():
    page = """<form method=post><button>a</button></form>
    <form method=post action=/b/><input type=hidden name=x value=1><button>b</button></form>
    <form method=post><button formaction=/c/ hx-post=/d/>c</button><button hx-post=/e/></form>
    <form hx-post=/f/><button>f</button></form><form action=/g/><button>g</button></form>"""
    assert sent_by(page, "/a/") == [
        ("/a/", {}), ("/b/", {"x": "1"}), ("/d/", {}), ("/e/", {}), ("/f/", {}),
    ]  # fmt: skip


@pytest.mark.parametrize(("hook", "script"), HOOKS.items())
def test_every_hook_is_in_its_script(hook, script):
    words = "".join(part.capitalize() for part in hook.removeprefix("data-").split("-"))
    name = words[0].lower() + words[1:]
    text = (settings.BASE_DIR / "static" / script).read_text()
    assert hook in text or name in text


# --- the pages ------------------------------------------------------------------------------
@pytest.fixture
def town(cast):
    """With a case in every kind of state, and what the other pages list."""
    load_routing()
    load_escalation()
    load_shifts()
    for name in ("secadmin", "auditor"):
        person(cast, name, name, cast.center)
    at = timezone.now() - timedelta(hours=30)
    states = (
        State.REGISTERED, State.TO_FILE, State.TO_DISPATCH, State.DISPOSING, State.DEPT_REVIEW,
        State.FEEDBACK_IN, State.TO_CHECK, State.CHECKING, State.CLOSED,
    )  # fmt: skip
    for state in states:
        bring(cast, state, at=at)
    pending = bring(cast, State.TO_DISPOSE, at=at, case=report(cast, at=at, cell=2))
    act(cast, pending, "extend", "liaison", at=at + timedelta(hours=1), opinion="等待材料")
    return cast


def pages_of(client, post):
    """(address, text) of the pages of a post, and of each kind of page that they lead to."""
    ahead = [page.address for page in PAGES.values() if page.post == post] or ["/"]
    known: set[str] = set()
    while ahead and len(known) < MOST:
        address = ahead.pop(0).replace("&amp;", "&")
        kind = re.sub(r"\d+", "N", address)
        if kind in known or APART.search(address):
            continue
        known.add(kind)
        answer = client.get(address, follow=True)
        if answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            continue
        text = answer.content.decode()
        yield address, text
        ahead += INNER.findall(text)


@pytest.mark.parametrize("post", POSTS)
def test_no_page_shows_an_input_that_leads_nowhere(town, client, post):
    """Nor a form that its person may not send: what was typed is refused, never who sent it."""
    if post:
        client.force_login(getattr(town, post))
    pages = dict(pages_of(client, post))
    assert len(pages) > 2
    dead = {address: dead_inputs(text) for address, text in pages.items()}
    assert {address: words for address, words in dead.items() if words} == {}
    forms = {to: hidden for address, text in pages.items() for to, hidden in sent_by(text, address)}
    answers = {
        to: client.post(to, hidden).status_code
        for to, hidden in forms.items()
        if not ENDS.search(to)
    }
    assert {to: status for to, status in answers.items() if status in (403, 405)} == {}
