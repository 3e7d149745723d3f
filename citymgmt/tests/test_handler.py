"""Requests through the ASGI handler of the server."""

import asyncio
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from citymgmt.lib.handler import ThreadedHandler

seen = []


def note(where):
    seen.append((where, threading.current_thread()))


def middleware(get_response):
    def call(request):
        note("before")
        response = get_response(request)
        note("after")
        return response

    return call


def view(request):
    note("view")
    return HttpResponse("here")


urlpatterns = [path("", view)]
SCOPE = {
    "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [],
    "server": ("localhost", 80),
}  # fmt: skip


async def visit():
    talk = ApplicationCommunicator(ThreadedHandler(), SCOPE)
    await talk.send_input({"type": "http.request", "body": b""})
    start = await talk.receive_output(timeout=10)
    body = await talk.receive_output(timeout=10)
    await talk.send_input({"type": "http.disconnect"})
    await talk.wait(timeout=10)
    return start["status"], body["body"]


@pytest.mark.filterwarnings("error")
def test_middleware_and_view_share_one_thread():
    seen.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.middleware"]):
        assert asyncio.run(visit()) == (200, b"here")
    assert [where for where, _ in seen] == ["before", "view", "after"]
    threads = {thread for _, thread in seen}
    assert len(threads) == 1
    assert threads != {threading.main_thread()}
