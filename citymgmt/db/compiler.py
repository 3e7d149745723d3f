"""Compilers that give Distance and the distance lookups this backend's form.

Django writes Distance for every "sqlite" backend as SpatiaLite needs it, which turns an unknown
distance (a NULL geometry) into 0; here it stays NULL, as on PostGIS.
"""

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.db.models.lookups import DistanceLTELookup, DistanceLTLookup
from django.db.models.sql import compiler

from . import index


class _Spatial:
    def compile(self, node):
        if isinstance(node, Distance):
            return node.as_sql(self, self.connection, function=self._distance(node))
        sql, params = super().compile(node)
        if isinstance(node, (DistanceLTLookup, DistanceLTELookup)):
            return self._narrowed(node, sql, params)
        return sql, params

    def _distance(self, node) -> str:
        if not node.geo_field.geodetic(self.connection):
            return "ST_Distance"
        return "ST_DistanceSpheroid" if node.spheroid else "ST_DistanceSphere"

    def _narrowed(self, lookup, sql, params):
        """The lookup, tried only on rows whose box is within reach."""
        distance, params_of_distance = lookup.process_distance(self, self.connection)
        geodetic = lookup.lhs.output_field.geodetic(self.connection)
        near = index.candidates(
            lookup.lhs,
            lookup.process_lhs(self, self.connection)[0],
            lookup.process_rhs(self, self.connection),
            self.connection,
            reach=(distance, params_of_distance, geodetic),
        )
        return index.narrowed(near, sql, params)


class SQLCompiler(_Spatial, compiler.SQLCompiler):
    pass


class SQLInsertCompiler(_Spatial, compiler.SQLInsertCompiler):
    pass


class SQLDeleteCompiler(_Spatial, compiler.SQLDeleteCompiler):
    pass


class SQLUpdateCompiler(_Spatial, compiler.SQLUpdateCompiler):
    pass


class SQLAggregateCompiler(_Spatial, compiler.SQLAggregateCompiler):
    pass
