from django.db import migrations
from django.utils import timezone


def begin_by_date(apps, schema_editor):
    """Editions that waited for their day begin by themselves from now on. Those that a later one
    has followed stay as they are: they are not in force either way."""
    editions = apps.get_model("cases", "StandardEdition").objects
    editions.filter(active=False, valid_from__gt=timezone.localdate()).update(active=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_moments_of_devices")]

    operations = [migrations.RunPython(begin_by_date, migrations.RunPython.noop)]
