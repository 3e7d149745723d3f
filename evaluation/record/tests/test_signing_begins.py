"""What was written before there was a key is signed as it stood, and goes on from there."""

from importlib import import_module

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cases.feed import log as live
from cases.models import Case, CaseEvent
from cases.record.chain import digest
from cases.tests.cast import act
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib import push
from evaluation.record.tests.hands import execute, execute_all, verify

SIGNING = (
    "citymgmt.accounts.migrations.0015_sign_record",
    "cases.migrations.0021_sign_log",
    "evaluation.migrations.0005_sign_seals",
)


def _unsigned():
    """Every row as it was written before."""
    AuditEvent.objects.all().delete()
    execute_all(
        "DELETE FROM accounts_recordhead WHERE name = 'audit'",
        "DELETE FROM cases_attachment WHERE client_uuid IS NOT NULL",
        "UPDATE cases_caseevent SET form = 1, photos = '[]', case_digest = '', mac = '',"
        " feed_mac = ''",
        "UPDATE cases_attachment SET mac = '', thumb_sha256 = ''",
    )
    for case in Case.objects.all():
        previous = ""
        for event in case.events.order_by("seq"):
            event.prev_hash = previous
            previous = digest(event)
            CaseEvent.objects.filter(pk=event.pk).update(prev_hash=event.prev_hash, hash=previous)
        Case.objects.filter(pk=case.pk).update(head_hash=previous)
    for n in range(2):
        record(verb="test", subject=f"row {n}")
    execute_all(
        "DELETE FROM accounts_recordhead",
        "UPDATE accounts_auditevent SET number = NULL, mac = ''",
        "UPDATE evaluation_seal SET number = NULL, mac = ''",
        "UPDATE cases_sequence SET mac = '', seal = '' WHERE name = 'feed'",
        "UPDATE cases_caseevent SET feed = NULL WHERE feed = (SELECT max(feed) FROM"
        " cases_caseevent)",
    )


def _sign():
    apps = MigrationExecutor(connection).loader.project_state().apps
    for name in SIGNING:
        import_module(name).sign(apps, type("Editor", (), {"connection": connection}))


def test_rows_from_before_are_signed_as_they_stand(signed):
    _unsigned()
    assert verify()[0] == 1
    _sign()
    assert verify() == (0, [])
    act(signed, signed.other, "accept", "acceptor", opinion="属实")
    record(verb="test", subject="more")
    with push.silence():
        live.publish(send=False)
    assert verify() == (0, [])
    execute("UPDATE cases_case SET description = 'x' WHERE id = %s", signed.waiting.pk)
    execute("DELETE FROM cases_attachment WHERE case_id = %s", signed.closed.pk)
    code, lines = verify()
    assert code == 1
    assert f"{signed.waiting.number}: columns" in lines
    assert any(line.startswith(f"{signed.closed.number} photo with SHA-256") for line in lines)
