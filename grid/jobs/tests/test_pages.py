"""Pages to build, change and check the grid: who opens them, what they say and refuse."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from shapely.geometry import mapping

from grid.geometry import area_m2, from_geos
from grid.jobs import actions
from grid.jobs.tests.test_jobs import road_file
from grid.models import GridChange, GridJob, UnitGrid
from grid.tests.town import SIDE, SOUTH, WEST, make_town, worker

pytestmark = pytest.mark.django_db
ONE = "620105001001"
PAGES = ("grid:build", "grid:edit", "grid:check")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def town():
    found = make_town()
    for cell in (*found.cells, found.other):
        cell.area_m2 = area_m2(from_geos(cell.geometry))
        cell.save(update_fields=["area_m2"])
    return found


@pytest.fixture
def officer(client):
    user = worker("officer", "sysadmin")
    client.force_login(user)
    return user


def post(client, name, *args, **data):
    return client.post(reverse(name, args=args), data, headers={"Accept-Language": "en"})


def finished(job):
    actions.run(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("name", PAGES)
def test_only_who_manages_the_grid_comes_in(client, name):
    client.force_login(worker("walker", "collector"))
    assert client.get(reverse(name)).status_code == 403
    client.force_login(worker("officer", "sysadmin"))
    assert client.get(reverse(name)).status_code == 200


# --- building -----------------------------------------------------------------------------------
def test_from_files_to_a_trial_to_a_grid(client, officer, tmp_path):
    answer = post(client, "grid:build", roads=road_file(tmp_path), district="620105",
                  code_field="code", name_field="name", built_up_max="250000")  # fmt: skip
    job = GridJob.objects.get()
    assert answer.url == reverse("grid:job", args=[job.pk])
    assert "hx-get" in client.get(answer.url).content.decode()
    part = client.get(reverse("grid:job_progress", args=[job.pk]))
    assert "HX-Refresh" not in part.headers
    finished(job)
    part = client.get(reverse("grid:job_progress", args=[job.pk]))
    assert part.headers["HX-Refresh"] == "true"
    page = client.get(answer.url).content.decode()
    assert reverse("grid:job_apply", args=[job.pk]) in page
    box = ",".join(map(str, job.result["bounds"]))
    cells = client.get(reverse("grid:job_cells", args=[job.pk]), {"bbox": box}).json()
    assert len(cells["features"]) == 9
    post(client, "grid:job_apply", job.pk)
    finished(GridJob.objects.first())
    assert UnitGrid.objects.count() == 9
    page = client.get(answer.url).content.decode()
    assert reverse("grid:job_apply", args=[job.pk]) in page  # as the trial saw it then


FILES = [
    ({"name": "roads.txt"}, "zipped shapefile"),
    ({"name": "roads.gpkg", "crs": None}, "coordinate system"),
    ({"name": "roads.gpkg", "swap": True}, "exchanged"),
]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(("how", "words"), FILES)
def test_a_file_says_what_is_wrong_with_it(client, officer, tmp_path, how, words):
    name = how.pop("name")
    upload = road_file(tmp_path, name.replace("txt", "gpkg"), **how)
    upload.name = name
    answer = post(client, "grid:build", roads=upload, district="620105",
                  code_field="code", name_field="name", built_up_max="250000")  # fmt: skip
    assert answer.status_code == 422
    (said,) = answer.context["form"].errors["roads"]
    assert name in said
    assert words in said
    assert not GridJob.objects.exists()


def test_a_zipped_shapefile_is_read(client, officer, tmp_path):
    place = tmp_path / "shape"
    place.mkdir()
    pyogrio.raw.write(
        place / "roads.shp", shapely.to_wkb(np.array([LINE])), [np.array([1])], ["n"],
        driver="ESRI Shapefile", geometry_type="LineString", crs="EPSG:4326",
    )  # fmt: skip
    packed = shutil.make_archive(str(tmp_path / "roads"), "zip", place)
    upload = SimpleUploadedFile("roads.zip", Path(packed).read_bytes())
    answer = post(client, "grid:build", roads=upload, district="620105",
                  code_field="code", name_field="name", built_up_max="250000")  # fmt: skip
    assert answer.status_code == 302
    job = finished(GridJob.objects.get())  # one line encloses nothing
    assert (job.status, job.error) == ("failed", "The lines enclose no ground.")


def collection(*shapes, crs=None):
    data = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"id": n}, "geometry": mapping(shape)}
            for n, shape in enumerate(shapes)
        ],
    }
    if crs:
        data["crs"] = {"type": "name", "properties": {"name": crs}}
    return SimpleUploadedFile("shapes.geojson", json.dumps(data).encode())


LINE = shapely.LineString([(103.7, 36.1), (103.8, 36.1)])
UPLOADS = [
    ("roads", collection(LINE, shapely.Point(103.7, 36.1)), ["points", "1 of 2 rows", "row 2"]),
    ("roads", collection(), ["no shapes"]),
    ("roads", collection(LINE, shapely.LineString([(500000, 4e6), (5e5, 4.1e6)])), ["Row 2"]),
    ("areas", collection(shapely.box(103, 36, 104, 37), LINE), ["polygons only", "row 2"]),
    ("areas", collection(shapely.box(103, 36, 104, 37)), None),
]


@pytest.mark.parametrize(("field", "upload", "words"), UPLOADS)
def test_mixed_empty_and_odd_layers_are_answered(client, officer, tmp_path, field, upload, words):
    upload.seek(0)
    files = {"roads": road_file(tmp_path)} | {field: upload}
    answer = post(client, "grid:build", **files, district="620105",
                  code_field="code", name_field="name", built_up_max="250000")  # fmt: skip
    errors = answer.context["form"].errors
    assert answer.status_code == 422
    if words is None:
        assert "has no field code" in errors["code_field"][0]
    for word in words or ():
        assert word in errors[field][0]


def test_without_communities_a_district_is_needed(client, officer, tmp_path):
    answer = post(client, "grid:build", roads=road_file(tmp_path), code_field="code",
                  name_field="name", built_up_max="250000")  # fmt: skip
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["district"]


def test_cancelling_from_the_page(client, officer, tmp_path):
    files = {"roads": road_file(tmp_path)}
    job = actions.start(by=officer, kind="trial", options={"district": "620105"}, files=files)
    assert post(client, "grid:job_cancel", job.pk).url == reverse("grid:job", args=[job.pk])
    assert finished(job).status == "cancelled"
    assert (
        reverse("grid:job_apply", args=[job.pk])
        not in client.get(reverse("grid:job", args=[job.pk])).content.decode()
    )
    assert post(client, "grid:job_apply", job.pk).status_code == 302
    assert GridJob.objects.count() == 1


# --- changing cells -----------------------------------------------------------------------------
def cut(*points):
    line = shapely.LineString([(WEST + x * SIDE, SOUTH + y * SIDE) for x, y in points])
    return json.dumps(mapping(line))


def test_a_split_is_seen_then_done(client, officer, town):
    wish = {"kind": "split", "codes": f"{ONE}001", "on": "2026-07-01",
            "drawn": cut((-0.5, 0.5), (1.5, 0.5))}  # fmt: skip
    seen = post(client, "grid:edit_preview", **wish)
    page = seen.content.decode()
    assert seen.status_code == 200
    assert f"{ONE}005" in page
    assert f"{ONE}006" in page
    assert not GridChange.objects.exists()
    token = seen.context["seen"].token
    done = post(client, "grid:edit_apply", **wish, token=token, note="new road")
    assert done.headers["HX-Redirect"] == reverse("grid:edit")
    change = GridChange.objects.get()
    assert (change.note, change.after) == ("new road", [f"{ONE}005", f"{ONE}006"])
    again = post(client, "grid:edit_apply", **wish, token=token)
    assert again.status_code == 422
    assert b'role="alert"' in again.content


REFUSED = [
    ({"kind": "split", "codes": f"{ONE}001", "drawn": ""}, "Draw it on the map"),
    ({"kind": "split", "codes": f"{ONE}001", "drawn": "{"}, "GeoJSON"),
    ({"kind": "merge", "codes": f"{ONE}001"}, "two"),
    ({"kind": "merge", "codes": f"{ONE}001 {ONE}999"}, f"{ONE}999"),
    ({"kind": "renumber", "community": "12"}, "12 digits"),
    ({"kind": "reimport", "community": ONE}, "file"),
    ({"kind": "explode", "codes": ONE}, "explode"),
    ({"kind": "merge", "codes": f"{ONE}001 {ONE}002", "on": "soon"}, "date"),
]


@pytest.mark.parametrize(("wish", "word"), REFUSED)
def test_what_cannot_be_done_is_said_in_place(client, officer, town, wish, word):
    answer = post(client, "grid:edit_preview", **({"on": "2026-07-01"} | wish))
    assert answer.status_code == 422
    assert word in answer.content.decode()


def test_a_community_from_a_file(client, officer, town):
    halves = [shapely.box(WEST + x * SIDE, SOUTH, WEST + (x + 2) * SIDE, SOUTH + SIDE)
              for x in (0, 2)]  # fmt: skip
    wish = {"kind": "reimport", "community": ONE, "on": "2026-07-01"}
    seen = post(client, "grid:edit_preview", **wish, file=collection(*halves))
    assert seen.status_code == 200, seen.content.decode()
    form = seen.context["form"]
    drawn, token = form["drawn"].value(), seen.context["seen"].token
    post(client, "grid:edit_apply", **wish, drawn=drawn, token=token)
    assert UnitGrid.objects.filter(code__startswith=ONE, end_date=None).count() == 2


# --- checking -----------------------------------------------------------------------------------
def test_findings_are_listed_shown_and_taken_along(client, officer):
    make_town()  # whose stored areas are wrong
    post(client, "grid:check")
    job = finished(GridJob.objects.get(kind="check"))
    page = client.get(reverse("grid:check")).content.decode()
    assert page.count("/map/?mark=") == len(job.result["findings"]) == 9
    assert "mark=" not in client.get(reverse("grid:check"), {"kind": "gap"}).content.decode()
    table = client.get(reverse("grid:findings_csv", args=[job.pk]))
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "kind,code,lon,lat,size_m2,other"
    assert len(lines) == 10
