"""What this backend can and cannot do, in Django's words."""

from django.contrib.gis.db.backends.base.features import BaseSpatialFeatures
from django.db.backends.sqlite3.features import DatabaseFeatures as SQLiteFeatures
from django.utils.functional import cached_property


class DatabaseFeatures(BaseSpatialFeatures, SQLiteFeatures):
    has_spatialrefsys_table = False
    supports_add_srs_entry = False
    supports_3d_storage = True
    supports_empty_geometries = True
    empty_intersection_returns_none = False
    # PostGIS answers in square degrees and Django calls them square metres: refuse instead.
    supports_area_geodetic = False

    @cached_property
    def has_rtree(self) -> bool:
        """Nearly every build of SQLite has it; without it boxes are compared row by row."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT sqlite_compileoption_used('ENABLE_RTREE')")
            return bool(cursor.fetchone()[0])
