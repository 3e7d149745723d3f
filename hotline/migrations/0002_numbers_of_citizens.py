"""Numbers stored under an older spelling join those of the same line."""

from django.db import migrations

import citymgmt.lib.phones

HOLDERS = (("Call", "caller"), ("PublicReport", "citizen"), ("CallBack", "citizen"))


def one_spelling(apps, schema_editor):
    """Only numbers that begin with a country code can have been spelled in two ways."""
    citizens = apps.get_model("hotline", "Citizen").objects
    for row in citizens.filter(phone__regex=r"^(\+86|86|00)").iterator():
        number = _spelled(row.phone)
        if number == row.phone:
            continue
        other = citizens.filter(phone=number).first()
        if other is None:
            citizens.filter(pk=row.pk).update(phone=number)
            continue
        for model, field in HOLDERS:
            _hand_over(apps.get_model("hotline", model).objects, field, row, other)
        # Who was reached under both numbers stays two citizens: nothing told is lost.
        if not row.call_backs.exists():
            row.delete()


def _spelled(phone):
    try:
        return citymgmt.lib.phones.normal(phone)
    except ValueError:  # a number of the time before, kept as it was taken down
        return phone


def _hand_over(rows, field, old, new):
    if rows.model._meta.model_name == "callback":
        told = rows.filter(citizen=new, reached=True).values("case")
        rows = rows.exclude(reached=True, case__in=told)
    rows.filter(**{field: old}).update(**{field: new})


class Migration(migrations.Migration):
    dependencies = [("hotline", "0001_initial")]

    operations = [migrations.RunPython(one_spelling, migrations.RunPython.noop)]
