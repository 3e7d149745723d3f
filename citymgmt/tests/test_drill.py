"""The counting of the drill: what was acknowledged against what is there."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

from citymgmt.drill.clients import Stream
from citymgmt.drill.counting import Act, Stored, faults, gaps

REPORT = Act("report", "62010520261130000001", "a mark")
STEP = Act("accept", "62010520261130000001", "another mark")
PHOTO = Act("photo", "62010520261130000001", "a third mark")
CLOSE = Act("close", "62010520261130000001", "a fourth mark")
WHOLE = Stored(
    acts=[REPORT, STEP, PHOTO],
    closed=[],
    contents=["5ab1"],
    places=[2, 1],
    head=2,
    named={"photos/1.jpg"},
    files={"photos/1.jpg"},
)


def figures(acknowledged=(REPORT, STEP, PHOTO), **other):
    """What is not 0, by its name."""
    found = faults(acknowledged, replace(WHOLE, **other))
    return {name: len(lines) for name, lines in found.items() if lines}


def test_where_all_is_there_once_nothing_is_counted():
    assert figures() == {}


def test_what_was_done_without_an_answer_is_no_fault():
    assert figures(acknowledged=[REPORT]) == {}


def test_what_was_acknowledged_and_is_not_there_is_missing():
    assert figures(acts=[REPORT, PHOTO]) == {"missing": 1}
    assert figures(files=set()) == {"missing": 1}


def test_what_is_there_under_another_case_is_missing_where_it_belongs():
    assert figures(acts=[REPORT, PHOTO, replace(STEP, case="62010520261130000002")]) == {
        "missing": 1
    }


def test_what_is_there_again_is_doubled_as_often_as_it_is_too_much():
    other = replace(REPORT, case="62010520261130000002")
    assert figures(acts=[*WHOLE.acts, other]) == {"doubled": 1}
    assert figures(acts=[*WHOLE.acts, STEP, STEP]) == {"doubled": 2}
    assert figures(contents=["5ab1", "5ab1"]) == {"doubled": 1}


def test_what_was_closed_is_closed_and_nothing_else():
    acts, number = [*WHOLE.acts, CLOSE], CLOSE.case
    assert figures([REPORT, CLOSE], acts=acts, closed=[number]) == {}
    assert figures([REPORT, CLOSE], acts=acts) == {"unclosed": 1}
    assert figures([REPORT], acts=acts, closed=[number]) == {"unclosed": 1}
    assert figures([REPORT, CLOSE], closed=[number]) == {"missing": 1}


def test_a_file_that_no_row_names_is_an_orphan():
    assert figures(files={"photos/1.jpg", "photos/2.jpg"}) == {"orphans": 1}


def test_the_feed_is_whole_from_the_first_place_to_its_head():
    assert gaps([3, 1, 2], 3) == []
    assert gaps([1, 3, None], 3) == ["place 2 is empty", "a row without a place"]
    assert gaps([1, 2], 1) == ["place 2 is beyond the head"]
    assert gaps([], 0) == []


# --- the stream -----------------------------------------------------------------------------
@contextmanager
def answering(status):
    """A web process that answers every request so: (its address, the bodies it got)."""
    got = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def stream_to(*addresses):
    return Stream(list(addresses), "", [], creations=0, seconds=0)


def test_acts_go_to_both_web_processes_in_turn():
    with answering(200) as (one, first), answering(200) as (two, second):
        stream = stream_to(one, two)
        for _n in range(4):
            assert stream.send("x/", {"a": 1}, by=None, mark="m") == (200, {})
    assert (len(first), len(second), stream.again) == (2, 2, 0)


def test_an_act_without_an_answer_goes_to_the_other_web_process_as_it_was():
    with answering(200) as (gone, _none):
        pass
    with answering(503) as (ill, told), answering(200) as (well, got):
        stream = stream_to(gone, ill, well)
        assert stream.send("x/", {"a": 1}, by=None, mark="m") == (200, {})
    assert stream.again == 2
    assert told == got == [b'{"a": 1}']


def test_the_case_that_has_come_furthest_is_next():
    stream = stream_to("nowhere")
    for number, rows in [("1", 2), ("2", 5), ("3", 3), ("4", 5)]:
        stream._wait({"number": number, "state": "to_file", "events": [{}] * rows})
    stream._wait({"number": "5", "state": "closed", "events": [{}] * 9})
    assert [stream._next()["number"] for _n in range(4)] == ["2", "4", "3", "1"]
    assert (stream._next(), stream.closed) == (None, 1)
