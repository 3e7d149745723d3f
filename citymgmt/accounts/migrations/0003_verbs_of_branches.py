"""Posts that a city has already may use the branches of the case as the shipped posts do.

Only adds; what an administrator has taken from a post before is not touched. An empty database
gets its posts from `load_posts`.
"""

from django.db import migrations

NEW = {
    "collector": ["hand_over"],
    "acceptor": ["unmerge", "archive", "decide_appeal"],
    "shift_leader": ["merge", "unmerge", "arbitrate", "decide_appeal", "hand_over"],
    "dispatcher": ["forward", "no_party", "proxy_dispose"],
    "liaison": [
        "suspend_hard", "appeal", "assist_feedback", "reply", "hand_over", "hand_over_site",
    ],
    "handler": ["hand_over", "hand_over_site"],
    "leader": ["approve_hard", "arbitrate"],
}  # fmt: skip


def add(apps, schema_editor):
    for post in apps.get_model("accounts", "Post").objects.filter(code__in=NEW):
        post.verbs = [*post.verbs, *(v for v in NEW[post.code] if v not in post.verbs)]
        post.save(update_fields=["verbs"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit_chain_unforked")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
