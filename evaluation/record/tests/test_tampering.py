"""Whoever can write the database, but has no key, is found: a table of what such hands may do."""

import json
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from cases.feed import log as live
from cases.models import Attachment, Case, CaseEvent, Sequence
from cases.record.chain import case_digest, digest
from cases.tests.cast import act
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import RecordHead
from citymgmt.lib import heads, push
from evaluation.record import anchors
from evaluation.record.tests.hands import execute, execute_all, verify


# --- what hands do --------------------------------------------------------------------------
def _last(signed):
    return CaseEvent.objects.filter(case=signed.fresh).order_by("-seq").first()


def cut_the_log(signed):
    last = _last(signed)
    before = CaseEvent.objects.get(case=signed.fresh, seq=last.seq - 1)
    execute("DELETE FROM cases_attachment WHERE event_id = %s", last.pk)
    execute("DELETE FROM cases_caseevent WHERE id = %s", last.pk)
    execute(
        "UPDATE cases_case SET events_count = %s, head_hash = %s, state = 'registered'"
        " WHERE id = %s",
        before.seq, before.hash, signed.fresh.pk,
    )  # fmt: skip
    return last


def cut_the_log_and_the_feed(signed):
    last = cut_the_log(signed)
    before = CaseEvent.objects.get(feed=last.feed - 1)
    execute(
        "UPDATE cases_sequence SET value = %s, mac = %s WHERE name = 'feed'",
        before.feed, before.feed_mac,
    )  # fmt: skip


def forge(signed):
    """Another opinion in the middle, and every hash after it computed anew, as anybody can."""
    previous = None
    for event in CaseEvent.objects.filter(case=signed.closed, seq__gte=3).order_by("seq"):
        event.opinion = "另一种说法" if previous is None else event.opinion
        event.prev_hash = previous or event.prev_hash
        event.hash = previous = digest(event)
        event.save(update_fields=["opinion", "prev_hash", "hash"])
    execute("UPDATE cases_case SET head_hash = %s WHERE id = %s", previous, signed.closed.pk)


def forge_an_addition(signed):
    """A row of one's own at the end, not published yet."""
    case = Case.objects.get(pk=signed.fresh.pk)
    event = CaseEvent(case=case, seq=case.events_count + 1, action="urge", state_from=case.state,
                      state_to=case.state, at=case.state_since, prev_hash=case.head_hash,
                      case_digest=case_digest(case))  # fmt: skip
    event.hash = digest(event)
    event.save()
    execute("UPDATE cases_case SET events_count = %s, head_hash = %s WHERE id = %s",
            event.seq, event.hash, case.pk)  # fmt: skip


def delete_a_case(signed):
    number = signed.waiting.number
    mine = f"(SELECT id FROM cases_case WHERE number = '{number}')"
    execute_all(
        *(f"DELETE FROM {table} WHERE case_id = {mine}" for table in _tables_of_a_case()),
        f"DELETE FROM cases_case WHERE number = '{number}'",
    )


def _tables_of_a_case():
    """Every table that names a case, those first that others name."""
    related = [row for row in Case._meta.related_objects if row.field.column == "case_id"]
    tables = {row.related_model._meta.db_table for row in related}
    tables |= {row.remote_field.through._meta.db_table for row in Case._meta.many_to_many}
    return sorted(tables, key=lambda name: name == "cases_caseevent")


def swap_feed_numbers(signed):
    execute_all(
        "UPDATE cases_caseevent SET feed = -1 WHERE feed = 2",
        "UPDATE cases_caseevent SET feed = 2 WHERE feed = 3",
        "UPDATE cases_caseevent SET feed = 3 WHERE feed = -1",
    )


def move_a_photo(signed):
    photo = Attachment.objects.filter(case=signed.fresh).first()
    other = CaseEvent.objects.get(case=signed.closed, seq=1)
    execute("UPDATE cases_attachment SET case_id = %s, event_id = %s WHERE id = %s",
            other.case_id, other.pk, photo.pk)  # fmt: skip


