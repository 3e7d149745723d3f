"""A return that was open before returns stopped the clock is asked for again: no clock of the
center runs for it."""

from django.db import migrations


def lapse(apps, schema_editor):
    case = apps.get_model("cases", "Case")
    case.objects.filter(state="to_dispose", pending="return_").update(pending="")


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_timer_moments")]
    operations = [migrations.RunPython(lapse, migrations.RunPython.noop)]
