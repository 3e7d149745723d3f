"""Acceptors that a city has already may hand over tasks, as the shipped ones do; it only adds."""

from django.db import migrations


def add(apps, schema_editor):
    for post in apps.get_model("accounts", "Post").objects.filter(code="acceptor"):
        if "hand_over" not in post.verbs:
            post.verbs = [*post.verbs, "hand_over"]
            post.save(update_fields=["verbs"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_verb_of_campaigns")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
