"""Many listeners of the live feed in one process that does little else.

    python -m citymgmt.bench.listeners HOST PORT COOKIES

COOKIES is a file with one Cookie header a line, one listener each. All open at one instant; then
one line of JSON tells {"welcome", "seconds"}. After a line on standard input one more tells what
each has heard: [[place in the feed, moment of time.monotonic()], ...], and how many were closed.
"""

import asyncio
import base64
import json
import os
import struct
import sys
import time
from pathlib import Path

OPENING = 60  # seconds that all together may take to be welcome
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def frame(kind: int, data: bytes) -> bytes:
    """A masked frame of a client; `data` is shorter than 64 KiB."""
    size = len(data)
    head = bytes([0x80 | kind]) + (
        bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    )
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))


def split(buffer: bytearray):
    """Take the whole frames off the front: (kind, data) of each."""
    while len(buffer) >= 2:
        kind, size, start = buffer[0] & 15, buffer[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + size:
            return
        yield kind, bytes(buffer[start : start + size])
        del buffer[: start + size]


class Listener(asyncio.Protocol):
    """One socket, read by hand: a library's cost per message would be measured with it."""

    def __init__(self, host, cookie):
        self.host, self.cookie = host, cookie
        self.buffer = bytearray()
        self.heard: list[tuple[int, float]] = []
        self.welcome = asyncio.get_running_loop().create_future()
        self.open, self.closed = False, False

    def connection_made(self, transport):
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            "GET /ws/live/ HTTP/1.1", f"Host: {self.host}", "Upgrade: websocket",
            "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
            f"Origin: http://{self.host}", f"Cookie: {self.cookie}", "", "",
        )  # fmt: skip
        transport.write("\r\n".join(lines).encode())

    def data_received(self, data):
        now = time.monotonic()
        self.buffer += data
        if not self.open:
            head, end, _rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._end(head.partition(b"\r\n")[0].decode())
                return
            del self.buffer[: len(head) + 4]
            self.open = True
            self.transport.write(frame(TEXT, b'{"type": "hello", "since": null}'))
        for kind, message in split(self.buffer):
            self._take(kind, message, now)

    def _take(self, kind, message, now):
        if kind == PING:
            self.transport.write(frame(PONG, message))
        elif kind == CLOSE:
            self._end(f"closed with {int.from_bytes(message[:2])}")
        elif kind == TEXT:
            told = json.loads(message)
            if told["type"] == "event":
                self.heard.append((told["seq"], now))
            elif told["type"] == "welcome" and not self.welcome.done():
                self.welcome.set_result(now)

    def connection_lost(self, error):
        self._end(str(error))

    def _end(self, why):
        self.closed = True
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError(why))


async def listen(host, port, cookies):
    loop = asyncio.get_running_loop()
    begun = time.monotonic()
    listeners = [Listener(f"{host}:{port}", cookie) for cookie in cookies]
    made = (loop.create_connection(lambda one=one: one, host, port) for one in listeners)
    await asyncio.gather(*made, return_exceptions=True)
    await asyncio.wait([one.welcome for one in listeners], timeout=OPENING)
    moments = [
        one.welcome.result() for one in listeners
        if one.welcome.done() and not one.welcome.exception()
    ]  # fmt: skip
    slowest = max(moments, default=begun) - begun
    print(json.dumps({"welcome": len(moments), "seconds": slowest}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    closed = sum(one.closed for one in listeners)
    print(json.dumps({"heard": [one.heard for one in listeners], "closed": closed}), flush=True)


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]).read_text().splitlines()))
