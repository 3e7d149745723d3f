"""Outages: what the product cannot do because something beside it is away, full or closed.

They are no faults of it. Who asked is told so in words, with a status and a time to come back;
programs, and scripts of pages, as JSON in the shape of every refusal. Nothing here asks the
database: it may be what is away. Nothing says what was saved: an answer may have been lost on
its way back.
"""

import errno
import logging
import sqlite3
import sys
from dataclasses import dataclass
from http import HTTPStatus

import psycopg2
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError as QueueError
from redis.exceptions import RedisError

from citymgmt.lib.pages import is_page

log = logging.getLogger(__name__)
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Outage:
    """`wait`: seconds after which asking again makes sense."""

    code: str
    status: HTTPStatus
    wait: int
    what: Promise
    why: Promise


AWAY = Outage(
    "database_away", HTTPStatus.SERVICE_UNAVAILABLE, 10,
    gettext_lazy("The center cannot reach its records at present"),
    gettext_lazy("The database does not answer. The administrator can see why."),
)  # fmt: skip
BUSY = Outage(
    "busy", HTTPStatus.SERVICE_UNAVAILABLE, 5,
    gettext_lazy("The center is too busy at present"),
    gettext_lazy("Something else held what was asked for, and the wait for it was ended."),
)  # fmt: skip
READ_ONLY = Outage(
    "read_only", HTTPStatus.SERVICE_UNAVAILABLE, 60,
    gettext_lazy("The center can be read but not written at present"),
    gettext_lazy("What stores the records or the photos takes nothing new."),
)  # fmt: skip
FULL = Outage(
    "storage_full", HTTPStatus.INSUFFICIENT_STORAGE, 300,
    gettext_lazy("The center has no room left"),
    gettext_lazy("The disk of the records or of the photos is full. The administrator must help."),
)  # fmt: skip
QUEUE = Outage(
    "queue_away", HTTPStatus.SERVICE_UNAVAILABLE, 10,
    gettext_lazy("Work in the background cannot be given out at present"),
    gettext_lazy("What passes messages on does not answer. The administrator can see why."),
)  # fmt: skip

OF_DISKS = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: READ_ONLY}
OF_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: AWAY,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}
# SQLSTATE, or its class of two characters.
OF_POSTGRES = {
    "08": AWAY,  # connection
    "57P": AWAY,  # shutting down, starting, thrown out
    "53": AWAY,  # resources, too many connections
    "53100": FULL,
    "25006": READ_ONLY,
    "25P03": BUSY,  # idle for too long within a transaction
    "57014": BUSY,  # a statement took too long
    "55P03": BUSY,  # a lock did
    "40001": BUSY,
    "40P01": BUSY,
    "58": AWAY,  # its disk
}


def of(error: BaseException | None) -> Outage | None:
    """The outage behind an exception, or None: then it is a fault."""
    while error is not None:
        if found := _of_this(error):
            return found
        error = error.__cause__ or error.__context__
    return None


def _of_this(error):
    if isinstance(error, sqlite3.Error):
        return OF_SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    if isinstance(error, psycopg2.Error):
        return _of_postgres(error)
    if isinstance(error, RedisError | QueueError):
        return QUEUE
    return OF_DISKS.get(error.errno) if isinstance(error, OSError) else None


def _of_postgres(error):
    state = error.pgcode
    if state:
        return OF_POSTGRES.get(state) or OF_POSTGRES.get(state[:3]) or OF_POSTGRES.get(state[:2])
    lost = isinstance(error, psycopg2.InterfaceError) and "connection" in str(error)
    return AWAY if lost or isinstance(error, psycopg2.OperationalError) else None


# --- answers --------------------------------------------------------------------------------
class Outages:
    """Middleware: an exception of a view that is an outage becomes its answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        return answer(request, error)


def server_error(request):
    """The handler of what nobody else answered, whichever layer it came from."""
    told = answer(request, sys.exc_info()[1])
    return told or _say(request, HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", _fault())


def _fault():
    return {
        "what": _("The server made a mistake"),
        "why": _("It has been recorded for the administrator."),
        "todo": _("Look whether what you did is there before you do it again."),
    }


def answer(request, error) -> HttpResponse | None:
    """503 or 507 with Retry-After: a page, or JSON for a script; None where it is no outage."""
    outage = of(error)
    if outage is None:
        return None
    log.warning("%s %s: %s: %s", request.method, request.path, outage.code, error)
    words = {"what": outage.what, "why": outage.why, "todo": _todo(request, outage)}
    response = _say(request, outage.status, outage.code, words)
    response.headers["Retry-After"] = str(outage.wait)
    return response


def _todo(request, outage):
    if request.method in READING:
        return _("Try again in %(seconds)s seconds.") % {"seconds": outage.wait}
    return _(
        "Nothing you typed is lost. It may have been saved or not: look before you send it again, "
        "in %(seconds)s seconds at the earliest."
    ) % {"seconds": outage.wait}


def _say(request, status, code, words):
    if is_page(request) and not request.path.startswith("/api/"):
        # Without the request: no context processor is asked for the person.
        response = HttpResponse(render_to_string("outage.html", words), status=status)
    else:
        detail = _("%(what)s. %(why)s %(todo)s") % words
        response = JsonResponse({"detail": detail, "code": code, "fields": {}}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
