"""Files that are not what they claim: nothing of the server is read, nobody is called."""

import json
import re
import sqlite3
import stat
import subprocess
import threading
import zipfile
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from shapely.geometry import mapping

from grid.change.drawings import from_file
from grid.files import gdal
from grid.files.layers import read_layer, read_records
from grid.geometry import system_of
from grid.jobs.forms import BuildForm

ROOT = Path(__file__).resolve().parents[3]
SECRET = "road of the secret service"
LINE = shapely.LineString([(103.7, 36.1), (103.71, 36.11)])
NAMES = ("roads.geojson", "roads.gpkg", "roads.shp", "roads.kml", "roads.fgb", "roads.json")


@pytest.fixture
def secret(tmp_path):
    """A file of the server that GDAL could read."""
    place = tmp_path / "server"
    place.mkdir()
    path = place / "secret.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": {"name": SECRET}, "geometry": mapping(LINE),
    }]}))  # fmt: skip
    return path


@pytest.fixture
def inner():
    """(address, requests heard) of a service inside; it answers with a layer."""
    heard = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            body = json.dumps({"type": "FeatureCollection", "features": []}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_POST = do_GET

        def log_message(self, *_args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()
    thread.join()


def feature(name="x", crs=None):
    whole = {"type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": {"name": name}, "geometry": mapping(LINE),
    }]}  # fmt: skip
    return whole | ({"crs": crs} if crs else {})


def vrt(source):
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "<LayerSRS>EPSG:4326</LayerSRS></OGRVRTLayer></OGRVRTDataSource>"
    )


def strange(secret, inner):
    """Contents by what they are."""
    return {
        "a virtual layer": vrt(secret),
        "a virtual layer of an address": vrt(f"/vsicurl/{inner}/x.geojson"),
        "a virtual layer of a service": vrt(f"WFS:{inner}/wfs"),
        "a service": f"<OGRWFSDataSource><URL>{inner}/wfs</URL></OGRWFSDataSource>",
        "a pipeline": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {secret}"}
        ),
        "a catalogue": f"<GDAL_WMS><Service><ServerUrl>{inner}</ServerUrl></Service></GDAL_WMS>",
        "a list of features elsewhere": json.dumps(
            {"links": [{"rel": "self", "href": f"{inner}/"}], "collections": []}
        ),
        "a feed": f'<rss version="2.0" xmlns:x="{inner}/x"><channel/></rss>',
        "a table": "name,WKT\nx,LINESTRING(103 36\\,104 37)\n",
        "schema elsewhere": (
            '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:xsi='
            '"http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="x {inner}/x.xsd"><gml:featureMember/></gml:FeatureCollection>'
        ),
        "an entity": f'<!DOCTYPE kml [<!ENTITY s SYSTEM "file://{secret}">]><kml>&s;</kml>',
    }


KINDS = tuple(strange("", ""))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_what_points_elsewhere_is_refused_whatever_its_name(tmp_path, secret, inner, kind, name):
    address, heard = inner
    path = tmp_path / name
    path.write_text(strange(secret, address)[kind])
    with pytest.raises(ValueError, match=r".") as refusal:
        read_layer(path, crs="EPSG:4326")
    assert SECRET not in str(refusal.value)
    assert heard == []


@pytest.mark.parametrize("kind", KINDS[:3])
def test_nor_does_it_come_in_in_an_archive(tmp_path, secret, inner, kind):
    address, heard = inner
    path = tmp_path / "roads.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("roads.shp", strange(secret, address)[kind])
        archive.writestr("roads.vrt", strange(secret, address)[kind])
    with pytest.raises(ValueError, match=r"."):
        read_layer(path, crs="EPSG:4326")
    assert heard == []


