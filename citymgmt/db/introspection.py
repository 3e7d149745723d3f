"""Reading geometry columns back from the schema."""

import re

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.gdal import OGRGeomType
from django.db.backends.sqlite3.introspection import (
    DatabaseIntrospection,
    FlexibleFieldLookupDict,
)

from . import index

KINDS = (
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
)
DECLARED = re.compile(rf"({'|'.join(KINDS)})(z?)\((-?\d+)\)")


class GeometryLookupDict(FlexibleFieldLookupDict):
    base_data_types_reverse = {
        **FlexibleFieldLookupDict.base_data_types_reverse,
        **{kind + z: "GeometryField" for kind in KINDS for z in ("", "z")},
    }


class SpatialIntrospection(DatabaseIntrospection):
    data_types_reverse = GeometryLookupDict()

    def get_table_list(self, cursor):
        """The R*Trees and their inner tables are no tables of anybody's model."""
        tables = super().get_table_list(cursor)
        return [table for table in tables if not table.name.endswith(index.SUFFIXES)]

    def get_geometry_type(self, table_name, description):
        """The field class and its arguments, from the declared type, e.g. point(4490)."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT type FROM pragma_table_xinfo(%s) WHERE name = %s",
                (table_name, description.name),
            )
            row = cursor.fetchone()
        declared = DECLARED.fullmatch(row[0]) if row else None
        if declared is None:
            raise ValueError(f'No geometry column "{table_name}"."{description.name}"')
        kind, z, srid = declared.groups()
        options = {} if int(srid) == GeometryField().srid else {"srid": int(srid)}
        if z:
            options["dim"] = 3
        return OGRGeomType(kind).django, options
