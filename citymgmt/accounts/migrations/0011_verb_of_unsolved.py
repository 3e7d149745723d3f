"""Who takes calls in a city already may say for a caller that a case is not solved; it only adds."""

from django.db import migrations

POSTS = ("acceptor", "shift_leader")


def add(apps, schema_editor):
    for post in apps.get_model("accounts", "Post").objects.filter(code__in=POSTS):
        if "unsolved" not in post.verbs:
            post.verbs = [*post.verbs, "unsolved"]
            post.save(update_fields=["verbs"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_verb_of_arrival")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
