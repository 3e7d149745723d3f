"""Small doors: what browsers keep, whom pages talk to, who may listen, who may read the files."""

import asyncio
import os
import stat
import subprocess
import sys
from importlib import reload
from pathlib import Path
from urllib.parse import urlencode

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as installed
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import clear_url_caches

from citymgmt import urls
from citymgmt.accounts import tokens
from citymgmt.lib import env
from citymgmt.lib.addresses import CleanAddresses
from citymgmt.lib.origins import OwnOrigin
from citymgmt.tests.pages import PAGES
from citymgmt.tests.visits import POSTS

ROOT = Path(installed.BASE_DIR)
# What a person's own browser may keep: layers of places, the shell of the phone pages.
KEPT = ("/map/base.json", "/field/worker.js")


# --- what is kept ---------------------------------------------------------------------------
@pytest.mark.parametrize("post", [post for post in POSTS if post])
def test_nobody_keeps_a_page_of_somebody_signed_in(town, client, post):
    client.force_login(getattr(town, post))
    pages = [page.address for page in PAGES.values() if page.post == post]
    kept = [address for address in pages if not _unkept(client.get(address, follow=True))]
    assert kept == []


def _unkept(answer):
    return "no-store" in answer.headers.get("Cache-Control", "")


def test_refusals_files_and_scripts_answers_are_not_kept_either(town, client):
    client.force_login(town.shift_leader)
    for address, status in (
        ("/accounts/people/", 403), ("/nowhere/", 404), ("/cases/?as=csv", 200),
        ("/accounts/session/", 200), ("/map/cases.json?bbox=103,36,104,37", 200),
        ("/map/search.json?q=培黎", 200), ("/notices/count/", 200),
    ):  # fmt: skip
        answer = client.get(address)
        assert (answer.status_code, _unkept(answer)) == (status, True), address


@pytest.mark.parametrize("path", ["cases/", "ref/sources/", "cases/none/", "nowhere/"])
@pytest.mark.parametrize("known", [True, False])
def test_no_answer_of_the_interface_is_kept(town, client, path, known):
    key = tokens.by_signing_in(town.acceptor)
    headers = {"Authorization": f"Token {key}"} if known else {}
    assert _unkept(client.get(f"/api/v1/{path}", headers=headers))


def test_places_may_be_kept_by_the_own_browser(town, client):
    client.force_login(town.acceptor)
    for address in KEPT:
        assert "public" not in client.get(address).headers["Cache-Control"]


# --- whom a page talks to -------------------------------------------------------------------
def test_pages_talk_to_this_site_alone(client, db):
    policy = client.get("/accounts/sign-in/").headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["connect-src"] == rules["default-src"] == "'self'"
    assert rules["img-src"] == "'self' data: blob:"
    assert rules["object-src"] == rules["frame-src"] == rules["frame-ancestors"] == "'none'"
    assert not [rule for rule in rules.values() if "*" in rule or "unsafe" in rule]


# --- who listens ----------------------------------------------------------------------------
async def _opened(origin, host, scheme):
    """Whether the socket reaches what is behind the look at its origin."""

    async def behind(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})

    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {
        "type": "websocket", "path": "/ws/live/", "query_string": b"", "scheme": scheme,
        "headers": headers, "subprotocols": [],
    }  # fmt: skip
    talk = ApplicationCommunicator(OwnOrigin(behind), scope)
    await talk.send_input({"type": "websocket.connect"})
    answer = await talk.receive_output(timeout=10)
    talk.stop()
    return answer["type"] == "websocket.accept"


@pytest.mark.parametrize(("origin", "host", "scheme", "own"), [
    ("http://localhost:8000", "localhost:8000", "ws", True),
    ("https://localhost", "localhost", "wss", True),
    ("http://localhost:8001", "localhost:8000", "ws", False),
    ("http://localhost", "localhost:8000", "ws", False),
    ("https://localhost:8000", "localhost:8000", "ws", False),
    ("http://127.0.0.1:8000", "localhost:8000", "ws", False),
    ("http://evil.example:8000", "evil.example:8000", "ws", False),
    ("https://other.example", "localhost:8000", "ws", True),
    ("https://other.example:444", "localhost:8000", "ws", False),
    ("null", "localhost:8000", "ws", False),
    ("http://[", "localhost:8000", "ws", False),
    (None, "localhost:8000", "ws", False),
])  # fmt: skip
def test_only_pages_of_this_site_open_a_websocket(settings, origin, host, scheme, own):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://other.example"]
    assert asyncio.run(_opened(origin, host, scheme)) == own


