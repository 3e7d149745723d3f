"""The bound of the machine for the live feed: messages of Redis written to sockets, nothing else.

    python -m citymgmt.bench.bare PORT REDIS_URL TOPIC

Every socket is taken for a websocket and welcomed; every message of the topic is sent to all.
"""

import asyncio
import base64
import hashlib
import re
import struct
import sys

from redis import asyncio as redis

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(data: bytes) -> bytes:
    """A frame of a server."""
    size = len(data)
    return (bytes([0x81, size]) if size < 126 else b"\x81\x7e" + struct.pack("!H", size)) + data


async def serve(port, url, topic):
    writers = []

    async def opened(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", head)
        accept = base64.b64encode(hashlib.sha1(key.group(1) + MAGIC).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frame(b'{"type": "welcome"}')
        )
        writers.append(writer)

    async with redis.from_url(url) as client, client.pubsub() as heard:
        await heard.subscribe(topic)
        server = await asyncio.start_server(opened, "127.0.0.1", port, backlog=1024)
        async with server:
            async for message in heard.listen():
                if message["type"] == "message":
                    data = frame(message["data"])
                    for writer in writers:
                        writer.write(data)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:4]))
