"""A broker of tests: the few words of Redis that live messages need, on a port of its own.

It can go away and come back, as Redis does; it runs beside the test in a thread.
"""

import asyncio
import contextlib
import socket
import threading


class Broker:
    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/3"
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.writers, self.listening = set(), []
        self.server = None

    def __enter__(self):
        self.thread.start()
        self.come()
        return self

    def __exit__(self, *_error):
        self.go()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    def come(self):
        self._run(self._come())

    def go(self):
        self._run(self._go())

    def _run(self, work):
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _come(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _go(self):
        self.server.close()
        for writer in self.writers:
            writer.close()
        self.writers, self.listening = set(), []
        await asyncio.sleep(0.05)

    async def _serve(self, reader, writer):
        self.writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                name, *words = await _command(reader)
                self._answer(writer, name.upper(), words)

    def _answer(self, writer, name, words):
        if name == b"SUBSCRIBE":
            self.listening.append((words[0], writer))
            writer.write(b">3\r\n" + _bulk(b"subscribe") + _bulk(words[0]) + b":1\r\n")
        elif name == b"PUBLISH":
            heard = [one for topic, one in self.listening if topic == words[0]]
            for one in heard:
                one.write(b">3\r\n" + _bulk(b"message") + _bulk(words[0]) + _bulk(words[1]))
            writer.write(b":%d\r\n" % len(heard))
        elif name == b"HELLO":
            writer.write(b"%1\r\n" + _bulk(b"proto") + b":3\r\n")
        else:
            writer.write(b"+OK\r\n")


def _bulk(word):
    return b"$%d\r\n%s\r\n" % (len(word), word)


async def _command(reader):
    words = []
    for _n in range(int((await reader.readuntil(b"\r\n"))[1:])):
        size = int((await reader.readuntil(b"\r\n"))[1:])
        words.append((await reader.readexactly(size + 2))[:-2])
    return words
