"""The other end of the HTTP gateway: checks signature and clock, takes each reference once.

`python -m citymgmt.lib.sms.http.counterpart KEY [PORT]` serves it on loopback;
tests use `serve`.
"""

import hmac
import json
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from citymgmt.lib.sms.http import signature

SKEW = 300  # seconds two clocks may differ


class Gateway(ThreadingHTTPServer):
    """`taken`: messages by reference; `failing`: answer 503 as a broken provider does."""

    daemon_threads = True

    def __init__(self, key, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.key, self.taken, self.failing = key, {}, False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        stamp = self.headers.get("X-Timestamp", "")
        expected = signature(self.server.key, stamp, body)
        if not hmac.compare_digest(expected, self.headers.get("X-Signature", "")):
            return self._answer(403, detail="wrong signature")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > SKEW:
            return self._answer(403, detail="wrong time")
        if self.server.failing:
            return self._answer(503, detail="out of order")
        message = json.loads(body)
        if not message["phone"].strip("+").isdecimal():
            return self._answer(422, detail="no number")
        self.server.taken[message["reference"]] = message
        return self._answer(200, id=f"id-{message['reference']}")

    def _answer(self, status, **told):
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Nothing: a number in a log is personal data."""


@contextmanager
def serve(key):
    gateway = Gateway(key)
    thread = threading.Thread(target=gateway.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        gateway.server_close()
        thread.join()


if __name__ == "__main__":
    gateway = Gateway(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(f"{gateway.url}\n")
    gateway.serve_forever()
