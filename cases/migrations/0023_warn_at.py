"""The moment at which a light turns yellow is stored; of open cases it is computed here."""

from decimal import Decimal

from django.db import migrations, models

from cases.machine.calendars import of_rows
from cases.states import FINAL, Stage, stage_of
from cases.time import clock as clocks

STEP = 500


def store(apps, schema_editor):
    Case = apps.get_model("cases", "Case")
    running = Case.objects.filter(due_at__isnull=False).exclude(state__in=sorted(FINAL))
    keys = list(running.order_by("id").values_list("pk", flat=True))
    if not keys:
        return
    calendars, share = _calendars(apps), _share(apps)
    columns = running.only("id", "state", "pending", "clocks", "department_id")
    for start in range(0, len(keys), STEP):
        batch = list(columns.filter(pk__in=keys[start : start + STEP]))
        for case in batch:
            case.warn_at = _warn_at(case, calendars, share)
        Case.objects.bulk_update(batch, ["warn_at"])


def _warn_at(case, calendars, share):
    stage = stage_of(case.state, case.pending)
    calendar = calendars.of(case.department_id) if stage == Stage.DISPOSE else calendars.center
    return clocks.warn_at(clocks.from_json(case.clocks[stage]), calendar, share)


def _calendars(apps):
    def rows(name, app="cases"):
        return apps.get_model(app, name).objects.all()

    own = list(rows("DepartmentCalendar").values_list("department_id", "calendar_id"))
    paths = rows("Department", "accounts").order_by().values_list("pk", "path")
    parts = (rows(name) for name in ("Calendar", "CalendarSchedule", "CalendarDay"))
    return of_rows(own, *parts, paths if own else ())


def _share(apps):
    switch = apps.get_model("cases", "ProcessSwitch").objects.filter(key="warn_share").first()
    return Decimal(str(switch.value)) if switch else clocks.WARN_SHARE


class Migration(migrations.Migration):
    dependencies = [("cases", "0022_timers")]
    operations = [
        migrations.AddField("case", "warn_at", models.DateTimeField(null=True)),
        migrations.AlterField("caseevent", "form", models.PositiveSmallIntegerField(default=3)),
        migrations.RunPython(store, migrations.RunPython.noop),
    ]
