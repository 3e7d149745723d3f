"""Tokens that were kept readable go on working, as digests; the readable ones are destroyed."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import migrations
from django.utils import timezone
from django.utils.crypto import salted_hmac

OLD = "authtoken_token"


def carry(apps, schema_editor):
    connection = schema_editor.connection
    if OLD not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key, user_id FROM {OLD}")
        rows = cursor.fetchall()
    users = apps.get_model("accounts", "User").objects.in_bulk([row[1] for row in rows])
    tokens = apps.get_model("accounts", "AccessToken").objects
    ends = timezone.now() + timedelta(days=settings.TOKEN_DAYS)
    tokens.bulk_create(
        tokens.model(
            user=users[user],
            seed=None,
            digest=hashlib.sha256(key.encode()).hexdigest(),
            hint=key[:6],
            password_mark=_mark(users[user].password),
            expires_at=ends,
        )
        for key, user in rows
    )


def _mark(password):
    return salted_hmac("accounts.token", password, algorithm="sha256").hexdigest()


def destroy(apps, schema_editor):
    connection = schema_editor.connection
    if OLD in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {OLD}")


class Migration(migrations.Migration):
    # Two steps: PostgreSQL drops no table while rows of the same transaction wait for a check.
    atomic = False
    dependencies = [("accounts", "0006_tokens")]
    operations = [
        migrations.RunPython(carry, migrations.RunPython.noop, atomic=True),
        migrations.RunPython(destroy, migrations.RunPython.noop, atomic=True),
    ]