def test_the_server_looks_at_the_origin():
    from citymgmt.asgi import application

    assert isinstance(application.application_mapping["websocket"], OwnOrigin)


# --- the interface's description ------------------------------------------------------------
@pytest.fixture
def described(settings):
    """Set whether there is a description; the addresses are those of the setting."""

    def set_to(shown):
        settings.API_DOCS = shown
        clear_url_caches()
        reload(urls)

    yield set_to
    set_to(True)


def test_the_description_is_for_who_may_come_in(town, client):
    assert client.get("/api/schema/").status_code == 401
    assert client.get("/api/docs/").url.startswith("/accounts/sign-in/")
    key = tokens.by_signing_in(town.acceptor)
    schema = client.get("/api/schema/", headers={"Authorization": f"Token {key}"})
    assert b"openapi" in schema.content
    client.force_login(town.acceptor)
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/").content.decode()
    assert "<script>" not in page


def test_an_installation_without_a_description(settings, described, town, client):
    described(False)
    client.force_login(town.acceptor)
    assert client.get("/api/schema/").status_code == 404
    assert client.get("/api/docs/").status_code == 404
    assert client.get("/api/v1/ref/sources/").status_code == 200


# --- who reads the files --------------------------------------------------------------------
MAKE = """
import django; django.setup()
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from citymgmt.lib.sms import outbox
connection.cursor().execute("CREATE TABLE made (n integer)")
default_storage.save("cases/2026/photo.jpg", ContentFile(b"x"))
(settings.VAR_DIR / "export.csv").write_text("x")
"""


def _loose(folder):
    """What others than the owner may read or change."""
    found = [folder, *folder.rglob("*")]
    return [str(path) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o066]


def _run(folder):
    known = {"CITYMGMT_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "citymgmt.settings"}
    left = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run([sys.executable, "-c", f"import os; os.umask(0o022)\n{MAKE}"],
                   cwd=ROOT, env=left | known, check=True, timeout=120)  # fmt: skip


def test_what_the_product_makes_its_owner_alone_reads(tmp_path):
    folder = tmp_path / "var"
    _run(folder)
    assert {path.name for path in folder.iterdir()} >= {"city.sqlite3", "media", "secret_key"}
    assert _loose(folder) == []


def test_what_another_version_made_is_closed_at_the_start(tmp_path):
    folder = tmp_path / "var"
    (folder / "media").mkdir(parents=True)
    (folder / "city.sqlite3").touch()
    for path in (folder, folder / "media"):
        path.chmod(0o755)
    (folder / "city.sqlite3").chmod(0o644)
    _run(folder)
    assert _loose(folder) == []
    assert stat.S_IMODE((folder / "media").stat().st_mode) == 0o700


def test_what_is_passed_through_is_not_read(tmp_path):
    path = tmp_path / "var"
    path.mkdir()
    path.chmod(0o755)
    env.own(path, folder=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o711


def test_photos_are_stored_for_their_owner(settings):
    name = default_storage.save("cases/x.jpg", ContentFile(b"x"))
    path = Path(default_storage.path(name))
    modes = stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)
    assert modes == (0o600, 0o700)


# --- odd characters -------------------------------------------------------------------------
def _form(rf, kind, data):
    """What a view finds of a form that was sent."""
    request = rf.post("/x/", data, **kind)
    CleanAddresses(lambda request: None).process_view(request, None, (), {})
    return request.POST


@pytest.mark.parametrize("kind", [{}, {"content_type": "application/x-www-form-urlencoded"}])
def test_forms_hold_no_control_characters(rf, kind):
    sent = {"reason": "a\x00b\x1b\x7f\n\x0bc", "password": "a\x00b", "photo": "x"}
    found = _form(rf, kind, urlencode(sent) if kind else sent)
    assert found["reason"].replace("\r", "") == "ab\n\x0bc"
    assert found["password"] == "a\x00b"
    assert found["photo"] == "x"


@pytest.mark.parametrize(("post", "address", "sent"), [
    ("acceptor", "/desk/new/", {"class_q": "a\x00b", "description": "\x00"}),
    ("acceptor", "/hotline/", {"attach_to": "\x00", "content": "a\x00", "phone": "\x00"}),
    ("sysadmin", "/grid/above/build/", {"community": "62\x00"}),
    ("shift_leader", "/cases/several/", {"number": ["\x00", "1\x00"]}),
])  # fmt: skip
def test_no_control_character_in_a_form_breaks_a_page(town, client, post, address, sent):
    client.raise_request_exception = False
    client.force_login(getattr(town, post))
    assert client.post(address, sent).status_code < 500
