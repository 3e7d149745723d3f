"""What GeoDjango asks a spatial backend: operators, functions, conversions."""

from django.contrib.gis.db import models
from django.contrib.gis.db.backends.base.operations import BaseSpatialOperations
from django.contrib.gis.db.backends.utils import SpatialOperator
from django.contrib.gis.geos.geometry import GEOSGeometryBase
from django.contrib.gis.geos.prototypes.io import wkb_r
from django.contrib.gis.measure import Distance
from django.db import NotSupportedError
from django.db.backends.sqlite3.operations import DatabaseOperations

from . import blob, index

SUPPORTED_FUNCTIONS = {
    "Area", "AsGeoJSON", "Centroid", "Difference", "Distance", "Envelope", "Intersection",
    "IsEmpty", "IsValid", "Length", "MakeValid", "NumGeometries", "NumPoints", "PointOnSurface",
    "SymDifference", "Transform", "Union",
}  # fmt: skip


class Predicate(SpatialOperator):
    """A predicate that is false where the boxes do not meet: the R*Tree proposes the rows."""

    def as_sql(self, connection, lookup, template_params, sql_params):
        sql, params = super().as_sql(connection, lookup, template_params, sql_params)
        near = index.candidates(
            lookup.lhs,
            template_params["lhs"],
            (template_params["rhs"], sql_params),
            connection,
            reach=None,
        )
        return index.narrowed(near, sql, params)


class Within(SpatialOperator):
    """dwithin: the box of the right side is grown by the distance, in units of the field."""

    def as_sql(self, connection, lookup, template_params, sql_params):
        sql, params = super().as_sql(connection, lookup, template_params, sql_params)
        distance = template_params["value"]
        split = len(sql_params) - distance.count("%s")
        near = index.candidates(
            lookup.lhs,
            template_params["lhs"],
            (template_params["rhs"], sql_params[:split]),
            connection,
            reach=(distance, sql_params[split:], False),
        )
        return index.narrowed(near, sql, params)


class Operators(dict):
    def __missing__(self, name):
        raise NotSupportedError(f"This backend doesn't support the {name} lookup.")


class SpatialOperations(BaseSpatialOperations, DatabaseOperations):
    compiler_module = "citymgmt.db.compiler"
    Adapter = blob.Adapter
    geom_func_prefix = "ST_"
    function_names = {"AsWKB": "ST_AsBinary", "AsWKT": "ST_AsText", "NumPoints": "ST_NPoints"}
    unsupported_functions = (BaseSpatialOperations.unsupported_functions - SUPPORTED_FUNCTIONS) | {
        "ForcePolygonCW"
    }
    disallowed_aggregates = (models.Extent3D, models.MakeLine)

    gis_operators = Operators(
        {
            "covers": Predicate(func="ST_Covers"),
            "coveredby": Predicate(func="ST_CoveredBy"),
            "contains": Predicate(func="ST_Contains"),
            "within": Predicate(func="ST_Within"),
            "intersects": Predicate(func="ST_Intersects"),
            "overlaps": Predicate(func="ST_Overlaps"),
            "touches": Predicate(func="ST_Touches"),
            "crosses": Predicate(func="ST_Crosses"),
            "bboverlaps": Predicate(func="ST_BoxesMeet"),
            "bbcontains": Predicate(func="ST_BoxContains"),
            "contained": Predicate(func="ST_BoxContained"),
            # An empty geometry equals another and has no box: these three ask every row.
            "equals": SpatialOperator(func="ST_Equals"),
            "exact": SpatialOperator(func="ST_Equals"),
            "same_as": SpatialOperator(func="ST_Equals"),
            "disjoint": SpatialOperator(func="ST_Disjoint"),
            "dwithin": Within(func="ST_DWithin"),
        }
    )

    def geo_db_type(self, f):
        """The declared type names kind and SRID, e.g. polygon(4490); inspectdb reads it back."""
        if f.geography:
            raise NotSupportedError("This backend doesn't support geography columns.")
        return f"{f.geom_type.lower()}{'z' if f.dim == 3 else ''}({f.srid})"

    def get_geom_placeholder(self, f, value, compiler):
        """A geometry in another system than the field's is transformed by the database."""
        if hasattr(value, "as_sql"):
            srid = value.output_field.srid
        else:
            srid = None if value is None else value.srid
        if srid is None or srid == f.srid:
            return "%s"
        return f"ST_Transform(%s, {f.srid})"

    def get_distance(self, f, value, lookup_type):
        """Numbers are metres on a geodetic field (dwithin: degrees), else units of the field."""
        (value,) = value[:1]
        if not isinstance(value, Distance):
            return [value]
        if not f.geodetic(self.connection):
            return [getattr(value, Distance.unit_attname(f.units_name(self.connection)))]
        if lookup_type == "dwithin":
            raise ValueError(
                "Only numeric values of degree units are allowed on geographic DWithin queries."
            )
        return [value.m]

    def spatial_aggregate_name(self, agg_name):
        return self.geom_func_prefix + agg_name

    def convert_extent(self, box):
        return None if box is None else blob.box(box)

    def get_geometry_converter(self, expression):
        read = wkb_r().read
        geom_class = expression.output_field.geom_class

        def converter(value, expression, connection):
            if value is None:
                return None
            return GEOSGeometryBase(read(blob.ewkb(value), max_geom_collections=None), geom_class)

        return converter
