"""Nobody changes the log unseen."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from cases.devices.made import Made
from cases.models import Case, CaseEvent
from cases.models.events import FORM
from cases.record.chain import (
    COLUMNS,
    COVERED,
    EVIDENCE,
    MADE,
    broken_cases,
    case_digest,
    digest,
    sign,
)
from cases.states import State
from cases.tests.cast import MORNING, act, bring, photo, report

MANY = 1000  # out of the way of the sequence numbers in use


@pytest.fixture
def case(cast):
    case = report(cast)
    act(cast, case, "send_verify", "acceptor", collector=cast.collector, opinion="请核实")
    act(cast, case, "verify", "collector", verify_result="exists", photos=[photo()])
    return bring(cast, State.DISPOSING, case=case)


def broken():
    return dict(broken_cases())


def rows(case):
    return CaseEvent.objects.filter(case=case)


def another(value, cast):
    """A value of the same kind that is not this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x" if len(value) < 16 else "x" + value[1:]
    if isinstance(value, dict):
        return {**value, "more": 1}
    return MORNING - timedelta(days=1) if value is None else value + timedelta(seconds=1)


def test_record_of_an_untouched_log_holds(case):
    assert broken() == {}
    hashes = list(rows(case).order_by("seq").values_list("prev_hash", "hash"))
    assert hashes[0][0] == ""
    assert [before for before, _own in hashes[1:]] == [own for _before, own in hashes[:-1]]
    case.refresh_from_db()
    assert (case.events_count, case.head_hash) == (len(hashes), hashes[-1][1])


def changes(cast):
    """A changed value for each covered field of a row whose fields are all worth changing."""
    people = {"by_id": cast.leader.pk, "receiver_id": cast.leader.pk}
    offices = {"by_department_id": cast.gas.pk, "department_id": cast.gas.pk}
    numbers = {"used_seconds": 1, "limit_seconds": 1}
    return people | offices | numbers


@pytest.mark.parametrize("name", [n for n in COVERED if n not in ("case_id", "seq")])
def test_record_a_changed_field_is_found(cast, case, name):
    row = rows(case).get(action="file")
    value = changes(cast).get(name) or another(getattr(row, name), cast)
    if name in ("state_to", "action"):
        value = "void"
    assert value != getattr(row, name)
    CaseEvent.objects.filter(pk=row.pk).update(**{name: value})
    assert broken() == {case.number: f"row {row.seq}"}


def test_record_covers_all_that_a_row_says():
    """What is left out is not of the step: the key, the place in the feed, the hash itself."""
    columns = {field.attname for field in CaseEvent._meta.concrete_fields}
    left = {"id", "client_uuid", "feed", "feed_mac", "hash", "mac"}
    assert columns - {*COVERED, *MADE, *EVIDENCE} == left


def test_record_covers_every_column_of_a_case_that_only_steps_change():
    """A new column of a case makes a new form: rows that are written keep what they cover."""
    columns = {field.attname for field in Case._meta.concrete_fields}
    left = {"id", "next_at", "updated_at", "events_count", "head_hash"}
    assert columns - {*COLUMNS[FORM]} == left


MOMENT = MORNING - timedelta(minutes=3)
ELSEWHERE = {"made_at": MOMENT, "made_lon": 103.7, "made_lat": 36.2}


@pytest.mark.parametrize("told", [None, {"made_at": MOMENT}, ELSEWHERE])
@pytest.mark.parametrize(
    "instead",
    [
        {"made_at": None, "made_lon": None, "made_lat": None},
        {"made_at": MOMENT - timedelta(hours=1), "made_lon": None, "made_lat": None},
        {"made_at": MOMENT, "made_lon": 103.7, "made_lat": 36.1},
    ],
)
def test_record_what_a_device_said_is_covered_as_soon_as_it_said_anything(cast, told, instead):
    made = told and Made(told["made_at"], told.get("made_lon"), told.get("made_lat"))
    case = report(cast, made=made)
    assert broken() == {}
    row = rows(case).get()
    if all(getattr(row, name) == value for name, value in instead.items()):
        return
    rows(case).update(**instead)
    assert broken() == {case.number: "row 1"}