@pytest.mark.parametrize("key", ["crs", "\\u0063rs"])
@pytest.mark.parametrize("kind", ["link", "url", "name"])
def test_a_reference_system_elsewhere_is_not_fetched(tmp_path, inner, kind, key):
    address, heard = inner
    said = {"type": kind, "properties": {"href": f"{address}/crs", "url": f"{address}/crs"}}
    if kind == "name":
        said = {"type": "name", "properties": {"name": f"{address}/crs"}}
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps(feature(crs=said)).replace('"crs"', f'"{key}"'))
    with pytest.raises(ValueError, match=r"."):
        read_layer(path)
    assert heard == []


def test_the_upload_forms_refuse_it_beside_its_field(tmp_path, secret):
    upload = SimpleUploadedFile("roads.geojson", vrt(secret).encode())
    form = BuildForm({"code_field": "code", "name_field": "name", "built_up_max": 30_000,
                      "district": "620105"}, {"roads": upload})  # fmt: skip
    assert not form.is_valid()
    assert form.errors["roads"]
    assert SECRET not in str(form.errors)
    assert str(tmp_path) not in str(form.errors)


@pytest.mark.parametrize(
    "name",
    ["+init=/etc/passwd:x", "+proj=longlat +ellps=GRS80 +nadgrids=/etc/passwd", "init=a:b",
     "+proj=longlat +ellps=GRS80 +geoidgrids=http://127.0.0.1/x"],
)  # fmt: skip
def test_a_reference_system_names_no_file(name):
    with pytest.raises(ValueError, match=r"."):
        system_of(name)
    system_of("+proj=longlat +ellps=GRS80 +nadgrids=@null")


# --- databases --------------------------------------------------------------------------------
def package(path, *words):
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([LINE])), [np.array(["x"], dtype=object)], ["name"],
        driver="GPKG", geometry_type="LineString", crs="EPSG:4326", layer="roads",
    )  # fmt: skip
    with closing(sqlite3.connect(path)) as database:
        for one in words:
            database.execute(one)
        database.commit()
    return path


def test_a_package_of_tables_is_taken(tmp_path):
    assert len(read_layer(package(tmp_path / "a.gpkg")).shapes) == 1


@pytest.mark.parametrize(
    "words",
    [
        "CREATE VIEW seen AS SELECT ogr_geocode('http://127.0.0.1/') AS name, geom FROM roads",
        "create virtual table v using fts4(x)",
        "CREATE TABLE t (a TEXT, b TEXT GENERATED ALWAYS AS (upper(a)))",
        "CREATE TABLE t (a TEXT, b TEXT AS (upper(a)))",
    ],
)
def test_a_package_that_computes_is_refused(tmp_path, words):
    with pytest.raises(ValueError, match=r"seen|v|t"):
        read_layer(package(tmp_path / "a.gpkg", words), layer="roads")


def test_a_broken_database_is_refused(tmp_path):
    path = package(tmp_path / "a.gpkg")
    path.write_bytes(path.read_bytes()[:100] + bytes(4000))
    with pytest.raises(ValueError, match=r"."):
        read_layer(path)


# --- archives ---------------------------------------------------------------------------------
def shapefile(folder, stem="roads"):
    folder.mkdir(exist_ok=True)
    pyogrio.raw.write(
        folder / f"{stem}.shp", shapely.to_wkb(np.array([LINE])), [np.array([1])], ["n"],
        driver="ESRI Shapefile", geometry_type="LineString", crs="EPSG:4326",
    )  # fmt: skip
    return sorted(folder.iterdir())


def packed(tmp_path, *more, stem="roads", into=""):
    """An archive of a Shapefile and of (name or ZipInfo, bytes) of more."""
    path = tmp_path / "roads.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in shapefile(tmp_path / "shape", stem):
            archive.write(file, into + file.name)
        for name, body in more:
            archive.writestr(name, body)
    return path


@pytest.mark.parametrize("into", ["", "中文/", "a/b/"])
@pytest.mark.parametrize("stem", ["roads", "道路"])
def test_an_archive_of_a_shapefile_is_taken(tmp_path, stem, into):
    path = packed(
        tmp_path, ("readme.txt", b"x"), ("__MACOSX/._roads.shp", b"x"), stem=stem, into=into
    )
    assert len(read_layer(path).shapes) == 1
    assert len(read_layer(path, layer=stem).shapes) == 1


