"""Signs the audit record as it stands: what was changed before is signed as it is now."""

from django.db import migrations

from citymgmt.lib import heads


def sign(apps, schema_editor):
    events = apps.get_model("accounts", "AuditEvent").objects
    RecordHead = apps.get_model("accounts", "RecordHead")
    value, mac = 0, ""
    rows = list(events.order_by("id").values_list("id", "hash"))
    for pk, value, mac in heads.signed("audit", rows):
        events.filter(pk=pk).update(number=value, mac=mac)
    if value:
        seal = heads.sealed("audit", value, mac)
        RecordHead.objects.create(name="audit", value=value, mac=mac, seal=seal)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_signed_record")]
    operations = [migrations.RunPython(sign, migrations.RunPython.noop)]
