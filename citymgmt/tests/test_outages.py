"""What is away, full or closed is said: to people on a page, to programs as JSON, never as a fault.

The outages are made where they come from: the connection, the files, the cache's socket.
"""

import errno
import json
import sqlite3
import uuid
from html import unescape
from pathlib import Path

import psycopg2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, RequestFactory
from django.utils import translation

from cases.models import Attachment, Case, WaitingPhoto
from cases.tests.cast import photo
from citymgmt.lib import outages
from citymgmt.lib.files import Files

from .test_api import API, client, given, wrong

ADDRESSES = ["cases/", "token/", "ref/areas/", "cases/1/"]


class Refused(psycopg2.OperationalError):
    """Of a server with an SQLSTATE of our own choice."""

    def __init__(self, state=None):
        super().__init__(f"outage {state}")
        self.state = state

    @property
    def pgcode(self):
        return self.state


@pytest.fixture
def away(db):
    """The database does not answer from now on."""

    with pytest.MonkeyPatch.context() as patch:

        def begin(error=None):
            def refuse(self):
                raise error or Refused()

            patch.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)

        yield begin


def visitor():
    return Client(raise_request_exception=False)


def signed_in(person):
    made = visitor()
    made.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return made


@pytest.fixture
def full_disk(db, monkeypatch):
    """Half of what is written arrives."""

    def begin(number=errno.ENOSPC):
        def write(self, name, content):
            path = Path(self.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read()[:100])
            raise OSError(number, "outage")

        monkeypatch.setattr(Files.__mro__[1], "_save", write)

    return begin


def picture():
    return SimpleUploadedFile("a.jpg", photo()[1], "image/jpeg")


def files(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


# --- the database ---------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", "/desk/", "/accounts/profile/", "/no-such-page/"])
def test_without_its_database_a_page_says_so(cast, away, path):
    person = signed_in(cast.acceptor)
    away()
    answer = person.get(path, headers={"accept-language": "en"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.headers["X-City"] == "1"
    assert "cannot reach its records" in unescape(answer.content.decode())


def test_without_its_database_the_public_is_told_in_its_language(away):
    away()
    answer = visitor().get("/public/", headers={"accept-language": "zh-hans"})
    assert answer.status_code == 503
    assert "<h1>指挥中心暂时无法读取记录</h1>" in unescape(answer.content.decode())


@pytest.mark.parametrize("path", ADDRESSES)
def test_without_its_database_the_interface_answers_json(cast, away, path):
    made = client(cast.collector)
    made.raise_request_exception = False
    away()
    answer = (
        made.post(API + path, {"username": "a", "password": "b"})
        if path == "token/"
        else made.get(API + path)
    )
    wrong(answer, 503, "database_away")
    assert answer.headers["Retry-After"] == "10"


def test_a_session_that_cannot_be_read_is_no_fault_either(cast, away):
    """It is read by the middleware, before any view."""
    made = signed_in(cast.acceptor)
    away()
    wrong(made.get(f"{API}cases/"), 503, "database_away")
    assert made.get("/desk/").status_code == 503


@pytest.mark.parametrize("headers", [{"hx-request": "true"}, {"sec-fetch-mode": "cors"}])
def test_scripts_of_pages_are_told_in_json(cast, away, headers):
    made = signed_in(cast.acceptor)
    away()
    answer = made.post("/desk/", {"text": "typed"}, headers={**headers, "accept-language": "en"})
    detail = wrong(answer, 503, "database_away")["detail"]
    assert "Nothing you typed is lost" in detail
    assert "nothing was saved" not in detail.lower()


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (None, 503, "database_away"), ("08006", 503, "database_away"),
        ("57P01", 503, "database_away"), ("57P03", 503, "database_away"),
        ("53300", 503, "database_away"), ("53100", 507, "storage_full"),
        ("57014", 503, "busy"), ("55P03", 503, "busy"), ("40P01", 503, "busy"),
        ("25P03", 503, "busy"), ("25006", 503, "read_only"),
    ],
)  # fmt: skip
def test_what_postgresql_says_is_understood(cast, away, state, status, code):
    made = signed_in(cast.acceptor)
    away(Refused(state))
    wrong(made.get(f"{API}cases/"), status, code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, outages.BUSY), (sqlite3.SQLITE_BUSY_SNAPSHOT, outages.BUSY),
        (sqlite3.SQLITE_FULL, outages.FULL), (sqlite3.SQLITE_READONLY_DBMOVED, outages.READ_ONLY),
        (sqlite3.SQLITE_IOERR_READ, outages.AWAY), (sqlite3.SQLITE_CANTOPEN, outages.AWAY),
        (sqlite3.SQLITE_ERROR, None), (sqlite3.SQLITE_CONSTRAINT_UNIQUE, None),
    ],
)  # fmt: skip
def test_what_sqlite_says_is_understood(code, expected):
    error = sqlite3.OperationalError("outage")
    error.sqlite_errorcode = code
    assert outages.of(error) is expected


