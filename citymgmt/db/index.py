"""The R*Tree beside a table: which fields have one, its statements, its use in a lookup.

The tree's key is the table's rowid, so only tables whose primary key is that rowid have one
(VACUUM renumbers the others); the rest are answered by comparing boxes row by row. The tree
holds 32-bit numbers rounded outwards: it proposes, the predicate decides. So a row too many in
the tree is harmless; the triggers see to it that none is missing.
"""

from django.contrib.gis.db.models import GeometryField
from django.db.models.expressions import Col

SUFFIXES = ("_rtree", "_rtree_node", "_rtree_parent", "_rtree_rowid")


def is_indexed(model, field, connection) -> bool:
    return (
        isinstance(field, GeometryField)
        and field.spatial_index
        and model._meta.managed
        and model._meta.pk is not None
        and model._meta.pk.db_type(connection) == "integer"
        and connection.features.has_rtree
    )


def tree_name(table: str, column: str) -> str:
    return f"{table}_{column}_rtree"


def drop_statements(table: str, column: str, quote) -> list[str]:
    tree = tree_name(table, column)
    triggers = [f"DROP TRIGGER IF EXISTS {quote(f'{tree}_{event}')}" for event in "iud"]
    return [*triggers, f"DROP TABLE IF EXISTS {quote(tree)}"]


def create_statements(table: str, pk: str, column: str, quote) -> list[str]:
    """The tree, its triggers, and the rows that are there already."""
    name = tree_name(table, column)
    tree, table, pk, column = quote(name), quote(table), quote(pk), quote(column)

    def row(source):
        sides = ", ".join(f"ST_Bound({source}{column}, {side})" for side in (0, 2, 1, 3))
        return f"{source}{pk}, {sides}"

    def has_box(source):
        return f"ST_Bound({source}{column}, 0) IS NOT NULL"

    add = f"INSERT OR REPLACE INTO {tree} SELECT {row('NEW.')} WHERE {has_box('NEW.')};"
    remove = f"DELETE FROM {tree} WHERE id = OLD.{pk};"
    return [
        f"CREATE VIRTUAL TABLE {tree} USING rtree(id, xmin, xmax, ymin, ymax)",
        f"CREATE TRIGGER {quote(name + '_i')} AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {quote(name + '_u')} AFTER UPDATE OF {column}, {pk} ON {table} "
        f"BEGIN {remove} {add} END",
        f"CREATE TRIGGER {quote(name + '_d')} AFTER DELETE ON {table} BEGIN {remove} END",
        f"INSERT INTO {tree} SELECT {row('')} FROM {table} WHERE {has_box('')}",
    ]


def candidates(lhs, lhs_sql: str, rhs: tuple, connection, reach: tuple | None):
    """SQL and parameters of "the row's box meets that of `rhs`", or None without an index.

    `rhs` is SQL and parameters of a geometry. `reach` grows its box: SQL and parameters of a
    distance, and whether that is metres on degrees (else units of the field).
    """
    if not (isinstance(lhs, Col) and lhs.alias):
        return None
    model, field = lhs.target.model, lhs.target
    if not is_indexed(model, field, connection):
        return None
    quote = connection.ops.quote_name
    key = lhs_sql.removesuffix(quote(field.column)) + quote(model._meta.pk.column)
    rhs_sql, params = rhs[0], [*rhs[1]]
    tail = ""
    if reach is not None:
        tail = f", {reach[0]}, {int(reach[2])}"
        params += reach[1]
    tests = " AND ".join(
        f"{name} {sign} ST_Bound({rhs_sql}, {side}{tail})"
        for name, sign, side in (
            ("xmin", "<=", 2),
            ("xmax", ">=", 0),
            ("ymin", "<=", 3),
            ("ymax", ">=", 1),
        )
    )
    tree = quote(tree_name(model._meta.db_table, field.column))
    return f"{key} IN (SELECT id FROM {tree} WHERE {tests})", params * 4


def narrowed(near: tuple | None, sql: str, params) -> tuple[str, list]:
    """A condition, asked only of the candidates where there is an index."""
    if near is None:
        return sql, params
    return f"({near[0]} AND {sql})", [*near[1], *params]
