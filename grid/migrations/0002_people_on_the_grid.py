"""Dated duty grids, the rota, grids above unit grids, classes of areas."""

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import citymgmt.lib.naming


class Migration(migrations.Migration):
    dependencies = [
        ("grid", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Shift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=16, unique=True, verbose_name="code")),
                ("name_zh", models.CharField(max_length=40, verbose_name="Chinese name")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=60, verbose_name="English name"),
                ),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="to")),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "shift",
                "verbose_name_plural": "shifts",
                "ordering": ["starts", "code"],
            },
            bases=(citymgmt.lib.naming.Bilingual, models.Model),
        ),
        migrations.AddField(
            model_name="dutygrid",
            name="end_date",
            field=models.DateField(blank=True, null=True, verbose_name="valid until"),
        ),
        migrations.CreateModel(
            name="EvaluationGrid",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="code")),
                (
                    "letter",
                    models.CharField(
                        choices=[("A", "A"), ("B", "B"), ("C", "C")],
                        max_length=1,
                        verbose_name="type",
                    ),
                ),
                ("geometry", django.contrib.gis.db.models.fields.MultiPolygonField(srid=4490)),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluation_grids",
                        to="grid.area",
                    ),
                ),
            ],
            options={
                "verbose_name": "evaluation grid",
                "verbose_name_plural": "evaluation grids",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="ManagementCell",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "unit_grid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="grid.unitgrid",
                    ),
                ),
            ],
            options={
                "verbose_name": "unit grid of a management grid",
                "verbose_name_plural": "unit grids of management grids",
            },
        ),
        migrations.CreateModel(
            name="ManagementGrid",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="code")),
                ("geometry", django.contrib.gis.db.models.fields.MultiPolygonField(srid=4490)),
                (
                    "cells",
                    models.ManyToManyField(
                        related_name="management_grids",
                        through="grid.ManagementCell",
                        to="grid.unitgrid",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="management_grids",
                        to="grid.area",
                    ),
                ),
                (
                    "evaluation_grid",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="management_grids",
                        to="grid.evaluationgrid",
                    ),
                ),
            ],
            options={
                "verbose_name": "management grid",
                "verbose_name_plural": "management grids",
                "ordering": ["code"],
            },
        ),
        migrations.AddField(
            model_name="managementcell",
            name="management_grid",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="members",
                to="grid.managementgrid",
            ),
        ),
        migrations.CreateModel(
            name="DutyAssignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                (
                    "collector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duty_assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "duty_grid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to="grid.dutygrid",
                    ),
                ),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="grid.shift",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of the rota",
                "verbose_name_plural": "entries of the rota",
                "ordering": ["date", "shift", "duty_grid", "collector"],
            },
        ),
        migrations.CreateModel(
            name="AreaClass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "area_class",
                    models.CharField(
                        choices=[("A", "A"), ("B", "B"), ("C", "C")],
                        max_length=1,
                        verbose_name="area class",
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="classes",
                        to="grid.area",
                    ),
                ),
            ],
            options={
                "verbose_name": "class of an area",
                "verbose_name_plural": "classes of areas",
                "ordering": ["area", models.OrderBy(models.F("valid_from"), nulls_first=True)],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("area",),
                        name="area_class_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("area_class__in", ["A", "B", "C"])),
                        name="area_class_letter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_from__isnull", True),
                            ("valid_to__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="area_class_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyMembership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until")),
                (
                    "duty_grid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="grid.dutygrid",
                    ),
                ),
                (
                    "unit_grid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="grid.unitgrid",
                    ),
                ),
            ],
            options={
                "verbose_name": "unit grid of a duty grid",
                "verbose_name_plural": "unit grids of duty grids",
                "ordering": ["unit_grid", "valid_from"],
                "indexes": [
                    models.Index(fields=["duty_grid", "valid_to"], name="duty_membership_of_grid")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("unit_grid",),
                        name="duty_membership_one_open",
                    ),
                    models.UniqueConstraint(
                        fields=("unit_grid", "valid_from"), name="duty_membership_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="duty_membership_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="evaluationgrid",
            constraint=models.CheckConstraint(
                condition=models.Q(("letter__in", ["A", "B", "C"])), name="evaluation_grid_letter"
            ),
        ),
        migrations.AddConstraint(
            model_name="managementcell",
            constraint=models.UniqueConstraint(
                fields=("unit_grid",), name="management_cell_in_one_grid"
            ),
        ),
        migrations.AddIndex(
            model_name="dutyassignment",
            index=models.Index(fields=["date", "shift"], name="duty_assignment_on_date"),
        ),
        migrations.AddIndex(
            model_name="dutyassignment",
            index=models.Index(fields=["collector", "date"], name="duty_assignment_of_collector"),
        ),
        migrations.AddConstraint(
            model_name="dutyassignment",
            constraint=models.UniqueConstraint(
                fields=("duty_grid", "shift", "date", "collector"), name="duty_assignment_once"
            ),
        ),
    ]
