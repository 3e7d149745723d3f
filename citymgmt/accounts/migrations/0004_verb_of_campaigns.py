"""Posts that a city has already may run campaigns as the shipped posts do; it only adds."""

from django.db import migrations


def add(apps, schema_editor):
    posts = apps.get_model("accounts", "Post").objects.filter(code__in=["shift_leader", "leader"])
    for post in posts:
        if "manage_campaigns" not in post.verbs:
            post.verbs = [*post.verbs, "manage_campaigns"]
            post.save(update_fields=["verbs"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_verbs_of_branches")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
