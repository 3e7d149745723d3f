from django.db import migrations, models

MOMENTS = [
    ("warn", "Due soon"),
    ("overdue", "Overdue"),
    ("escalate", "Long overdue"),
    ("supervise", "Supervise"),
    ("urge", "Urge"),
    ("instruct", "Instruct"),
]
RULES = [
    # moment, scope, post, channel, only on duty
    ("supervise", "holder", None, "in_app", False),
    ("supervise", "dept", "liaison", "in_app", False),
    ("urge", "holder", None, "in_app", False),
    ("urge", "dept", "liaison", "sms", True),
    ("instruct", "holder", None, "in_app", False),
]


def tell(apps, schema_editor):
    """A city at work gets the rules of the new moments; a new one loads all of them later."""
    rule = apps.get_model("dispatch", "EscalationRule")
    post = apps.get_model("accounts", "Post")
    if not rule.objects.exists():
        return
    posts = {row.code: row for row in post.objects.all()}
    for moment, scope, code, channel, on_duty in RULES:
        if code is None or code in posts:
            rule.objects.create(
                moment=moment, scope=scope, post=posts.get(code), channel=channel,
                on_duty_only=on_duty,
            )  # fmt: skip


def forget(apps, schema_editor):
    apps.get_model("dispatch", "EscalationRule").objects.filter(
        moment__in=["supervise", "urge", "instruct"]
    ).delete()
    apps.get_model("dispatch", "Notice").objects.filter(
        text_key__in=["supervise", "urge", "instruct"]
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0005_open_returns")]
    operations = [
        migrations.AlterField(
            "escalationrule",
            "moment",
            models.CharField(choices=MOMENTS, max_length=16, verbose_name="moment"),
        ),
        migrations.AlterField(
            "notice",
            "text_key",
            models.CharField(choices=MOMENTS, max_length=16, verbose_name="what"),
        ),
        migrations.RunPython(tell, forget),
    ]
