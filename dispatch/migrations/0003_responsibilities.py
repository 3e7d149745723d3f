"""Who answers where."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_chain_unforked"),
        ("dispatch", "0002_every_branch"),
        ("grid", "0005_grid_jobs"),
        ("inventory", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Responsibility",
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
                        blank=True,
                        choices=[("component", "Component"), ("event", "Event")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("major", models.CharField(blank=True, max_length=4, verbose_name="major class")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="basis")),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grid.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responsibilities",
                        to="accounts.department",
                        verbose_name="department",
                    ),
                ),
                (
                    "duty_grid",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grid.dutygrid",
                        verbose_name="duty grid",
                    ),
                ),
                (
                    "matter_class",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.matterclass",
                        verbose_name="class",
                    ),
                ),
            ],
            options={
                "verbose_name": "responsibility",
                "verbose_name_plural": "responsibilities",
                "ordering": [
                    "area__code",
                    "duty_grid__code",
                    "kind",
                    "major",
                    "matter_class",
                    "valid_from",
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("area__isnull", False),
                                models.Q(("duty_grid__isnull", False), _negated=True),
                            ),
                            models.Q(
                                models.Q(("area__isnull", False), _negated=True),
                                ("duty_grid__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="responsibility_on_one_ground",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("matter_class__isnull", False), ("kind", ""), ("major", "")),
                            models.Q(
                                models.Q(("matter_class__isnull", False), _negated=True),
                                models.Q(("kind", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="responsibility_for_one_matter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gt", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="responsibility_ends_after_it_begins",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("area__isnull", False),
                            ("matter_class__isnull", False),
                        ),
                        fields=("area", "matter_class"),
                        name="responsibility_open_class_of_area",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("area__isnull", False),
                            models.Q(("matter_class__isnull", False), _negated=True),
                        ),
                        fields=("area", "kind", "major"),
                        name="responsibility_open_kind_of_area",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("duty_grid__isnull", False),
                            ("matter_class__isnull", False),
                        ),
                        fields=("duty_grid", "matter_class"),
                        name="responsibility_open_class_of_duty_grid",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("duty_grid__isnull", False),
                            models.Q(("matter_class__isnull", False), _negated=True),
                        ),
                        fields=("duty_grid", "kind", "major"),
                        name="responsibility_open_kind_of_duty_grid",
                    ),
                ],
            },
        ),
    ]
