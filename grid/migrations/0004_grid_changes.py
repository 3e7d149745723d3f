"""The history of the grid: which change began and ended a cell."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grid", "0003_memberships_from_duty_grids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GridSettlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="time"),
                ),
                ("moved", models.JSONField(default=dict, verbose_name="moved")),
            ],
            options={
                "verbose_name": "settlement of a change of the grid",
                "verbose_name_plural": "settlements of changes of the grid",
            },
        ),
        migrations.CreateModel(
            name="GridChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("split", "Split"),
                            ("merge", "Merge cells"),
                            ("redraw", "Redraw border"),
                            ("renumber", "Renumber"),
                            ("retire", "Retire"),
                            ("reimport", "Re-import"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("effective_on", models.DateField(db_index=True, verbose_name="in effect from")),
                (
                    "applied_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="applied"),
                ),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
                ("before", models.JSONField(default=list, verbose_name="cells that ended")),
                ("after", models.JSONField(default=list, verbose_name="cells that began")),
                ("figures", models.JSONField(default=dict, verbose_name="figures")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grid_changes",
                        to="grid.area",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of the grid",
                "verbose_name_plural": "changes of the grid",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="unitgrid",
            name="begun_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="beginning",
                to="grid.gridchange",
            ),
        ),
        migrations.AddField(
            model_name="unitgrid",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ending",
                to="grid.gridchange",
            ),
        ),
        migrations.AddIndex(
            model_name="unitgrid",
            index=models.Index(fields=["start_date", "end_date"], name="unit_grid_by_day"),
        ),
        migrations.AddConstraint(
            model_name="unitgrid",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_by__isnull", True), ("end_date__isnull", False), _connector="OR"
                ),
                name="unit_grid_ended_by_change_has_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitgrid",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("begun_by__isnull", True),
                    ("ended_by__isnull", True),
                    models.Q(("begun_by", models.F("ended_by")), _negated=True),
                    _connector="OR",
                ),
                name="unit_grid_begun_and_ended_by_two",
            ),
        ),
        migrations.AddField(
            model_name="gridsettlement",
            name="change",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settlement",
                to="grid.gridchange",
            ),
        ),
        migrations.AddIndex(
            model_name="gridchange",
            index=models.Index(
                fields=["community", "effective_on"], name="grid_change_by_community"
            ),
        ),
        migrations.AddConstraint(
            model_name="gridchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["split", "merge", "redraw", "renumber", "retire", "reimport"])
                ),
                name="grid_change_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="gridchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("after", []), ("before", []), _negated=True),
                name="grid_change_changes_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="gridchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "retire"), _negated=True), ("after", []), _connector="OR"
                ),
                name="grid_change_retire_begins_nothing",
            ),
        ),
    ]
