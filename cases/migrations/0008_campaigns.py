"""Campaigns, whose cases are counted apart; a case may belong to one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import citymgmt.lib.naming


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_indexes_of_lists"),
        ("grid", "0005_grid_jobs"),
        ("inventory", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="caseevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("report", "Report"),
                    ("send_verify", "Send verify task"),
                    ("verify", "Verify"),
                    ("accept", "Accept"),
                    ("reject", "Reject"),
                    ("file", "File"),
                    ("decline", "Decline"),
                    ("dispatch", "Dispatch"),
                    ("redispatch", "Re-dispatch"),
                    ("assign", "Assign"),
                    ("unassign", "Take back assignment"),
                    ("dispose", "Report work done"),
                    ("feedback", "Feedback"),
                    ("pass_check", "Pass to check"),
                    ("send_check", "Send check task"),
                    ("check", "Check"),
                    ("assist_feedback", "Assist feedback"),
                    ("rework", "Rework"),
                    ("close", "Close case"),
                    ("special_close", "Special close"),
                    ("force_close", "Forced close"),
                    ("archive", "Archive"),
                    ("send_back", "Send back"),
                    ("merge", "Merge"),
                    ("unmerge", "Undo the merge"),
                    ("no_party", "No responsible party"),
                    ("proxy_dispose", "Proxy disposal"),
                    ("arbitrate", "Arbitrate"),
                    ("return_", "Ask for return"),
                    ("extend", "Ask for extension"),
                    ("suspend", "Ask for suspension"),
                    ("suspend_hard", "Ask for hard-case suspension"),
                    ("void", "Ask to void"),
                    ("appeal", "Appeal"),
                    ("forward", "Pass on the request"),
                    ("approve", "Approve"),
                    ("refuse", "Refuse"),
                    ("resume", "Resume"),
                    ("supervise", "Supervise"),
                    ("reply", "Reply to supervision"),
                    ("resolve", "End supervision"),
                    ("urge", "Urge"),
                    ("instruct", "Instruct"),
                    ("hand_over", "Hand over"),
                    ("hand_over_site", "Take over the site"),
                    ("set_campaign", "Set the campaign"),
                    ("warn", "Due soon"),
                    ("overdue", "Overdue"),
                    ("escalate", "Long overdue"),
                    ("stockpile", "Stockpile"),
                    ("retime", "Deadline recomputed"),
                ],
                max_length=16,
                verbose_name="action",
            ),
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_zh", models.CharField(max_length=80, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=80, verbose_name="English name"),
                ),
                ("first_day", models.DateField(verbose_name="first day")),
                ("last_day", models.DateField(verbose_name="last day")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "areas",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="grid.area", verbose_name="areas"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "classes",
                    models.ManyToManyField(
                        related_name="+", to="inventory.matterclass", verbose_name="classes"
                    ),
                ),
            ],
            options={
                "verbose_name": "campaign",
                "verbose_name_plural": "campaigns",
                "ordering": ["-first_day", "-id"],
            },
            bases=(citymgmt.lib.naming.Bilingual, models.Model),
        ),
        migrations.AddField(
            model_name="case",
            name="campaign",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="cases.campaign",
                verbose_name="campaign",
            ),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(fields=["last_day", "first_day"], name="campaign_days"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))),
                name="campaign_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("name_zh", ""), _negated=True), name="campaign_has_a_name"
            ),
        ),
    ]
