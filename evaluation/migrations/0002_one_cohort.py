import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from evaluation.sealing import digests as seals

# What the settings of a scheme meant that did not say so, before the defaults changed.
BEFORE = {
    "membership": "own",
    "fewest": {"any": {"any": 0}},
    "denominators": {"dispose_on_time_rate": "should_dispose", "missed_rate": "filed"},
}
SAME = Q(by=F("checked_by")) | Q(by=F("approved_by")) | Q(checked_by=F("approved_by"))


def keep_what_was_meant(apps, schema_editor):
    """Schemes of before keep their figures: what was a default is written out."""
    for row in apps.get_model("evaluation", "SchemeRow").objects.all():
        denominators = {**BEFORE["denominators"], **row.settings.get("denominators", {})}
        row.settings = {**BEFORE, **row.settings, "denominators": denominators}
        row.save(update_fields=["settings"])


def ask_for_three_people(apps, schema_editor):
    """Published bulletins stay as they are; others of fewer than three people go back to draft."""
    bulletins = apps.get_model("evaluation", "Bulletin").objects.filter(SAME)
    bulletins.filter(status="published").update(three_people=False)
    bulletins.exclude(status="published").update(status="draft", checked_by=None, approved_by=None)


def seal_what_is_frozen(apps, schema_editor):
    """The chain begins with everything that was frozen before there was one."""
    evaluations = apps.get_model("evaluation", "Evaluation").objects.select_related("scheme")
    results = apps.get_model("evaluation", "Result").objects.order_by("object_kind", "object_id")
    bulletins = apps.get_model("evaluation", "Bulletin").objects.filter(status="published")
    Seal = apps.get_model("evaluation", "Seal")
    previous = ""
    for row in evaluations.order_by("id").iterator(chunk_size=50):
        content = seals.evaluation_content(row, results.filter(evaluation=row.pk).iterator())
        previous = _seal(Seal, seals.EVALUATION, row.pk, content, previous)
    for row in bulletins.order_by("published_at", "id").iterator(chunk_size=50):
        previous = _seal(Seal, seals.BULLETIN, row.pk, seals.bulletin_content(row), previous)


def _seal(Seal, kind, object_id, content, previous):
    found = seals.link(kind, object_id, content, previous)
    Seal.objects.create(
        kind=kind, object_id=object_id, content=content, prev_hash=previous, hash=found
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_requests_to_forward"),
        ("evaluation", "0001_initial"),
        ("grid", "0005_grid_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MissedFinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("confirmed", "Missed"),
                            ("declined", "Not missed"),
                            ("objected", "Objection"),
                        ],
                        max_length=12,
                        verbose_name="decision",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "missed report",
                "verbose_name_plural": "missed reports",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("object_id", models.BigIntegerField()),
                ("content", models.CharField(max_length=64)),
                ("prev_hash", models.CharField(max_length=64, unique=True)),
                ("hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="result",
            name="result_score_has_grade_and_rank",
        ),
        migrations.AddField(
            model_name="bulletin",
            name="three_people",
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.AddField(
            model_name="casefact",
            name="missed_by_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="result",
            name="few",
            field=models.BooleanField(default=False, verbose_name="too few cases for a rank"),
        ),
        migrations.RunPython(keep_what_was_meant, migrations.RunPython.noop),
        migrations.RunPython(ask_for_three_people, migrations.RunPython.noop),
        migrations.RunPython(seal_what_is_frozen, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="bulletin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "published"), ("three_people", False)),
                    models.Q(
                        ("three_people", True),
                        models.Q(
                            ("by__isnull", True),
                            ("checked_by__isnull", True),
                            models.Q(("by", models.F("checked_by")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("by__isnull", True),
                            ("approved_by__isnull", True),
                            models.Q(("by", models.F("approved_by")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("checked_by__isnull", True),
                            ("approved_by__isnull", True),
                            models.Q(("checked_by", models.F("approved_by")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="bulletin_by_three_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("few", False),
                        ("grade", ""),
                        ("rank__isnull", True),
                        ("score__isnull", True),
                    ),
                    models.Q(
                        ("few", False),
                        ("rank__isnull", False),
                        ("score__isnull", False),
                        models.Q(("grade", ""), _negated=True),
                    ),
                    models.Q(
                        ("few", True),
                        ("rank__isnull", True),
                        ("score__isnull", False),
                        models.Q(("grade", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="result_score_has_grade_and_rank",
            ),
        ),
        migrations.AddField(
            model_name="missedfinding",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="missedfinding",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="missed_findings",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="missedfinding",
            name="collector",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="missed_findings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="missedfinding",
            name="duty_grid",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grid.dutygrid",
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.UniqueConstraint(fields=("kind", "object_id"), name="seal_once"),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["evaluation", "bulletin"])), name="seal_kind_known"
            ),
        ),
        migrations.AddIndex(
            model_name="missedfinding",
            index=models.Index(fields=["case", "-id"], name="missed_newest_of_case"),
        ),
        migrations.AddConstraint(
            model_name="missedfinding",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["confirmed", "declined", "objected"])),
                name="missed_verdict_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="missedfinding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verdict", "confirmed"), _negated=True),
                    models.Q(("collector__isnull", False), ("duty_grid__isnull", False)),
                    _connector="OR",
                ),
                name="missed_confirmed_names_collector",
            ),
        ),
        migrations.AddConstraint(
            model_name="missedfinding",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="missed_has_reason"
            ),
        ),
    ]
