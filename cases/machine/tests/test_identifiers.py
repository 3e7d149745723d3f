"""An identifier makes a repeat harmless and covers one content: what differs is never swallowed."""

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections

from cases.machine import actions
from cases.machine.identifiers import REUSED, identify
from cases.models import Case, CaseEvent, ClientIdentifier
from cases.photos.reading import read
from cases.states import State
from cases.tests.cast import MORNING, bring, photo, report
from citymgmt.lib.errors import BadInput, NotNow

KEY = uuid.UUID("6f9619ff-8b86-4011-b42d-00c04fc964ff")


def entered(cast, **values):
    return report(cast, **({"client_uuid": KEY} | values))


def refused(act, *args, **kwargs):
    with pytest.raises(NotNow) as refusal:
        act(*args, **kwargs)
    assert refusal.value.code == REUSED
    assert refusal.value.status == 409


def test_the_same_report_again_is_the_first_case(cast):
    first = entered(cast, address="校门口")
    again = entered(cast, address=" 校门口 ", at=MORNING + timedelta(hours=1))
    assert first == again
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"description": "另一件事"},
        {"cell": 1},
        {"address": "路口"},
        {"photos": [photo(colour="red")]},
        {"photos": [photo("wide")]},
        {"photos": [photo(), photo(colour="red")]},
        {"urgent": True},
        {"on_guard": True},
        {"component": "6201050101000001"},
        {"by": "collector2"},
    ],
)
def test_another_report_under_a_used_identifier_is_refused(cast, other):
    entered(cast)
    refused(entered, cast, **other)
    assert Case.objects.count() == 1


def test_classes_of_the_same_code_are_different_content(cast):
    entered(cast, class_code=cast.cover)
    refused(entered, cast, class_code=cast.litter)


def verify(cast, case, **values):
    given = {
        "by": cast.collector, "given": {"verify_result": "exists"}, "photos": [photo()],
        "client_uuid": KEY, "at": MORNING + timedelta(minutes=9),
    } | values  # fmt: skip
    return actions.perform(case, "verify", **given)


@pytest.fixture
def asked(cast):
    case = report(cast, by="acceptor", source="leader", photos=[])
    asks = {"by": cast.acceptor, "given": {"collector": "collector"}, "at": MORNING}
    actions.perform(case, "send_verify", **asks)
    case.refresh_from_db()
    return case


def test_the_same_step_again_is_done_once(cast, asked):
    assert verify(cast, asked) == verify(cast, asked)
    assert asked.events.filter(action="verify").count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"given": {"verify_result": "absent"}},
        {"given": {"verify_result": "exists", "opinion": "还在"}},
        {"photos": [photo(colour="red")]},
        {"photos": []},
    ],
)
def test_another_answer_under_a_used_identifier_is_refused(cast, asked, other):
    verify(cast, asked)
    refused(verify, cast, asked, **other)
    assert asked.events.filter(action="verify").count() == 1


def test_an_identifier_of_a_report_is_none_for_a_step(cast, asked):
    entered(cast)
    refused(verify, cast, asked)


def test_an_identifier_of_another_case_is_none_for_this_one(cast, asked):
    other = bring(cast, State.CHECKING, case=report(cast, cell=1))
    verify(cast, asked)
    given = {"by": cast.collector, "given": {"check_result": "pass"}, "photos": [photo()]}
    refused(actions.perform, other, "check", client_uuid=KEY, **given)


def test_what_was_refused_leaves_its_identifier_free(cast):
    with pytest.raises(BadInput):
        entered(cast, photos=[])
    assert entered(cast).client_uuid == KEY


def test_an_identifier_from_before_digests_is_answered_as_the_first_time(cast):
    first = entered(cast)
    ClientIdentifier.objects.all().delete()
    assert entered(cast) == first


def test_files_are_read_and_wound_back():
    kind, raw = photo()
    file = io.BytesIO(raw)
    asked = [identify(KEY, "x", None, {}, [(kind, one)]) for one in (raw, file, file)]
    assert len({one.digest for one in asked}) == 1
    assert file.tell() == 0
    picture = read(kind, raw)
    assert identify(KEY, "x", None, {}, [(kind, picture)]).digest != asked[0].digest


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": ""}, {}, True),
        ({"a": None, "b": []}, {}, True),
        ({"a": False}, {}, True),
        ({"a": True}, {}, False),
        ({"lon": 103.7}, {"lon": "103.7"}, True),
        ({"lon": 103.7}, {"lon": 103.71}, False),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, False),
        ({"a": 0}, {}, False),
    ],
)
def test_what_is_empty_is_as_good_as_left_out(one, other, same):
    digests = [identify(KEY, "x", None, content).digest for content in (one, other)]
    assert (digests[0] == digests[1]) == same


def test_without_an_identifier_there_is_nothing_to_compare(cast):
    report(cast)
    report(cast)
    assert Case.objects.count() == 2
    assert not ClientIdentifier.objects.exists()


def test_a_digest_is_one(db):
    with pytest.raises(IntegrityError):
        ClientIdentifier.objects.create(uuid=KEY, digest="x")


@pytest.mark.django_db(transaction=True)
def test_of_two_contents_at_once_one_is_refused(transactional_db, cast):
    """Whichever comes first stands; the other is told so, and nothing is there twice."""

    def enter(words):
        try:
            return entered(cast, description=words).description
        except NotNow as refusal:
            return refusal.code
        finally:
            connections.close_all()

    connection.close()
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(enter, ["甲", "乙", "甲", "乙"]))
    assert Case.objects.count() == 1
    words = Case.objects.get().description
    assert sorted(said) == sorted([words, words, REUSED, REUSED])
    assert CaseEvent.objects.count() == 1
