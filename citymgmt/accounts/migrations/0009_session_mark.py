"""A number in every person: raised, it ends all their sessions. The default costs no rewrite."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_person_department")]
    operations = [
        migrations.AddField(
            "user", "session_mark", models.PositiveIntegerField(default=0, editable=False)
        ),
    ]
