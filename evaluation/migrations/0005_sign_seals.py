"""Signs the seals as they stand: what was changed before is signed as it is now."""

from django.db import migrations

from citymgmt.lib import heads


def sign(apps, schema_editor):
    seals = apps.get_model("evaluation", "Seal").objects
    RecordHead = apps.get_model("accounts", "RecordHead")
    value, mac = 0, ""
    for pk, value, mac in heads.signed(
        "seals", list(seals.order_by("id").values_list("id", "hash"))
    ):
        seals.filter(pk=pk).update(number=value, mac=mac)
    if value:
        seal = heads.sealed("seals", value, mac)
        RecordHead.objects.create(name="seals", value=value, mac=mac, seal=seal)


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0004_signed_seals"), ("accounts", "0015_sign_record")]
    operations = [migrations.RunPython(sign, migrations.RunPython.noop)]
