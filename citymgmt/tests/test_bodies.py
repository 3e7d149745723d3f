"""What a request may bring is counted before it is kept: by path, by sender, however it is sent."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from citymgmt.accounts import tokens

MB = 2**20
ROOT = Path(__file__).resolve().parents[2]
REPORT, TOKEN = "/public/", "/api/v1/token/"


# --- any server ---------------------------------------------------------------------------------
async def sent(path, size, *, announced=True, headers=(), part=64 * 1024, form=None):
    """(status, headers, body, bytes taken) of a POST through the application of the server."""
    from citymgmt.asgi import application

    given = [*headers, (b"host", b"localhost")]
    given += [(b"content-length", str(size).encode())] if announced else []
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "headers": given,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
        "client": ["127.0.0.1", 1], "server": ["localhost", 80], "asgi": {"version": "3.0"},
    }  # fmt: skip
    taken, told = 0, []

    async def receive():
        nonlocal taken
        if taken >= size:
            await asyncio.sleep(60)
        piece = bytes(part) if form is None else form[taken : taken + part]
        taken += part
        return {"type": "http.request", "body": piece, "more_body": taken < size}

    async def send(message):
        told.append(message)

    await application(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in told[1:])
    return told[0]["status"], dict(told[0]["headers"]), body, taken


send = async_to_sync(sent)
JSON = ((b"accept", b"application/json"),)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    "path", [TOKEN, "/accounts/sign-in/", "/public/track/", "/", "/grid/build/"]
)
def test_a_stranger_brings_little_to_pages_that_take_little(path, announced):
    status, headers, body, taken = send(path, 100 * MB, announced=announced)
    assert status == 413
    assert taken <= 128 * 1024
    assert headers[b"X-City".lower()] == b"1"
    if path.startswith("/api/"):
        assert json.loads(body)["code"] == "too_large"
    else:
        assert "<h1>" in body.decode()


@pytest.mark.parametrize("announced", [True, False])
def test_a_public_report_brings_its_photos_and_no_more(settings, announced):
    status, _headers, _body, taken = send(REPORT, 400 * MB, announced=announced)
    assert status == 413
    assert taken <= 4 * settings.PHOTO_MAX_BYTES + 2 * MB


def test_a_length_that_is_no_number_counts_as_none():
    given = ((b"content-length", b"9" * 5000),)
    status, _headers, _body, taken = send(TOKEN, 10 * MB, announced=False, headers=given)
    assert status == 413
    assert taken <= 128 * 1024


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("claim", ["session", "token"])
def test_whoever_is_known_brings_photos(cast, claim):
    path = "/api/v1/photos/"
    right, wrong = claims(cast.collector, claim)
    for headers, code in ((wrong, "signed_out"), ((), "signed_out")):
        status, _headers, body, taken = send(path, 5 * MB, headers=(*headers, *JSON))
        assert (status, json.loads(body)["code"]) == (401, code)
        assert taken == 0
    status, _headers, _body, taken = send(path, 5 * MB, headers=(*right, *JSON))
    assert status in (400, 403, 415)  # the view's own answer to zeros
    assert taken >= 5 * MB
    status, _headers, _body, taken = send(path, 13 * MB, headers=(*right, *JSON))
    assert (status, taken) == (413, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("claim", [b'sessionid="\\000"', b"sessionid=" + b"a" * 9000, b"=;=\xff"])
def test_a_claim_that_is_none_is_a_strangers(cast, claim):
    for headers in (((b"cookie", claim),), ((b"authorization", claim),)):
        assert send("/api/v1/photos/", 5 * MB, headers=(*headers, *JSON))[0] == 401


# --- a form of a page whose session is over -------------------------------------------------------
MULTIPART = (b"content-type", b"multipart/form-data; boundary=----cut")
FORGERY = b"a" * 32  # the token that a page and its browser have
OF_PAGE = (MULTIPART, (b"cookie", b"csrftoken=" + FORGERY), (b"x-csrftoken", FORGERY))
WORDS = "井盖破损\r\n------cu 在校门口"


def form_of(*, photo=5 * MB, words=WORDS, end=b"------cut--\r\n"):
    """What a browser sends of a form with words, a photo and an empty field for more."""
    head = b"------cut\r\nContent-Disposition: form-data; name="
    picture = bytes(range(256)) * (photo // 256) + b"\r\n------cu"
    file = b'; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return b"".join((
        head, b'"description"\r\n\r\n', words.encode(), b"\r\n",
        head, b'"photos"', file, picture, b"\r\n",
        head, b'"more"; filename=""\r\n\r\n\r\n',
        head, b'"address"\r\n\r\n', "校门口".encode(), b"\r\n", end,
    ))  # fmt: skip


@pytest.mark.parametrize("part", [61, 64 * 1024])
@pytest.mark.parametrize("path", ["/desk/new/", "/hotline/"])
def test_what_was_typed_beside_large_photos_is_kept(path, part):
    form = form_of(photo=5 * MB if part > 61 else MB // 8)
    status, _headers, body, taken = send(path, len(form), headers=OF_PAGE, form=form, part=part)
    page = body.decode()
    assert status == 401
    assert WORDS.replace("\r\n", "\n") in page.replace("\r\n", "\n")
    assert "校门口" in page
    assert "照片和文件" in page  # they are to be chosen again
    assert f'action="{path}"' in page
    assert taken >= len(form)


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (form_of(words="字" * 30_000), "/desk/new/"),  # more words than a stranger may send
        (form_of(end=b""), "/desk/new/"),  # cut off
        (form_of(), "/accounts/sign-in/"),  # takes no photos from anybody
        (bytes(5 * MB), "/desk/new/"),
    ],
)
def test_a_form_of_which_nothing_is_kept_is_too_large(form, path):
    status, _headers, _body, _taken = send(path, len(form), headers=(MULTIPART,), form=form)
    assert status == 413


def test_a_script_hears_of_the_ended_session_at_once():
    form = form_of()
    given = (MULTIPART, *JSON)
    status, _headers, body, taken = send("/desk/new/", len(form), headers=given, form=form)
    assert (status, json.loads(body)["code"], taken) == (401, "signed_out", 0)


def test_a_form_too_large_to_be_thrown_away_is_refused(settings):
    settings.BODY_DISCARDED_MOST = MB
    form = form_of()
    status, _headers, _body, taken = send("/desk/new/", len(form), headers=(MULTIPART,), form=form)
    assert (status, taken < 2 * MB) == (413, True)


def claims(person, claim):
    """Headers of one who is known, and of one who pretends."""
    if claim == "token":
        key = tokens.by_signing_in(person)
        return [((b"authorization", f"Token {value}".encode()),) for value in (key, "0" * 40)]
    browser = Client()
    browser.force_login(person)
    key = browser.cookies["sessionid"].value
    return [((b"cookie", f"sessionid={value}".encode()),) for value in (key, "0" * 32)]


# --- the server we ship -------------------------------------------------------------------------
@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """(address, process id) of a web process without a database: what is refused needs none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = tmp_path_factory.mktemp("bodies")
    env = {**os.environ, "CITYMGMT_VAR": str(place), "TIMERS": "0", "DEBUG": "1"}
    env["SQLITE_PATH"] = str(place / "none.sqlite3")
    command = [
        sys.executable,
        "-m",
        "daphne",
        "-v",
        "0",
        "-p",
        str(port),
        "citymgmt.asgi:application",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        wait_for(port, process)
        yield ("127.0.0.1", port), process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port, process):
    for _n in range(600):
        assert process.poll() is None
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError("no server")


