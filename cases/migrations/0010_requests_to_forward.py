from django.db import migrations
from django.db.models import Q

# What the dispatch section looks at first; extensions after the first and suspensions were
# decided without it until now, and those that are open stay so.
LOOKED_AT = Q(pending="appeal") | Q(pending="return_", return_kind="other")


def turn_round(apps, schema_editor):
    """`forwarded` said that it had been looked at, `to_forward` that it is still to be."""
    cases = apps.get_model("cases.Case").objects
    waiting = list(cases.filter(LOOKED_AT, to_forward=False).values_list("pk", flat=True))
    cases.filter(to_forward=True).update(to_forward=False)
    cases.filter(pk__in=waiting).update(to_forward=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_calendars_of_departments")]

    operations = [
        migrations.RenameField("case", "forwarded", "to_forward"),
        migrations.RunPython(turn_round, turn_round),
    ]
