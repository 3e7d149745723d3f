"""Posts that ask for something may take it back, as the shipped ones do; it only adds."""

from django.db import migrations

ASKING = ["liaison", "dispatcher"]


def add(apps, schema_editor):
    for post in apps.get_model("accounts", "Post").objects.filter(code__in=ASKING):
        if "withdraw" not in post.verbs:
            post.verbs = [*post.verbs, "withdraw"]
            post.save(update_fields=["verbs"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_verb_of_unsolved")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