@contextmanager
def posting(address, path, lines, kind="text/plain"):
    with socket.create_connection(address, timeout=60) as talk:
        head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", *lines]
        talk.sendall("\r\n".join([*head, "", ""]).encode())
        yield talk


def kept(pid):
    """Bytes in files that the process holds open and that have no name: bodies on disk."""
    found = 0
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if "(deleted)" in os.readlink(handle):
                found += handle.stat().st_size
        except FileNotFoundError:  # closed meanwhile
            continue
    return found


@pytest.mark.parametrize("path", [TOKEN, "/%61pi/v1/token/", "/accounts/sign-in/", REPORT])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_server_keeps_nothing_of_what_is_too_much(server, path, chunked):
    address, pid = server
    size, part = 60 * MB, bytes(MB)
    lines = ["Transfer-Encoding: chunked"] if chunked else [f"Content-Length: {size}"]
    most = 0
    with posting(address, path, lines) as talk:
        for _n in range(size // MB):
            talk.sendall(b"%x\r\n%s\r\n" % (MB, part) if chunked else part)
            most = max(most, kept(pid))
        talk.sendall(b"0\r\n\r\n" if chunked else b"")
        answer = talk.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413")
    assert most <= (42 * MB if path == REPORT and chunked else MB)
    assert kept(pid) <= MB


def test_whoever_sends_on_and_on_is_cut_off(server):
    address, _pid = server
    with posting(address, TOKEN, ["Content-Length: 400000000"]) as talk:
        sent = 0
        with suppress(ConnectionError):
            while sent < 400:
                talk.sendall(bytes(MB))
                sent += 1
    assert sent < 100


def test_the_server_keeps_what_was_typed_and_no_photo(server):
    address, pid = server
    form = form_of(photo=30 * MB)
    token = FORGERY.decode()
    lines = [f"Content-Length: {len(form)}", f"Cookie: csrftoken={token}", f"X-CSRFToken: {token}"]
    most, answer = 0, b""
    with posting(address, "/desk/new/", lines, MULTIPART[1].decode()) as talk:
        for at in range(0, len(form), MB):
            talk.sendall(form[at : at + MB])
            most = max(most, kept(pid))
        while b"</html>" not in answer:
            piece = talk.recv(65536)
            assert piece, answer[:200]
            answer += piece
    assert answer.startswith(b"HTTP/1.1 401")
    assert "井盖破损" in answer.decode()
    assert most <= MB
