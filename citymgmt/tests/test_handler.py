"""Requests through the ASGI handler of the server."""

import asyncio
import contextvars
import io
import threading

import pytest
from asgiref.local import Local
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished, request_started
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext

from citymgmt.lib.handler import ThreadedHandler

SOON = 10  # seconds; a busy machine needs some of them
LARGE = 5 * ThreadedHandler.chunk_size + 1
kept_by_context, kept_by_local = contextvars.ContextVar("kept", default=None), Local()


class Seen:
    """What the views of a test have done, and the gate before which `wait` stands."""

    def __init__(self):
        self.notes, self.inside, self.most = [], 0, 0
        self.changed, self.gate = threading.Condition(), threading.Event()

    def note(self, where):
        self.notes.append((where, threading.current_thread()))

    @property
    def threads(self):
        return {thread for _where, thread in self.notes}

    def stand(self):
        with self.changed:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.changed.notify_all()
        assert self.gate.wait(SOON)
        with self.changed:
            self.inside -= 1

    def until_inside(self, number):
        with self.changed:
            assert self.changed.wait_for(lambda: self.inside == number, SOON)


seen = Seen()


def middleware(get_response):
    def call(request):
        seen.note("before")
        response = get_response(request)
        seen.note("after")
        return response

    return call


def view(request):
    seen.note("view")
    return HttpResponse("here")


def wait(request):
    seen.note("view")
    seen.stand()
    return HttpResponse("waited")


def stream(request):
    def parts():
        for number in range(3):
            seen.note("part")
            yield f"{number} "

    return StreamingHttpResponse(parts())


def broken_stream(request):
    def parts():
        yield "half"
        raise ZeroDivisionError

    return StreamingHttpResponse(parts())


class File(io.BytesIO):
    def read(self, size=-1):
        seen.most = max(seen.most, size)
        seen.note("read")
        return super().read(size)

    def close(self):
        seen.note("closed")
        super().close()


def file(request):
    return FileResponse(File(b"x" * LARGE))


def leave_behind(request):
    translation.activate("en")
    timezone.activate(timezone.get_fixed_timezone(60))
    kept_by_context.set("mine")
    kept_by_local.mine = "mine"
    return HttpResponse(gettext("Cancel"))


def look(request):
    left = [
        gettext("Cancel"), timezone.get_current_timezone_name(), str(kept_by_context.get()),
        getattr(kept_by_local, "mine", "None"),
    ]  # fmt: skip
    return HttpResponse(" ".join(left))


urlpatterns = [
    path("", view),
    path("wait", wait),
    path("stream", stream),
    path("broken", broken_stream),
    path("file", file),
    path("leave", leave_behind),
    path("look", look),
]


