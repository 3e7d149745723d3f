"""What tests of several gateways of text messages share."""

import socketserver
import threading

import pytest


class Raw(socketserver.StreamRequestHandler):
    """Reads a request and answers the bytes of the test, whatever they are."""

    def handle(self):
        length = 0
        while (line := self.rfile.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        self.wfile.write(self.server.answer)


@pytest.fixture
def gateway(settings):
    """gateway(bytes): what the other end of SMS_URL answers from then on."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Raw) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.SMS_URL = f"http://127.0.0.1:{server.server_address[1]}/"
        settings.SMS_KEY = "key"
        yield lambda answer: setattr(server, "answer", answer)
        server.shutdown()
