"""What needs a second administrator, and whose choice a password was.

Passwords there are count as chosen today, or everybody would be kept out at once; those of the
demonstration last.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def count_as_chosen_today(apps, schema_editor):
    if apps.get_model("accounts", "AuditEvent").objects.filter(verb="demonstration").exists():
        return
    people = apps.get_model("accounts", "User").objects.filter(kind="person")
    people.update(password_chosen_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_sign_record"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="user",
            name="password_chosen_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(count_as_chosen_today, migrations.RunPython.noop),
        migrations.CreateModel(
            name="FormerPassword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128)),
                ("until", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_passwords",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "former password",
                "verbose_name_plural": "former passwords",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="PendingAct",
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
                            ("edit_person", "Edit the person"),
                            ("set_password", "Set a new password"),
                            ("appoint", "Appoint"),
                            ("dismiss", "Dismiss"),
                            ("grant", "Grant"),
                            ("revoke", "Revoke"),
                        ],
                        max_length=16,
                        verbose_name="act",
                    ),
                ),
                ("given", models.JSONField(default=dict)),
                ("password", models.CharField(blank=True, max_length=128)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("confirmed", "Confirmed"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=16,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "pending act",
                "verbose_name_plural": "pending acts",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by__isnull", True), ("decision", "")),
                            models.Q(
                                models.Q(("decision", ""), _negated=True),
                                ("decided_by__isnull", False),
                                ("password", ""),
                            ),
                            _connector="OR",
                        ),
                        name="act_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            ("decision", "withdrawn"),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="act_decided_by_another",
                    ),
                ],
            },
        ),
    ]
