"""What a server receives is read by the application alone."""

from types import SimpleNamespace

import pytest
from daphne import http_protocol
from twisted.internet.testing import StringTransport

from citymgmt.lib import unread

EMPTY_FORM = (
    b"POST /api/v1/photos/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
    b"Content-Type: multipart/form-data; boundary=abc\r\n\r\n--abc--\r\n"
)


@pytest.fixture
def handed_over(monkeypatch):
    """The scopes that the application gets."""
    scopes = []
    monkeypatch.setattr(http_protocol, "WebRequest", http_protocol.WebRequest)
    unread.install()
    server = SimpleNamespace(
        root_path="", server_name="daphne", proxy_forwarded_address_header=None,
        protocol_connected=lambda *_: None, protocol_disconnected=lambda *_: None,
        create_application=lambda _protocol, scope: scopes.append(scope),
    )  # fmt: skip
    protocol = http_protocol.HTTPFactory(server).buildProtocol(None)
    transport = StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(EMPTY_FORM)
    yield scopes
    protocol.connectionLost(None)


def test_a_form_that_is_none_is_for_the_application_to_refuse(handed_over):
    assert [scope["path"] for scope in handed_over] == ["/api/v1/photos/"]