def move_the_place(signed):
    """To where another case is; as a value, for the databases write points differently."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT point FROM cases_case WHERE id = %s", [signed.other.pk])
        [point] = cursor.fetchone()
    execute("UPDATE cases_case SET point = %s WHERE id = %s", point, signed.fresh.pk)


def cut_the_audit(signed):
    execute("DELETE FROM accounts_auditevent WHERE number = (SELECT max(number) FROM"
            " accounts_auditevent)")  # fmt: skip


def cut_the_audit_and_its_head(signed):
    cut_the_audit(signed)
    execute(
        "UPDATE accounts_recordhead SET value = value - 1, mac = (SELECT mac FROM"
        " accounts_auditevent ORDER BY number DESC LIMIT 1) WHERE name = 'audit'"
    )


def cut_the_seals(signed):
    execute_all("DELETE FROM evaluation_seal WHERE kind = 'bulletin'",
                "DELETE FROM evaluation_bulletin")  # fmt: skip


def column(name, value, what="fresh"):
    """An SQL value in a column of a case, without a step."""
    return lambda signed: execute(
        f"UPDATE cases_case SET {name} = {value} WHERE id = %s", getattr(signed, what).pk
    )


def sql(text):
    return lambda signed: execute(text)


OTHER_DEPARTMENT = "(SELECT id FROM accounts_department WHERE code = 'gas')"
PHOTO = "(SELECT max(id) - 1 FROM cases_attachment)"  # of a step
LATE = "(SELECT max(id) FROM cases_attachment)"
TAMPERINGS = {
    "the last step, and the head set back": (cut_the_log, "feed {last}: missing"),
    "and the head of the feed as well": (cut_the_log_and_the_feed, "feed {before}: head"),
    "a step rewritten, hashes made anew": (forge, "{closed}: signature of row 3"),
    "a step added with a fitting hash": (forge_an_addition, "{fresh}: signature of row 3"),
    "a whole case": (delete_a_case, "numbers {waiting}: missing"),
    "the deadline": (column("due_at", "'2027-01-01 00:00:00+00:00'"), "{fresh}: columns"),
    "overdue": (column("overdue_at", "'2026-01-01 00:00:00+00:00'"), "{fresh}: columns"),
    "the state": (column("state", "'to_dispatch'"), "{fresh}: columns"),
    "the department": (column("department_id", OTHER_DEPARTMENT, "waiting"), "{waiting}: columns"),
    "the description": (column("description", "'nothing'"), "{fresh}: columns"),
    "the class": (
        column("matter_class_id", "(SELECT id FROM inventory_matterclass WHERE kind = 'event')"),
        "{fresh}: columns",
    ),
    "the reporter": (column("reporter_id", "NULL"), "{fresh}: columns"),
    "the place": (move_the_place, "{fresh}: columns"),
    "who assists": (
        sql("INSERT INTO cases_case_assisting (case_id, department_id) SELECT max(id),"
            f" {OTHER_DEPARTMENT} FROM cases_case"),
        "{fresh}: assisting",
    ),
    "a photo taken out": (sql(f"DELETE FROM cases_attachment WHERE id = {PHOTO}"),
                          "photo with SHA-256"),
    "a late photo taken out": (sql(f"DELETE FROM cases_attachment WHERE id = {LATE}"),
                               "{fresh} photo {late}: missing"),
    "another hash of a photo": (
        sql(f"UPDATE cases_attachment SET sha256 = '{'0' * 64}' WHERE id = {PHOTO}"),
        "signature",
    ),
    "a photo taken earlier": (
        sql(f"UPDATE cases_attachment SET at = '2020-01-01 00:00:00+00:00' WHERE id = {PHOTO}"),
        "signature",
    ),
    "a photo moved to another case": (move_a_photo, "not in the log"),
    "feed numbers swapped": (swap_feed_numbers, "feed 2-4: signature"),
    "the last feed number": (
        sql("UPDATE cases_caseevent SET feed = NULL WHERE feed = (SELECT max(feed) FROM"
            " cases_caseevent)"),
        "feed {last}: missing",
    ),
    "the head of the feed": (sql("DELETE FROM cases_sequence WHERE name = 'feed'"),
                             "feed {last}: head missing"),
    "the end of the audit record": (cut_the_audit, "audit number {audit}: missing"),
    "and its head": (cut_the_audit_and_its_head, "audit number {audit_before}: head"),
    "the audit record unnumbered": (
        sql("UPDATE accounts_auditevent SET number = NULL WHERE number = 1"), "not signed"
    ),
    "a seal with its bulletin": (cut_the_seals, "seal 2: missing"),
    "a seal signed otherwise": (sql("UPDATE evaluation_seal SET mac = 'sha256:00'"),
                                "seal 1-2: signature"),
}  # fmt: skip


def _names(signed):
    feed, audit = (
        Sequence.objects.get(name="feed").value,
        RecordHead.objects.get(name="audit").value,
    )
    numbers = {name: getattr(signed, name).number for name in ("fresh", "closed", "waiting")}
    late = Attachment.objects.order_by("-id").first().uuid
    return numbers | {"last": feed, "before": feed - 1, "audit": audit, "audit_before": audit - 1,
                      "late": late}  # fmt: skip


def test_every_tampering_is_found(signed):
    names = _names(signed)
    assert verify() == (0, [])
    unseen = {}
    for what, (tamper, line) in TAMPERINGS.items():
        with transaction.atomic():
            tamper(signed)
            code, lines = verify()
            transaction.set_rollback(True)
        if code != 1 or not any(line.format(**names) in said for said in lines):
            unseen[what] = (code, lines)
    assert unseen == {}
    assert verify() == (0, [])


# --- files ----------------------------------------------------------------------------------
def _overwrite(name, content=b"another"):
    with open(default_storage.path(name), "wb") as file:
        file.write(content)


def test_exchanged_and_missing_files_are_found(signed):
    first, second, _late = Attachment.objects.filter(case=signed.fresh).order_by("id")
    _overwrite(first.file.name)
    _overwrite(second.thumb.name)
    default_storage.delete(second.file.name)
    assert verify() == (1, [
        f"{signed.fresh.number} photo {first.uuid}: {first.file.name}: another file",
        f"{signed.fresh.number} photo {second.uuid}: {second.file.name}: file missing",
        f"{signed.fresh.number} photo {second.uuid}: {second.thumb.name}: another file",
    ])  # fmt: skip
    assert verify("--no-files") == (0, [])


# --- anchors --------------------------------------------------------------------------------
def _heads():
    rows = [*Sequence.objects.filter(name="feed"), *RecordHead.objects.all()]
    return [(row, row.value, row.mac, row.seal) for row in rows]


def _set_back(rows):
    """To heads as they were and as they were signed, which somebody has kept."""
    for row, row.value, row.mac, row.seal in rows:
        row.save()


def test_an_end_cut_off_with_a_head_of_then_is_told_by_the_anchor(signed):
    then = _heads()
    act(signed, signed.other, "accept", "acceptor", opinion="属实")
    record(verb="test", subject="late")
    with push.silence():
        live.publish(send=False)
    path = anchors.write(timezone.now())
    number = Sequence.objects.get(name="feed").value
    event = CaseEvent.objects.get(feed=number)
    before = CaseEvent.objects.get(case=event.case, seq=event.seq - 1)
    assert verify() == (0, [])
    as_it_was = Case.objects.filter(pk=signed.other.pk)
    event.delete()
    as_it_was.update(
        state="registered", events_count=1, head_hash=before.hash,
    )  # fmt: skip
    execute("DELETE FROM accounts_auditevent WHERE subject = 'late'")
    _set_back(then)
    code, lines = verify()
    assert code == 1
    assert f"feed {number}: missing, anchor {path.name} says" in lines
    assert any(line.startswith("audit number") and path.name in line for line in lines)
    kept = path.rename(path.parent.parent / "sent.json")
    assert not any("feed" in line for line in verify()[1])
    assert f"feed {number}: missing, anchor sent.json says" in verify("--anchor", str(kept))[1]


def test_the_copy_of_the_head_tells_what_a_head_of_then_hides(signed):
    head = Sequence.objects.get(name="feed")
    head.keep()
    last = CaseEvent.objects.get(feed=head.value)
    head.value, head.mac = head.value - 1, CaseEvent.objects.get(feed=head.value - 1).feed_mac
    head.close()  # as it was signed then
    head.save()
    CaseEvent.objects.filter(pk=last.pk).update(feed=None)
    assert verify() == (1, [f"feed {head.value + 1}: missing, heads/feed says"])


def test_an_anchor_is_signed_and_counts(signed):
    path = anchors.write(timezone.now())
    assert anchors.write(timezone.now()) is None
    again = anchors.write(timezone.now() + timedelta(seconds=1), again=True)
    first, second = (json.loads(one.read_text()) for one in (path, again))
    assert second["previous"] == first["signature"]
    assert first["counts"]["cases"] == Case.objects.count()
    text = path.with_suffix(".txt").read_text()
    assert first["signature"] in text
    assert {"记录锚定书", "Anchor of the record"} <= set(text.splitlines())
    path.write_text(path.read_text().replace('"cases": ', '"cases": 1'))
    assert verify() == (1, [f"anchor {path.name}: signature"])


def test_another_key_is_one_line(signed, settings):
    settings.RECORD_KEY = "another"
    assert verify() == (1, ["key: the record was signed with another key"])


def test_what_was_signed_under_one_algorithm_holds_under_the_other(signed, settings):
    settings.RECORD_DIGEST = "sm3"
    act(signed, signed.other, "accept", "acceptor", opinion="属实")
    with push.silence():
        live.publish(send=False)
    kinds = set(CaseEvent.objects.values_list("feed_mac", flat=True))
    assert {mac.partition(":")[0] for mac in kinds} == {"sha256", "sm3"}
    assert verify() == (0, [])


def test_copies_of_the_heads_are_not_of_the_database(signed):
    assert list(heads.kept("feed")) == []
    head = Sequence.objects.get(name="feed")
    head.keep()
    assert [(mark.value, mark.mac) for mark in heads.kept("feed")] == [(head.value, head.mac)]