@pytest.fixture
def handler(settings):
    """serve(threads): a handler with so many."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, [f"{__name__}.middleware"]
    seen.__init__()
    made = []

    def make(threads):
        settings.HTTP_THREADS = threads
        made.append(ThreadedHandler())
        return made[-1]

    yield make
    seen.gate.set()
    for one in made:
        one.threads.shutdown()


def ask(handler, address=""):
    """A request on its way; its answer comes out of `answer`."""
    scope = {
        "type": "http", "method": "GET", "path": f"/{address}", "query_string": b"",
        "headers": [], "server": ("localhost", 80),
    }  # fmt: skip
    return ApplicationCommunicator(handler, scope)


async def answer(talk):
    """(status, the body's pieces)"""
    await talk.send_input({"type": "http.request", "body": b""})
    return await rest(talk)


async def rest(talk):
    start = await talk.receive_output(timeout=SOON)
    pieces, more = [], True
    while more:
        message = await talk.receive_output(timeout=SOON)
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    await talk.send_input({"type": "http.disconnect"})
    await talk.wait(timeout=SOON)
    return start["status"], [piece for piece in pieces if piece]


def visit(handler, address=""):
    return asyncio.run(answer(ask(handler, address)))


@pytest.mark.filterwarnings("error")
def test_one_thread_does_the_whole_of_a_request(handler):
    def begun(**_):
        seen.note("begun")

    def ended(**_):
        seen.note("ended")

    request_started.connect(begun)
    request_finished.connect(ended)
    try:
        assert visit(handler(8), "stream") == (200, [b"0 1 2 "])
    finally:
        request_started.disconnect(begun)
        request_finished.disconnect(ended)
    assert [where for where, _ in seen.notes] == [
        "begun", "before", "after", "part", "part", "part", "ended"
    ]  # fmt: skip
    assert len(seen.threads) == 1
    assert seen.threads != {threading.main_thread()}


def test_threads_last_from_one_request_to_the_next(handler):
    served = handler(2)
    assert [visit(served) for _ in range(12)] == [(200, [b"here"])] * 12
    assert len(seen.threads) <= 2


def test_who_comes_while_all_threads_are_busy_waits_its_turn(handler):
    async def many():
        served = handler(2)
        talks = [asyncio.create_task(answer(ask(served, "wait"))) for _ in range(6)]
        await asyncio.to_thread(seen.until_inside, 2)
        seen.gate.set()
        return await asyncio.gather(*talks)

    assert asyncio.run(many()) == [(200, [b"waited"])] * 6
    assert seen.most == 2


def test_nothing_of_a_request_is_left_for_the_next_on_its_thread(handler):
    served = handler(1)
    assert visit(served, "leave") == (200, [b"Cancel"])
    assert visit(served, "look") == (200, ["取消 Asia/Shanghai None None".encode()])
    assert len(seen.threads) == 1


@pytest.mark.filterwarnings("error")
def test_a_file_goes_out_in_pieces_and_is_closed_by_its_thread(handler):
    status, pieces = visit(handler(1), "file")
    assert (status, sum(map(len, pieces))) == (200, LARGE)
    assert max(map(len, pieces)) == seen.most == ThreadedHandler.chunk_size
    assert seen.notes[-1][0] == "closed"
    assert len(seen.threads) == 1


def test_a_client_that_takes_nothing_holds_no_thread(handler):
    async def slow_and_quick():
        served, taken = handler(1), asyncio.Event()
        slow = ask(served, "file")

        async def send(message):
            await taken.wait()
            await slow.output_queue.put(message)

        inner = slow.application
        slow.application = lambda scope, receive, _send: inner(scope, receive, send)
        late = asyncio.create_task(answer(slow))
        quick = await answer(ask(served))
        taken.set()
        return quick, await late

    quick, (status, pieces) = asyncio.run(slow_and_quick())
    assert quick == (200, [b"here"])
    assert (status, sum(map(len, pieces))) == (200, LARGE)


def test_what_breaks_while_it_is_written_sends_nothing(handler):
    async def broken():
        talk = ask(handler(1), "broken")
        await talk.send_input({"type": "http.request", "body": b""})
        with pytest.raises(ZeroDivisionError):
            await talk.wait(timeout=SOON)
        return talk.output_queue.empty()

    assert asyncio.run(broken())


def test_a_client_that_left_the_queue_is_not_served(handler):
    async def left():
        served = handler(1)
        first = asyncio.create_task(answer(ask(served, "wait")))
        await asyncio.to_thread(seen.until_inside, 1)
        gone = ask(served, "wait")
        await gone.send_input({"type": "http.request", "body": b""})
        await gone.send_input({"type": "http.disconnect"})
        await gone.wait(timeout=SOON)
        seen.gate.set()
        return await first

    assert asyncio.run(left()) == (200, [b"waited"])
    assert [where for where, _ in seen.notes].count("view") == 1


def test_a_server_that_stops_finishes_what_it_began_and_begins_nothing(handler):
    async def stopped():
        served = handler(1)
        talks = [ask(served, "wait") for _ in range(3)]
        for talk in talks:
            await talk.send_input({"type": "http.request", "body": b""})
        tasks = [talk.future for talk in talks]
        await asyncio.to_thread(seen.until_inside, 1)
        for task in tasks:
            task.cancel()
        done, (running,) = await asyncio.wait(tasks, timeout=0.2)
        assert len(done) == 2
        seen.gate.set()
        await asyncio.wait({running}, timeout=SOON)
        return running.cancelled(), seen.inside

    assert asyncio.run(stopped()) == (True, 0)
    assert [where for where, _ in seen.notes].count("view") == 1
