"""Gateways that are busy, wrong, or cut off: one message waits, nothing else is lost."""

import time
from email.utils import formatdate

import pytest

from citymgmt.lib import sms
from citymgmt.lib.sms import http


@pytest.fixture(autouse=True)
def over_http(settings):
    settings.SMS_GATEWAY = "citymgmt.lib.sms.http"


def says(status, body=b"{}", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def failure():
    with pytest.raises(sms.Failed) as refused:
        sms.send("13800000001", "x", reference="r")
    return refused.value


@pytest.mark.parametrize("status", [401, 403, 408, 425, 429, 503])
def test_trouble_of_the_gateway_is_not_counted_against_the_message(gateway, status):
    gateway(says(f"{status} Busy"))
    found = failure()
    assert (found.again, found.ours, found.after) == (True, True, None)


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422])
def test_a_message_refused_is_not_sent_again(gateway, status):
    gateway(says(f"{status} No", b'{"detail": "no such number"}'))
    assert not failure().again


@pytest.mark.parametrize("status", [300, 307, 308, 400, 404, 407, 410, 451])
@pytest.mark.parametrize("body", [b"", b"<html>moved</html>", b"[]", b'{"error": 1}', b"\x1f\x8b"])
def test_a_refusal_by_something_on_the_way_loses_no_message(gateway, status, body):
    gateway(says(f"{status} No", body))
    found = failure()
    assert (found.again, found.ours) == (True, True)


def test_a_sign_in_page_of_the_network_is_no_gateway(gateway):
    gateway(says("511 Network Authentication Required", b"<html>sign in</html>"))
    assert failure().again


@pytest.mark.parametrize("status", [500, 502, 504, 599])
def test_a_broken_gateway_is_tried_again(gateway, status):
    gateway(says(f"{status} Broken"))
    found = failure()
    assert (found.again, found.ours) == (True, False)


@pytest.mark.parametrize(
    "answer",
    [
        says("200 OK", body)
        for body in (b"[]", b"null", b'"ok"', b"7", b"", b"{", b"{}", b'{"id": null}',
                     b'{"id": true}', b'{"id": {"a": 1}}', b'{"id": []}', b"\xff\xfe",
                     b"<html>sign in</html>", b"[" * 100_000)
    ]
    + [
        b"",
        b"\x00\x01garbage\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    ],
)  # fmt: skip
def test_an_odd_answer_is_a_failure_of_one_message(gateway, answer):
    gateway(answer)
    assert failure().again


@pytest.mark.parametrize(
    ("asked", "after"), [("120", 120), ("99999", http.LONGEST_WAIT), ("soon", None), ("-5", None)]
)
def test_a_gateway_says_when_to_come_back(gateway, asked, after):
    gateway(says("429 Busy", b"{}", f"Retry-After: {asked}"))
    assert failure().after == after


def test_a_gateway_may_name_the_moment(gateway):
    gateway(says("503 Busy", b"{}", f"Retry-After: {formatdate(time.time() + 600, usegmt=True)}"))
    assert 500 < failure().after <= 600


def test_a_gateway_without_an_address_breaks_nothing_else(settings):
    settings.SMS_GATEWAY, settings.SMS_URL = "citymgmt.lib.sms.http", ""
    assert failure().again