def test_record_rows_from_before_devices_were_heard_keep_their_digest(case):
    """The digest as it was computed then, spelled out."""
    row = rows(case).get(action="file")
    row.form = 1
    content = [getattr(row, name) for name in COVERED]
    plain = [v.astimezone(UTC).isoformat() if isinstance(v, datetime) else v for v in content]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert digest(row) == hashlib.sha256(text.encode()).hexdigest()


def test_record_rows_keep_the_columns_of_their_form(case):
    """What a form does not cover may be filled in by a migration; what it covers may not."""
    last = rows(case).latest("seq")
    case.refresh_from_db()
    older = FORM - 1
    last.form, last.case_digest = older, case_digest(case, older)
    sign(last)
    rows(case).filter(pk=last.pk).update(
        form=older, case_digest=last.case_digest, hash=last.hash, mac=last.mac
    )
    Case.objects.filter(pk=case.pk).update(head_hash=last.hash, warn_at=MORNING)
    assert broken() == {}
    Case.objects.filter(pk=case.pk).update(due_at=MORNING)
    assert broken() == {case.number: "columns"}


def test_record_a_changed_moment_of_the_light_is_found(case):
    Case.objects.filter(pk=case.pk).update(warn_at=MORNING)
    assert broken() == {case.number: "columns"}


def test_record_a_row_rewritten_with_a_fitting_hash_has_no_signature(case):
    row = rows(case).get(action="file")
    row.opinion = "另一种说法"
    CaseEvent.objects.filter(pk=row.pk).update(opinion=row.opinion, hash=digest(row))
    assert broken() == {case.number: f"signature of row {row.seq}"}


@pytest.mark.parametrize(("place", "reason"), [(0, "row 2"), (2, "row 4"), (-1, "head")])
def test_record_a_removed_row_is_found(case, place, reason):
    keys = list(rows(case).order_by("seq").values_list("pk", flat=True))
    victim = CaseEvent.objects.get(pk=keys[place])
    victim.attachments.all().delete()
    victim.delete()
    assert broken() == {case.number: reason}


def test_record_removed_rows_are_found_even_if_all_is_renumbered(case):
    keys = list(rows(case).order_by("seq").values_list("pk", flat=True))
    rows(case).get(pk=keys[1]).delete()
    rows(case).filter(pk__in=keys[2:]).update(seq=F("seq") + MANY)
    rows(case).filter(pk__in=keys[2:]).update(seq=F("seq") - MANY - 1)
    assert broken() == {case.number: "row 2"}


def test_record_swapped_rows_are_found(case):
    third, fourth = rows(case).filter(seq__in=(3, 4)).order_by("seq")
    rows(case).filter(pk=third.pk).update(seq=MANY)
    rows(case).filter(pk=fourth.pk).update(seq=3)
    rows(case).filter(pk=third.pk).update(seq=4)
    assert broken() == {case.number: "row 3"}


def test_record_a_row_moved_to_another_case_is_found(cast, case):
    other = report(cast, cell=1)
    last = rows(case).order_by("-seq").first()
    CaseEvent.objects.filter(pk=last.pk).update(case=other, seq=2)
    assert broken() == {case.number: "head", other.number: "row 2"}


@pytest.mark.parametrize("change", [{"head_hash": "0" * 64}, {"events_count": 3}])
def test_record_a_changed_head_is_found(case, change):
    Case.objects.filter(pk=case.pk).update(**change)
    assert broken() == {case.number: "head"}


def test_record_can_be_verified_for_some_cases(cast, case):
    other = report(cast, cell=1)
    Case.objects.update(head_hash="")
    assert dict(broken_cases(Case.objects.filter(pk=other.pk))) == {other.number: "head"}


def verify():
    out, err = StringIO(), StringIO()
    call_command("verify_record", "--json", stdout=out, stderr=err)
    return json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_record_command_counts_and_names_what_is_broken(cast, case):
    report(cast, cell=1)
    events = CaseEvent.objects.count()
    counts, said = verify()
    assert (counts["cases"], counts["events"], counts["broken"], said) == (2, events, 0, "")
    rows(case).filter(seq=2).update(opinion="x")
    with pytest.raises(CommandError) as failed:
        verify()
    assert failed.value.returncode == 1
