"""The stream: clients that report and act through the interface, and send again until answered."""

import heapq
import http.client
import io
import itertools
import json
import threading
import time
import uuid
from dataclasses import dataclass, field

from citymgmt.drill.counting import Act
from citymgmt.tests.client import PASSWORD, encode

PEOPLE = (
    "collector",
    "collector01",
    "acceptor",
    "shift_leader",
    "dispatcher",
    "liaison",
    "handler",
)
REPORTER, CHECKER = "collector", "collector01"  # nobody checks what they reported themselves
PAUSE = 0.3  # seconds before an act is sent again, unless the answer says
LONGEST_PAUSE = 3.0
PATIENCE = 90.0  # seconds after which an act counts as refused
VERIFIED = "hotline_12319"


@dataclass(frozen=True)
class Matter:
    """What can be reported: a class with a filing condition (its key), at a place."""

    kind: str
    class_code: str
    condition: int
    lon: float
    lat: float


@dataclass
class Stream:
    """What all clients share. `creations` reports are made at an even pace over `seconds`; the
    time between them is for the steps that follow. Of the cases that wait the one that has come
    furthest is next, so that as many as possible are closed."""

    addresses: list[str]  # of the web processes, each with its port
    department: str
    matters: list[Matter]
    creations: int
    seconds: float
    tokens: dict[str, str] = field(default_factory=dict)
    acknowledged: list[Act] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    again: int = 0  # how often something was sent again
    closed: int = 0  # cases that came to their end

    def __post_init__(self):
        self.lock = threading.Lock()
        self.created = itertools.count()
        # Cases whose next step is nobody's yet, as answered: (minus their rows, number, case).
        self.waiting: list[tuple[int, str, dict]] = []
        self.begun = 0.0
        self.lines = threading.local()
        self.turns = itertools.count()

    def sign_in(self):
        for name in PEOPLE:
            status, answer = self.send(
                "token/", {"username": name, "password": PASSWORD}, by=None, mark=name
            )
            assert status == 200, (name, answer)
            self.tokens[name] = answer["token"]

    def run(self, clients: int):
        """Returns when every report was made and the time is over."""
        self.begun = time.monotonic()
        threads = [threading.Thread(target=self._client) for _n in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _client(self):
        number = next(self.created)
        while True:
            passed = time.monotonic() - self.begun
            if number < self.creations and number <= passed / self.seconds * self.creations:
                self._report(number)
                if number % 2 and (case := self._next()):  # also where the pace is not kept
                    self._step(case)
                number = next(self.created)
            elif number >= self.creations and passed >= self.seconds:
                return
            elif case := self._next():
                self._step(case)
            else:
                time.sleep(0.02)

    def _next(self):
        with self.lock:
            return heapq.heappop(self.waiting)[2] if self.waiting else None

    # --- acts ---------------------------------------------------------------------------------
    def _report(self, number):
        """Two of three by the collector on the spot, with a photo; the others by telephone."""
        matter, mark = self.matters[number % len(self.matters)], str(uuid.uuid4())
        on_site = number % 3 != 0
        by = REPORTER if on_site else "acceptor"
        photos = [self._photo(by)] if on_site else []
        body = {
            "kind": matter.kind, "class_code": matter.class_code, "lon": matter.lon,
            "lat": matter.lat, "description": mark, "client_uuid": mark, "photo_ids": photos,
            "source": "patrol" if on_site else VERIFIED,
        }  # fmt: skip
        if None not in photos:
            answer = self._act("report", "cases/", body, by, mark)
            if answer is not None:
                self._wait(answer | {"condition": matter.condition})

    def _step(self, case):
        """The next step of a case on its way."""
        action, by, given, photo = self._following(case)
        mark = str(uuid.uuid4())
        photos = [self._photo(by, photo)] if photo else []
        body = given | {"opinion": mark, "client_uuid": mark, "photo_ids": photos}
        path = f"cases/{case['number']}/actions/{action}/"
        if None not in photos:
            answer = self._act(action, path, body, by, mark)
            if answer is not None:
                self._wait(answer | {"condition": case["condition"]})

    def _following(self, case):
        """(action, who, inputs, type of the photo or "") of the state a case is in."""
        done = {event["action"] for event in case["events"]}
        if case["source"] == VERIFIED and not done & {"send_verify", "verify"}:
            return "send_verify", "acceptor", {"collector": CHECKER}, ""
        return {
            "registered": ("accept", "acceptor", {}, ""),
            "verifying": ("verify", CHECKER, {"verify_result": "exists"}, "close"),
            "to_file": ("file", "shift_leader", {"filing_condition": case["condition"]}, ""),
            "to_dispatch": ("dispatch", "dispatcher", {"department": self.department}, ""),
            "to_dispose": ("assign", "liaison", {"handler": "handler"}, ""),
            "disposing": ("dispose", "handler", {}, "after"),
            "dept_review": ("feedback", "liaison", {}, ""),
            "feedback_in": ("pass_check", "dispatcher", {}, ""),
            "to_check": ("send_check", "acceptor", {"collector": CHECKER}, ""),
            "checking": ("check", CHECKER, {"check_result": "pass"}, "close"),
            "to_close": ("close", "shift_leader", {"closing_met": True}, ""),
        }[case["state"]]

    def _photo(self, by, photo_type="close"):
        """Send a photo ahead; its identifier, or None where it was refused."""
        mark = uuid.uuid4()
        given = {"photo_type": photo_type, "client_uuid": str(mark), "photo": picture(mark)}
        status, answer = self.send("photos/", given, by=by, mark=f"photo {mark}")
        return answer["uuid"] if status in (200, 201) else self._refuse("photo", mark, answer)

    def _act(self, what, path, body, by, mark):
        """The case as answered, and a line in the book; None where it was refused."""
        status, answer = self.send(path, body, by=by, mark=f"{what} {mark}")
        if status not in (200, 201):
            return self._refuse(what, mark, answer)
        with self.lock:
            self.acknowledged.append(Act(what, answer["number"], mark))
            for photo in body["photo_ids"]:
                self.acknowledged.append(Act("photo", answer["number"], photo))
        return answer

    def _refuse(self, what, mark, answer):
        with self.lock:
            self.refused.append(f"{what} {mark}: {answer}")

    def _wait(self, case):
        with self.lock:
            if case["state"] == "closed":
                self.closed += 1
            else:
                heapq.heappush(self.waiting, (-len(case["events"]), case["number"], case))

    # --- over the line --------------------------------------------------------------------------
    def send(self, path, body, *, by, mark):
        """(status, answer) of a POST that is sent again, each time to the next web process, until
        it gets one below 500."""
        until, turn = time.monotonic() + PATIENCE, next(self.turns)
        answer: object = None
        while time.monotonic() < until:
            pause, address = PAUSE, self.addresses[turn % len(self.addresses)]
            turn += 1
            try:
                status, headers, answer = self._post(address, path, body, by)
            except (
                OSError,
                ValueError,
                http.client.HTTPException,
            ) as error:  # none, or half of one
                answer = repr(error)
            else:
                if status < 500 and status != 429:
                    return status, answer
                pause = float(headers.get("Retry-After") or PAUSE)
            with self.lock:
                self.again += 1
            time.sleep(min(pause, LONGEST_PAUSE))
        return 0, f"{mark} was never answered; last: {answer}"

    def _post(self, address, path, body, by):
        data, kind = encode(body)
        headers = {"Content-Type": kind}
        if by:
            headers["Authorization"] = f"Token {self.tokens[by]}"
        line = self._line(address)
        try:
            line.request("POST", f"/api/v1/{path}", data, headers)
            answer = line.getresponse()
            text = answer.read()
        except BaseException:
            line.close()  # what would come next belongs to this request
            raise
        if answer.status >= 500 or answer.status == 429:
            return answer.status, answer.headers, text[:200]
        return answer.status, answer.headers, json.loads(text)

    def _line(self, address) -> http.client.HTTPConnection:
        """This client's own connection to a web process, which opens again by itself."""
        lines = self.lines.__dict__
        if address not in lines:
            lines[address] = http.client.HTTPConnection(address, timeout=20)
        return lines[address]


def picture(mark: uuid.UUID) -> bytes:
    """A JPEG that no other mark has: sixteen grey fields."""
    from PIL import Image

    fields = Image.frombytes("L", (4, 4), mark.bytes)
    buffer = io.BytesIO()
    fields.resize((160, 120), Image.Resampling.NEAREST).save(buffer, "JPEG")
    return buffer.getvalue()
