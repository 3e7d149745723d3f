"""The requests of returns that lapse with `cases.0006_open_returns`."""

from django.db import migrations
from django.utils import timezone


def lapse(apps, schema_editor):
    request = apps.get_model("dispatch", "Request")
    rows = request.objects.filter(kind="return_", status="open", case__pending="")
    rows.update(status="lapsed", decided_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0004_notices"),
        ("cases", "0006_open_returns"),
    ]
    operations = [migrations.RunPython(lapse, migrations.RunPython.noop)]
