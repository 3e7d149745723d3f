"""Files and drawings of officers: read, repaired, or refused with the reason."""

import json

import numpy as np
import pyogrio
import pytest
import shapely

from citymgmt.lib.errors import BadInput
from grid.change import drawings
from grid.geometry import to_metres
from grid.tests.town import SIDE, SOUTH, WEST

BOX = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
NEXT = shapely.box(WEST + SIDE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)
LINE = shapely.LineString([(WEST, SOUTH), (WEST + SIDE, SOUTH + SIDE)])


def write(path, shapes, *, crs="EPSG:4490", kind="Unknown"):
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(shapes, dtype=object)), [], [], geometry_type=kind, crs=crs
    )
    return path


def refused(deed, *args, **kwargs):
    with pytest.raises(BadInput) as caught:
        deed(*args, **kwargs)
    assert str(caught.value.detail)
    return caught.value.code


@pytest.mark.parametrize("name", ["cells.gpkg", "cells.geojson", "cells.fgb"])
def test_polygons_of_a_file_arrive_in_degrees(tmp_path, name):
    found, notes = drawings.polygons(drawings.from_file(write(tmp_path / name, [BOX, NEXT])))
    found = sorted(found, key=lambda shape: shape.bounds)  # FlatGeobuf keeps an order of its own
    assert (shapely.hausdorff_distance(found, [BOX, NEXT]) < 1e-7).all()
    assert notes == []


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_metres_of_a_named_zone_become_degrees(tmp_path):
    metres = to_metres(np.array([BOX], dtype=object), 105)
    file = write(tmp_path / "cells.gpkg", metres, crs="EPSG:4544")
    assert drawings.polygons(drawings.from_file(file))[0][0].equals_exact(BOX, 1e-9)
    bare = write(tmp_path / "bare.fgb", metres, crs=None)
    assert drawings.polygons(drawings.from_file(bare, crs="EPSG:4544"))[0][0].equals_exact(
        BOX, 1e-9
    )


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_file_without_reference_system_is_refused(tmp_path):
    assert refused(drawings.from_file, write(tmp_path / "bare.fgb", [BOX], crs=None)) == "bad_file"


def test_a_file_in_the_wrong_reference_system_holds_no_degrees(tmp_path):
    metres = to_metres(np.array([BOX], dtype=object), 105)
    file = write(tmp_path / "cells.gpkg", metres, crs="EPSG:4490")
    assert refused(drawings.from_file, file) == "bad_file"
    assert refused(drawings.polygons, list(metres)) == "reference_system"


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "cells.gpkg").write_bytes(b"no such format")
    assert refused(drawings.from_file, tmp_path / "cells.gpkg") == "bad_file"


def test_an_empty_file_holds_nothing(tmp_path):
    found = drawings.from_file(write(tmp_path / "cells.gpkg", [], kind="Polygon"))
    assert refused(drawings.polygons, found) == "empty"


def test_mixed_geometry_is_refused(tmp_path):
    found = drawings.from_file(write(tmp_path / "cells.gpkg", [BOX, LINE]))
    assert refused(drawings.polygons, found) == refused(drawings.lines, found) == "wrong_geometry"


@pytest.mark.parametrize("wrap", ["text", "feature", "collection", "bytes"])
def test_geojson_in_every_wrapping_is_read(wrap):
    shape = json.loads(shapely.to_geojson(LINE))
    feature = {"type": "Feature", "geometry": shape, "properties": {}}
    given = {
        "text": json.dumps(shape),
        "bytes": json.dumps(shape).encode(),
        "feature": feature,
        "collection": {"type": "FeatureCollection", "features": [feature]},
    }[wrap]
    assert [line.equals(LINE) for line in drawings.lines(given)] == [True]


def test_parts_of_lines_are_lines():
    both = shapely.MultiLineString([LINE, shapely.reverse(LINE)])
    assert len(drawings.lines([both])) == 2


def test_heights_are_left_out():
    assert not shapely.has_z(drawings.polygon([shapely.force_3d(BOX, 1500.0)]))


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (shapely.Polygon([(SOUTH, WEST), (SOUTH, WEST + 1), (SOUTH + 1, WEST)]), "bad_coordinates"),
        (shapely.Polygon([(0, 91), (1, 92), (2, 91)]), "bad_coordinates"),
        (shapely.Polygon([(383_000, 3_997_000), (383_100, 3_997_000), (383_000, 3_998_000)]),
         "reference_system"),
        (shapely.MultiPolygon([BOX, NEXT]), "several"),
        (shapely.Polygon(), "empty"),
        (LINE, "wrong_geometry"),
    ],
)  # fmt: skip
def test_one_polygon_is_wanted(shape, why):
    assert refused(drawings.polygon, [shape]) == why


def test_too_many_vertices_are_refused(monkeypatch):
    monkeypatch.setattr(drawings, "MOST_VERTICES", 4)
    assert refused(drawings.polygon, [BOX]) == "too_large"


def test_a_line_without_length_is_refused():
    point = shapely.LineString([(WEST, SOUTH), (WEST, SOUTH)])
    assert refused(drawings.lines, [point]) == "no_length"


def test_a_doubled_ring_is_not_repaired_into_something_else():
    flat = shapely.Polygon([(WEST, SOUTH), (WEST + SIDE, SOUTH), (WEST, SOUTH)])
    assert refused(drawings.polygons, [flat]) == "several"
