"""Departments that a city has already may say that they are on site; it only adds."""

from django.db import migrations


def add(apps, schema_editor):
    posts = apps.get_model("accounts", "Post").objects.filter(code__in=["liaison", "handler"])
    for post in posts:
        if "arrive" not in post.verbs:
            post.verbs = [*post.verbs, "arrive"]
            post.save(update_fields=["verbs"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_session_mark")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
