"""The table of Django's administration pages, which a city has never had, goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_sign_in_tries")]

    operations = [
        migrations.RunSQL("DROP TABLE IF EXISTS django_admin_log", migrations.RunSQL.noop),
    ]
