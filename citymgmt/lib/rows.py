"""Statements that are built once: what every move of a case asks and writes.

Building a statement costs Django several times what the database needs to carry it out. The few
that every move runs are built at their first use and kept for the life of the process. Values
pass through the conversions of their fields, so both databases take them. All go to the default
database: who asks here is about to write. Neither `save()` nor its signals are called; what must
be true is a constraint of the database.
"""

import threading
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.sql.compiler import SQLCompiler


class _Plan(NamedTuple):
    model: type[models.Model]
    sql: str
    parameters: tuple
    names: list[str]
    columns: list
    compiler: SQLCompiler  # bound to a connection that is never opened, of no thread


class Prepared:
    """A query by its stand-in: called with parameters, it answers instances, or tuples for a
    `values_list`.

    `build` gives the queryset with a stand-in for each parameter, texts and numbers only; those
    of a call take their places in order. Without any the query is asked as it was built.
    """

    def __init__(self, build: Callable[[], models.QuerySet]):
        self.build = build
        self._of_thread = threading.local()

    def __call__(self, *parameters) -> list[Any]:
        plan = self._plan
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, parameters or plan.parameters)
            rows = cursor.fetchall()
        if converters := self._converters(plan):
            rows = [_converted(row, converters) for row in rows]
        if not plan.names:
            return rows
        return [plan.model.from_db(DEFAULT_DB_ALIAS, plan.names, row) for row in rows]

    @cached_property
    def _plan(self) -> _Plan:
        query = self.build().query
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        compiler = query.get_compiler(connection=connections.create_connection(DEFAULT_DB_ALIAS))
        compiler.setup_query()
        columns = [column for column, _sql, _alias in compiler.select]
        whole = query.default_cols and not query.select_related
        names = [column.target.attname for column in columns] if whole else []
        return _Plan(query.model, sql, parameters, names, columns, compiler)

    def _converters(self, plan) -> list[tuple]:
        """(place in the row, its conversions, the column). One of geometry holds a reader of the
        thread that asked for it, and a reader serves one thread at a time."""
        if not hasattr(self._of_thread, "converters"):
            found = plan.compiler.get_converters(plan.columns)
            self._of_thread.converters = [(place, *pair) for place, pair in found.items()]
        return self._of_thread.converters


def _converted(row, converters):
    values = list(row)
    for place, conversions, column in converters:
        for convert in conversions:
            values[place] = convert(values[place], column, connection)
    return tuple(values)


def insert(row: models.Model) -> None:
    """Store a new row without geometry; it gets its key."""
    sql, fields = _insertion(type(row))
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(row, fields, add=True))
        if connection.features.can_return_columns_from_insert:
            row.pk = cursor.fetchone()[0]
        else:  # SQLite before 3.35
            row.pk = cursor.lastrowid
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update(row: models.Model, names: Iterable[str]) -> None:
    """Store these columns (attribute names) of a row that exists; DoesNotExist otherwise."""
    sql, fields = _change(type(row), tuple(names))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*_values(row, fields, add=False), row.pk])
        if cursor.rowcount != 1:
            raise type(row).DoesNotExist(row.pk)


def _values(row, fields, add):
    return [f.get_db_prep_save(f.pre_save(row, add), connection) for f in fields]


@cache
def _insertion(model):
    meta, quote = model._meta, connection.ops.quote_name
    fields = [f for f in meta.local_concrete_fields if not f.primary_key and not f.generated]
    if any(hasattr(f, "srid") for f in fields):
        raise ValueError("Geometry goes through save(), which may transform it.")
    columns = ", ".join(quote(f.column) for f in fields)
    sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({_marks(fields)})"
    if connection.features.can_return_columns_from_insert:
        sql += f" RETURNING {quote(meta.pk.column)}"
    return sql, fields


def _marks(fields):
    return ", ".join(["%s"] * len(fields))


@cache
def _change(model, names):
    meta, quote = model._meta, connection.ops.quote_name
    fields = [meta.get_field(name) for name in names]
    changes = ", ".join(f"{quote(f.column)} = %s" for f in fields)
    return f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {quote(meta.pk.column)} = %s", fields
