"""Aggregates over geometry: one object per group, NULLs are left out, NULL where none remain."""

import shapely

from .blob import BOX, box, decode, encode, is_empty


class Extent:
    """The bounding box of all, as four packed doubles."""

    def __init__(self):
        self.boxes = []

    def step(self, blob):
        if blob is not None and not is_empty(blob):
            self.boxes.append(box(blob))

    def finalize(self):
        if not self.boxes:
            return None
        xmin, ymin, xmax, ymax = zip(*self.boxes, strict=True)
        return BOX.pack(min(xmin), min(ymin), max(xmax), max(ymax))


class _OfShapes:
    def __init__(self):
        self.shapes = []

    def step(self, blob):
        if blob is not None:
            self.shapes.append(decode(blob))

    def finalize(self):
        if not self.shapes:
            return None
        return encode(self.join(), shapely.get_srid(self.shapes[0]))


class Union(_OfShapes):
    def join(self):
        return shapely.union_all(self.shapes)


class Collect(_OfShapes):
    """A multi-geometry where all are of one simple kind, else a collection."""

    kinds = {
        "Point": shapely.multipoints,
        "LineString": shapely.multilinestrings,
        "Polygon": shapely.multipolygons,
    }

    def join(self):
        kinds = {shape.geom_type for shape in self.shapes}
        make = self.kinds.get(kinds.pop()) if len(kinds) == 1 else None
        return (make or shapely.geometrycollections)(self.shapes)


AGGREGATES = {"ST_Extent": Extent, "ST_Union": Union, "ST_Collect": Collect}
