"""When a case changed last: known at once for new steps, filled in from the log for old ones."""

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

STEP = 5000


def fill(apps, schema_editor):
    """The moment of the last row of the log; a few thousand cases at a time, none locked long."""
    cases = apps.get_model("cases", "Case").objects
    rows = apps.get_model("cases", "CaseEvent").objects
    # The head of the log is found by the unique key (case, seq).
    head = rows.filter(case=OuterRef("pk"), seq=OuterRef("events_count")).values("at")
    last = cases.order_by("-pk").values_list("pk", flat=True).first() or 0
    for start in range(0, last + 1, STEP):
        some = cases.filter(pk__gt=start, pk__lte=start + STEP, events_count__gt=0)
        some.update(updated_at=Coalesce(Subquery(head[:1]), F("updated_at")))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0010_requests_to_forward")]

    operations = [
        migrations.AddField(
            "case",
            "updated_at",
            models.DateTimeField(default=timezone.now, editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex("case", models.Index(fields=["updated_at", "id"], name="case_updated")),
    ]