def link(target):
    info = zipfile.ZipInfo("linked.dbf")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


@pytest.mark.parametrize(
    "member",
    [
        link(b"/etc/passwd"), ("../a.shp", b"x"), ("/etc/x.shp", b"x"), ("a/../../x.dbf", b"x"),
        ("C:\\x.shp", b"x"), ("more.zip", b"PK"), ("x/roads.shp", b"x"), ("a.tar.gz", b"x"),
    ],
    ids=["link", "up", "absolute", "up inside", "drive", "nested", "twice", "tar"],
)  # fmt: skip
def test_an_archive_that_leads_elsewhere_is_refused(tmp_path, member):
    with pytest.raises(ValueError, match=r"rchive|压缩"):
        read_layer(packed(tmp_path, member))


def test_an_archive_is_unpacked_up_to_a_limit(tmp_path, settings):
    settings.IMPORT_UNPACKED_MAX_BYTES = 3 * 2**20
    bomb = packed(tmp_path, ("big.dbf", bytes(50 * 2**20)))
    assert bomb.stat().st_size < 2**20
    with pytest.raises(ValueError, match=r"3 MB"):
        read_layer(bomb)


def test_an_archive_that_lies_about_its_sizes_is_bounded(tmp_path, settings):
    settings.IMPORT_UNPACKED_MAX_BYTES = 3 * 2**20
    path = packed(tmp_path, ("big.dbf", bytes(50 * 2**20)))
    raw = path.read_bytes()
    lie = re.sub(re.escape((50 * 2**20).to_bytes(4, "little")), (9).to_bytes(4, "little"), raw)
    path.write_bytes(lie)
    with pytest.raises(ValueError, match=r"."):
        read_layer(path)


def test_an_archive_of_many_files_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"500"):
        read_layer(packed(tmp_path, *((f"{n}.txt", b"") for n in range(501))))


def test_an_archive_under_a_password_is_refused(tmp_path):
    path = packed(tmp_path)
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.find(mark)
        while place >= 0:
            raw[place + at] |= 1
            place = raw.find(mark, place + 4)
    path.write_bytes(bytes(raw))
    with pytest.raises(ValueError, match=r"assword|密码"):
        read_layer(path)


# --- depth ------------------------------------------------------------------------------------
DEEP = 100_000


@pytest.mark.parametrize("text", ["[" * DEEP, '{"a":' * DEEP, '{"crs":' + "[" * DEEP])
def test_json_without_a_bottom_is_refused(tmp_path, text):
    path = tmp_path / "roads.geojson"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"."):
        read_records(path)
    path.write_text('{"type": "FeatureCollection", "features": [], "crs": ' + text)
    with pytest.raises(ValueError, match=r"."):
        read_records(path)


# --- the library ------------------------------------------------------------------------------
def test_only_named_drivers_and_no_file_systems_are_left(settings):
    assert gdal.drivers() <= set(settings.GIS_DRIVERS)
    assert {"GPKG", "GeoJSON", "ESRI Shapefile", "FlatGeobuf"} <= gdal.drivers()
    assert gdal.file_systems() <= gdal.SYSTEMS_LEFT


def test_registering_all_drivers_brings_none_back(settings):
    gdal.lgdal.GDALAllRegister()
    assert gdal.drivers() <= set(settings.GIS_DRIVERS)


def test_nothing_takes_the_library_but_through_its_door():
    found = subprocess.run(
        ["git", "grep", "-lE", r"^\s*(import|from) (pyogrio|osgeo|fiona|geopandas)", "--", "*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert [name for name in found if "/tests/" not in name] == ["grid/files/gdal.py"]


def test_a_drawing_from_a_file_is_bounded_alike(tmp_path, secret):
    path = tmp_path / "drawing.geojson"
    path.write_text(vrt(secret))
    with pytest.raises(Exception, match=r"."):
        from_file(path)
