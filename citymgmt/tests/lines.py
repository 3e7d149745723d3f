"""A line to a server that can fall silent, as after the sleep of a laptop or a forgotten entry of a
router: open connections carry nothing more and are not closed; new ones work."""

import socket
import threading
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Line:
    def __init__(self, server):
        self._server = (urlsplit(server).hostname, urlsplit(server).port)
        self._ends = []
        self._frozen = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self):
        """What is open now carries nothing any more."""
        self._frozen.update(self._ends)

    def close(self):
        self._listener.close()
        for end in self._ends:
            end.close()

    def _accept(self):
        with suppress(OSError):  # closed: the test is over
            while True:
                near, _address = self._listener.accept()
                far = socket.create_connection(self._server)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, source, target):
        with suppress(OSError):  # either end was closed
            while data := source.recv(65536):
                if source in self._frozen:
                    continue
                target.sendall(data)
        if source not in self._frozen:
            for end in (source, target):
                end.close()


@contextmanager
def line_to(server):
    line = Line(server)
    yield line
    line.close()
