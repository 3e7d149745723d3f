"""The stored form of a geometry and the per-thread cache of parsed ones.

A blob is the bounding box (xmin, ymin, xmax, ymax: four little-endian doubles; NaN for an empty
geometry), then little-endian EWKB (WKB that carries its SRID). Two boxes are compared without
parsing anything.
"""

import struct
import threading
from collections import OrderedDict

import shapely
from django.contrib.gis.gdal import GDALRaster
from django.db import NotSupportedError
from django.db.backends.sqlite3.base import Database

BOX = struct.Struct("<4d")
KEEP = 512


def encode(shape, srid: int | None = None) -> bytes:
    """The blob of a shapely geometry; `srid` replaces the geometry's own."""
    if srid is not None:
        shape = shapely.set_srid(shape, srid)
    ewkb = shapely.to_wkb(shape, output_dimension=3, byte_order=1, include_srid=True)
    return BOX.pack(*shape.bounds) + ewkb


def ewkb(blob: bytes) -> memoryview:
    """Without a copy; GeoDjango's reader takes bytes for hexadecimal, a memoryview for binary."""
    return memoryview(blob)[BOX.size :]


def box(blob: bytes) -> tuple[float, float, float, float]:
    return BOX.unpack_from(blob)


def is_empty(blob: bytes) -> bool:
    xmin = BOX.unpack_from(blob)[0]
    return xmin != xmin


class _Shapes(threading.local):
    """Geometries parsed by this thread, the latest used last.

    A prepared geometry builds its indexes while it answers, and shapely answers without the
    interpreter's lock: so none is ever shared between threads.
    """

    def __init__(self):
        self.known = OrderedDict()

    def get(self, blob: bytes):
        """The geometry; one that is asked for again is prepared, as it is the constant side."""
        shape = self.known.get(blob)
        if shape is not None:
            self.known.move_to_end(blob)
            shapely.prepare(shape)
            return shape
        shape = self.known[blob] = shapely.from_wkb(blob[BOX.size :])
        if len(self.known) > KEEP:
            self.known.popitem(last=False)
        return shape


_shapes = _Shapes()


def decode(blob: bytes):
    """The shapely geometry of a blob; do not change it, it is shared within the thread."""
    return _shapes.get(blob)


class Adapter:
    """A GEOSGeometry on its way into a statement."""

    def __init__(self, geometry):
        if isinstance(geometry, GDALRaster):
            raise NotSupportedError("This backend doesn't support rasters.")
        self.srid = geometry.srid
        written = bytes(geometry.ewkb)
        shape = shapely.from_wkb(written)
        # GEOS writes in the machine's byte order, we store little-endian.
        little = written[0] == 1
        self.blob = BOX.pack(*shape.bounds) + written if little else encode(shape)

    def __conform__(self, protocol):
        return self.blob if protocol is Database.PrepareProtocol else None

    def __eq__(self, other):
        return isinstance(other, Adapter) and self.blob == other.blob

    def __hash__(self):
        return hash(self.blob)
