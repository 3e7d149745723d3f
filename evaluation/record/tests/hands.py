"""Hands on the database, past the product, and what the check of the record says of it."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connection


def verify(*options):
    """(code, lines of faults)"""
    err, code = StringIO(), 0
    try:
        call_command("verify_record", "--json", *options, stdout=StringIO(), stderr=err)
    except CommandError as failure:
        code = failure.returncode
    return code, err.getvalue().splitlines()


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def execute_all(*statements):
    for sql in statements:
        execute(sql)
