"""A department may count on a calendar of its own; one may work through public holidays."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_verb_of_campaigns"),
        ("cases", "0008_campaigns"),
    ]

    operations = [
        migrations.AddField(
            model_name="calendar",
            name="observes_holidays",
            field=models.BooleanField(default=True, verbose_name="observes public holidays"),
        ),
        migrations.AlterField(
            model_name="calendar",
            name="active",
            field=models.BooleanField(default=True, verbose_name="the center's calendar"),
        ),
        migrations.CreateModel(
            name="DepartmentCalendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departments",
                        to="cases.calendar",
                        verbose_name="work calendar",
                    ),
                ),
                (
                    "department",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.department",
                        verbose_name="department",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar of a department",
                "verbose_name_plural": "calendars of departments",
            },
        ),
    ]
