"""The entry point: `ENGINE = "citymgmt.db"`."""

import struct

from django.contrib.gis.db import models
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLiteDatabaseWrapper

from citymgmt.lib.undo import Undoing

from . import functions
from .blob import BOX
from .features import DatabaseFeatures
from .introspection import SpatialIntrospection
from .operations import SpatialOperations
from .schema import SpatialSchemaEditor

WKB_TYPES = {
    models.PointField: 1,
    models.LineStringField: 2,
    models.PolygonField: 3,
    models.MultiPointField: 4,
    models.MultiLineStringField: 5,
    models.MultiPolygonField: 6,
    models.GeometryCollectionField: 7,
}
HAS_Z, HAS_SRID = 0x80000000, 0x20000000


class KindCheck:
    """A CHECK clause, filled like a format string: the head of the EWKB names kind and SRID.

    It compares bytes, so it needs none of our functions.
    """

    def __init__(self, kind: int):
        self.kind = kind

    def __mod__(self, field) -> str:
        kind = self.kind | (HAS_Z if field["dim"] == 3 else 0)
        head = struct.pack("<bI", 1, kind)
        if field["srid"] > 0:
            head = struct.pack("<bII", 1, kind | HAS_SRID, field["srid"])
        return f"""substr("{field["column"]}", {BOX.size + 1}, {len(head)}) = X'{head.hex()}'"""


class DatabaseWrapper(Undoing, SQLiteDatabaseWrapper):
    SchemaEditorClass = SpatialSchemaEditor
    features_class = DatabaseFeatures
    introspection_class = SpatialIntrospection
    ops_class = SpatialOperations
    data_type_check_constraints = {
        **SQLiteDatabaseWrapper.data_type_check_constraints,
        **{field.__name__: KindCheck(kind) for field, kind in WKB_TYPES.items()},
    }

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        functions.register(connection)
        return connection