def test_a_locked_file_is_busy(tmp_path):
    path = tmp_path / "locked.sqlite3"
    with sqlite3.connect(path) as one, sqlite3.connect(path, timeout=0) as other:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN IMMEDIATE")
        one.rollback()
    one.close()
    other.close()
    assert outages.of(caught.value) is outages.BUSY


def test_a_table_that_is_missing_is_a_fault():
    with sqlite3.connect(":memory:") as made, pytest.raises(sqlite3.OperationalError) as caught:
        made.execute("SELECT * FROM nowhere")
    made.close()
    assert outages.of(caught.value) is None


# --- faults ---------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_fault_does_not_say_that_nothing_was_saved(language, rf: RequestFactory):
    with translation.override(language):
        page = outages.server_error(rf.post("/desk/"))
        api = outages.server_error(rf.post(f"{API}cases/"))
    assert (page.status_code, api.status_code) == (500, 500)
    for words in ("Nothing was saved", "没有保存"):
        assert words not in page.content.decode() + api.content.decode()
    assert set(json.loads(api.content)) == {"detail", "code", "fields"}


def test_a_fault_of_an_outer_layer_is_json_under_api(cast, monkeypatch):
    """Of the session's cookie, around everything that knows of the interface."""

    def fail(*args):
        raise RuntimeError("outage")

    monkeypatch.setattr("citymgmt.accounts.middleware.SessionCookie.process_response", fail)
    wrong(visitor().get(f"{API}cases/"), 500, "server_error")


# --- the disk of the photos -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(errno.ENOSPC, 507, "storage_full"), (errno.EDQUOT, 507, "storage_full"),
     (errno.EROFS, 503, "read_only")],
)  # fmt: skip
def test_a_full_disk_is_said_and_leaves_nothing(cast, settings, full_disk, number, status, code):
    made = client(cast.collector)
    full_disk(number)
    answer = made.post(f"{API}cases/", given(), format="multipart")
    wrong(answer, status, code)
    assert answer.headers["Retry-After"]
    wrong(made.post(f"{API}photos/", {"photo": picture()}, format="multipart"), status, code)
    assert (Case.objects.count(), Attachment.objects.count()) == (0, 0)
    assert WaitingPhoto.objects.count() == 0
    assert files(settings) == []


def test_the_public_form_is_answered_as_its_script_reads_it(cast, full_disk):
    """What was typed waits in the browser and is sent again (static/js/lib/queue.js)."""
    full_disk()
    data = {
        "client_uuid": str(uuid.uuid4()), "matter_class": cast.cover.pk, "lon": 103.7005,
        "lat": 36.1005, "description": "井盖破损", "photos": picture(),
    }  # fmt: skip
    asking = {"accept": "application/json"}
    wrong(visitor().post("/public/", data, headers=asking), 507, "storage_full")
    page = visitor().post("/public/", data | {"photos": picture()})
    assert (page.status_code, page.headers["Content-Type"][:9]) == (507, "text/html")


def test_files_go_with_their_transaction(cast, settings, monkeypatch):
    """The thumbnail of the last photo fails: six files were written by then."""
    made = client(cast.collector)
    real, written = Files._save, []

    def write(self, name, content):
        if len(written) == 11:
            raise OSError(errno.ENOSPC, "outage")
        written.append(name)
        return real(self, name, content)

    monkeypatch.setattr(Files, "_save", write)
    answer = made.post(
        f"{API}cases/", given(photos=[picture() for _ in range(6)]), format="multipart"
    )
    wrong(answer, 507, "storage_full")
    assert len(written) == 11
    assert files(settings) == []
    assert connection.is_usable()
