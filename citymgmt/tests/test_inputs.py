"""No page shows its person an input that leads nowhere; checked on every page of every post."""

import re

import pytest
from django.conf import settings

from citymgmt.tests.inputs import HOOKS, dead_inputs, sent_by
from citymgmt.tests.visits import POSTS, pages_of

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
