"""Signs the log as it stands: every row with its photos, the last row of a case with its columns.

The hashes of the rows stay as they were. Rows that wait to be published are published by this.
What was changed before is signed as it is now.
"""

import json
from collections import defaultdict

from django.db import migrations
from django.db.models import F

from cases.record import chain as record
from citymgmt.lib import heads, keyed

FORM, STEP = 1, 2000
UPDATE = (
    "UPDATE cases_caseevent SET form = %s, photos = %s, case_digest = %s, mac = %s, feed = %s,"
    " feed_mac = %s WHERE id = %s"
)


def sign(apps, schema_editor):
    Sequence = apps.get_model("cases", "Sequence")
    Attachment = apps.get_model("cases", "Attachment")
    _sign_photos(Attachment, schema_editor)
    rows = list(_evidence(apps))
    value, mac, changes = 0, "", []
    links = heads.signed("feed", ((pk, own) for pk, own, *_evidence_of in rows))
    for (pk, own, photos, columns), (_pk, value, mac) in zip(rows, links, strict=True):
        changes.append((FORM, json.dumps(photos), columns, own, value, mac, pk))
    _write(schema_editor, UPDATE, changes)
    if value:
        seal = heads.sealed("feed", value, mac)
        Sequence.objects.update_or_create(
            name="feed", defaults={"value": value, "mac": mac, "seal": seal}
        )


def _evidence(apps):
    """(id, signature, photos, digest of the case's columns) in the order of the feed."""
    Case, CaseEvent = apps.get_model("cases", "Case"), apps.get_model("cases", "CaseEvent")
    Attachment = apps.get_model("cases", "Attachment")
    photos, columns = defaultdict(list), {}
    for event, sha256 in Attachment.objects.order_by("id").values_list("event_id", "sha256"):
        photos[event].append(sha256)
    for case in Case.objects.iterator(chunk_size=STEP):
        columns[case.pk, case.events_count] = record.case_digest(case, FORM)
    events = CaseEvent.objects.order_by(F("feed").asc(nulls_last=True), "id")
    for pk, case, seq, own in events.values_list("id", "case_id", "seq", "hash"):
        evidence = photos.get(pk, []), columns.get((case, seq), "")
        yield pk, keyed.sign(*record.signed(own, *evidence, FORM)), *evidence


def _sign_photos(Attachment, schema_editor):
    photos = Attachment.objects.iterator(chunk_size=STEP)
    changes = [(keyed.sign(*record.photo_content(photo)), photo.pk) for photo in photos]
    _write(schema_editor, "UPDATE cases_attachment SET mac = %s WHERE id = %s", changes)


def _write(schema_editor, sql, changes):
    with schema_editor.connection.cursor() as cursor:
        if changes:
            cursor.executemany(sql, changes)


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_signed_log")]
    operations = [migrations.RunPython(sign, migrations.RunPython.noop)]
