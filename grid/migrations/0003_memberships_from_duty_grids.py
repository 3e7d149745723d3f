"""What cities have built already: each unit grid is in its duty grid since its first day."""

from django.db import migrations


def write(apps, _schema_editor):
    cells = apps.get_model("grid", "UnitGrid").objects.filter(duty_grid__isnull=False)
    membership = apps.get_model("grid", "DutyMembership")
    membership.objects.bulk_create(
        (
            membership(unit_grid_id=cell, duty_grid_id=duty, valid_from=start, valid_to=end)
            for cell, duty, start, end in cells.values_list(
                "id", "duty_grid_id", "start_date", "end_date"
            )
            if end is None or end > start
        ),
        batch_size=1_000,
    )


class Migration(migrations.Migration):
    dependencies = [("grid", "0002_people_on_the_grid")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
