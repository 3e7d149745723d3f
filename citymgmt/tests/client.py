"""A visitor of a running city: signs in over HTTP, acts through /api/v1/, listens to /ws/live/."""

import contextlib
import http.cookiejar
import io
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid

from PIL import Image
from websockets.sync.client import connect

PASSWORD = "citymgmt-demo"


class Visitor:
    """One person with a token and a session. `call` gives (status, decoded JSON)."""

    def __init__(self, address, username):
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )
        self.token = None
        status, answer = self.call("POST", "token/", username=username, password=PASSWORD)
        assert status == 200, answer
        self.token = answer["token"]
        self._sign_in(username)

    def _sign_in(self, username):
        page = self.address + "/accounts/sign-in/"
        html = self.opener.open(page, timeout=20).read().decode()
        csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html).group(1)
        form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": csrf}
        data = urllib.parse.urlencode(form).encode()
        self.opener.open(urllib.request.Request(page, data, {"Referer": page}), timeout=20).close()

    def call(self, method, path, **body):
        """Files are bytes in the body; they make it multipart."""
        data, kind = encode(body)
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, method=method)
        request.add_header("Content-Type", kind)
        if self.token:
            request.add_header("Authorization", f"Token {self.token}")
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    @contextlib.contextmanager
    def feed(self, since=None):
        """The live feed; iterate `listen(socket)`."""
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.jar)
        url = self.address.replace("http", "ws", 1) + "/ws/live/"
        headers = {"Cookie": cookies}
        with connect(url, additional_headers=headers, origin=self.address, proxy=None) as socket:
            socket.send(json.dumps({"type": "hello", "since": since}))
            welcome = json.loads(socket.recv(timeout=10))
            assert welcome["type"] == "welcome", welcome
            yield socket


def wait_for(socket, case, action, seconds=20):
    """The event of this case and action; TimeoutError if none comes."""
    while True:
        message = json.loads(socket.recv(timeout=seconds))
        if message.get("case") == case and message.get("action") == action:
            return message


def photo(colour="gray") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def encode(body):
    """(bytes, content type): JSON, or multipart where a value is bytes."""
    if not any(isinstance(value, bytes) for value in body.values()):
        return json.dumps(body).encode() if body else None, "application/json"
    boundary = uuid.uuid4().hex
    parts = [_part(boundary, name, value) for name, value in body.items()]
    data = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return data, f"multipart/form-data; boundary={boundary}"


def _part(boundary, name, value):
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
    if isinstance(value, bytes):
        return (
            f'{head}; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode()
            + value
            + b"\r\n"
        )
    return f"{head}\r\n\r\n{value}\r\n".encode()
