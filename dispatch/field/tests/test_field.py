"""The collectors' pages: who gets in, whose tasks are shown, positions, classes, places."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from cases.tests.cast import SOUTH, STEP, WEST
from dispatch.field import actions, queries, shell
from grid.models import Position
from inventory.models import ClassEdition, MatterClass

pytestmark = pytest.mark.django_db
PAGES = ["tasks", "task_list", "report", "map", "me"]
DATA = ["classes", "count", "cases", "grids"]
X, Y = WEST + STEP / 2, SOUTH + STEP / 2


@pytest.fixture
def cast(cast):
    """The town, with its collectors as they are stored: on duty."""
    cast.collector.refresh_from_db()
    cast.collector2.refresh_from_db()
    return cast


def url(name, *args):
    return reverse(f"dispatch:field:{name}", args=args)


def verifying(cast, collector="collector", **rest):
    """A case of another source, sent to a collector to be verified."""
    case = town.report(cast, by="acceptor", source="leader", photos=[], **rest)
    given = {"collector": getattr(cast, collector)}
    return town.act(cast, case, "send_verify", "acceptor", at=case.reported_at, **given)


# --- who gets in ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", PAGES + DATA)
def test_only_collectors_get_in(client, cast, name):
    assert "/accounts/sign-in/" in client.get(url(name)).url
    for who in ("acceptor", "dispatcher", "handler", "leader", "sysadmin"):
        client.force_login(getattr(cast, who))
        assert client.get(url(name)).status_code == 403, who
    client.force_login(cast.collector)
    assert client.get(url(name)).status_code == 200


@pytest.mark.parametrize("name", ["position", "duty"])
def test_only_collectors_send(client, cast, name):
    client.force_login(cast.handler)
    assert client.post(url(name), {"lon": X, "lat": Y, "on": "1"}).status_code == 403
    assert client.get(url(name)).status_code == 405
    assert not Position.objects.exists()


def test_desk_of_a_collector(client, cast):
    client.force_login(cast.collector)
    assert client.get("/").url == url("tasks") == "/field/"


# --- tasks ----------------------------------------------------------------------------------
def test_own_tasks_only(client, cast):
    mine, other = verifying(cast), verifying(cast, "collector2")
    client.force_login(cast.collector)
    page = client.get(url("tasks")).content.decode()
    assert mine.number in page
    assert other.number not in page
    assert client.get(url("count")).json() == {"tasks": 1}
    assert client.get(url("case", mine.number)).status_code == 200
    assert client.get(url("case", other.number)).status_code == 404
    assert client.get(url("mark", other.number)).status_code == 404


def test_verify_task_page_asks_what_the_interface_takes(client, cast):
    case = verifying(cast)
    client.force_login(cast.collector)
    response = client.get(url("case", case.number))
    page = response.content.decode()
    action = f"/api/v1/cases/{case.number}/actions/verify/"
    assert f'action="{action}"' in page
    assert re.findall(r'name="verify_result" value="(\w+)"', page) == [
        "exists", "absent", "cannot_tell",
    ]  # fmt: skip
    assert 'capture="environment"' in page
    kind, raw = town.photo()
    photo = SimpleUploadedFile("p.jpg", raw, "image/jpeg")
    answer = client.post(
        action, {"verify_result": "exists", "opinion": "在", "photos": photo, "photo_types": kind}
    )
    assert answer.status_code == 200, answer.json()
    assert client.get(url("count")).json() == {"tasks": 0}
    assert 'id="answer"' not in client.get(url("case", case.number)).content.decode()


def test_check_task_page_names_the_closing_condition(client, cast):
    case = town.bring(cast, State.CHECKING)
    client.force_login(cast.collector)
    page = client.get(url("case", case.number)).content.decode()
    assert "已修复" in page
    assert re.findall(r'name="check_result" value="(\w+)"', page) == ["pass", "fail", "cannot_tell"]


def test_check_task_shows_the_photo_of_the_work_before_the_choice(client, cast):
    case = town.bring(cast, State.CHECKING)
    client.force_login(cast.collector)
    page = client.get(url("case", case.number)).content.decode()
    after = case.attachments.get(photo_type="after")
    assert 0 < page.index(str(after.uuid)) < page.index('name="check_result"')


def test_own_report_is_shown_without_a_form(client, cast):
    case = town.report(cast)
    client.force_login(cast.collector)
    response = client.get(url("case", case.number))
    assert response.status_code == 200
    assert b'id="answer"' not in response.content
    assert case.number.encode() in response.content


def test_tasks_least_time_first_or_nearest_first(cast):
    late = verifying(cast, cell=3)
    soon = verifying(cast, cell=0, at=town.MORNING + timedelta(minutes=5))
    now = town.MORNING + timedelta(minutes=31)
    actions.note_position(by=cast.collector, lon=X, lat=Y, at=now)
    tasks = queries.tasks_of(cast.collector, now=now)
    assert [t.case for t in tasks] == [late, soon]
    assert [t.light for t in tasks] == ["red", "yellow"]
    assert tasks[1].distance_m == pytest.approx(0, abs=1)
    assert tasks[0].distance_m == pytest.approx(143, abs=3)  # one cell east, one north
    nearest = queries.tasks_of(cast.collector, now=now, nearest=True)
    assert [t.case for t in nearest] == [soon, late]


def test_an_old_position_gives_no_distance(cast):
    verifying(cast)
    now = timezone.now()
    actions.note_position(by=cast.collector, lon=X, lat=Y, at=now - timedelta(hours=1))
    (task,) = queries.tasks_of(cast.collector, now=now, nearest=True)
    assert task.distance_m is None


@pytest.mark.parametrize("name", ["tasks", "me", "cases"])
def test_as_many_queries_for_three_rows_as_for_one(client, cast, name):
    client.force_login(cast.collector)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            verifying(cast)
            town.report(cast, at=timezone.now())
        with CaptureQueriesContext(connection) as seen:
            client.get(url(name))
        counts.append(len(seen))
    assert counts[0] == counts[1]


# --- own page -------------------------------------------------------------------------------
def test_figures_of_today(cast):
    now = timezone.now().replace(hour=4)  # noon in Shanghai
    case = verifying(cast, at=now - timedelta(hours=2))
    town.report(cast, at=now)
    town.report(cast, at=now - timedelta(days=1))
    town.act(
        cast, case, "verify", "collector", at=now, verify_result="absent", photos=[town.photo()]
    )
    assert queries.today_of(cast.collector, now) == {"reports": 1, "done": 1, "late": 1}


def test_duty_switch(client, cast):
    client.force_login(cast.collector)
    for given, on in (({"off": "1"}, False), ({"on": "1"}, True)):
        assert client.post(url("duty"), given).url == url("me")
        cast.collector.refresh_from_db()
        assert cast.collector.on_duty is on


# --- positions ------------------------------------------------------------------------------
def test_position_is_kept(client, cast):
    client.force_login(cast.collector)
    assert client.post(url("position"), {"lon": X, "lat": Y, "accuracy": "12.5"}).status_code == 204
    row = cast.collector.positions.get()
    assert (row.point.x, row.point.y, row.accuracy_m) == (X, Y, 12.5)
    assert timezone.now() - row.at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "lon"),
        ({"lon": "east", "lat": Y}, "lon"),
        ({"lon": 203, "lat": Y}, "lon"),
        ({"lon": X, "lat": "nan"}, "lat"),
        ({"lon": X, "lat": Y, "accuracy": "-1"}, "accuracy"),
        ({"lon": X, "lat": Y, "accuracy": "nan"}, "accuracy"),
        ({"lon": X, "lat": Y, "accuracy": "good"}, "accuracy"),
    ],
)
def test_a_bad_position_is_refused(client, cast, given, field):
    client.force_login(cast.collector)
    response = client.post(url("position"), given)
    assert response.status_code == 400
    assert field in response.json()["fields"]
    assert not Position.objects.exists()


def test_no_position_off_duty(client, cast):
    actions.set_duty(by=cast.collector, on=False)
    client.force_login(cast.collector)
    response = client.post(url("position"), {"lon": X, "lat": Y})
    assert (response.status_code, response.json()["code"]) == (409, "off_duty")
    assert not Position.objects.exists()


# --- classes and places ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("井盖", ["component"]),
        ("water COVER", ["component"]),
        ("unauth", ["event"]),
        ("0101", ["component", "event"]),
        ("公用 私搭", ["event"]),
        ("nothing", []),
        ("", ["component", "event"]),
    ],
)
def test_classes_in_both_languages(client, cast, q, found):
    old = ClassEdition.objects.create(code="old")
    MatterClass.objects.create(
        edition=old, kind="event", code="0101", major="01", minor="01", major_zh="公用设施",
        major_en="Utilities", name_zh="井盖", name_en="Water cover unauth",
    )  # fmt: skip
    client.force_login(cast.collector)
    rows = client.get(url("classes"), {"q": q}).json()["results"]
    assert [row["kind"] for row in rows] == found


def test_recent_classes_are_the_persons_own(cast):
    town.report(cast)
    town.report(cast, class_code=cast.litter)
    town.report(cast, by="collector2")
    assert queries.recent_classes(cast.collector) == [cast.litter, cast.cover]
    assert queries.recent_classes(cast.collector2) == [cast.cover]


def test_place_says_whose_ground_it_is(client, cast):
    client.force_login(cast.collector)
    said = client.get(url("place"), {"lon": X, "lat": Y}).json()
    assert (said["community"], said["street"], said["own"]) == ("费家营社区", "培黎街道", True)
    client.force_login(cast.collector2)
    assert client.get(url("place"), {"lon": X, "lat": Y}).json()["own"] is False
    outside = client.get(url("place"), {"lon": 100, "lat": 30})
    assert (outside.status_code, outside.json()["code"]) == (400, "outside_city")


# --- map ------------------------------------------------------------------------------------
def test_the_map_starts_in_the_own_duty_grid(client, cast):
    client.force_login(cast.collector)
    page = client.get(url("map")).content.decode()
    setup = json.loads(re.search(r'id="on-map"[^>]*>(.*?)</script>', page).group(1))
    lat, lon = setup["center"]
    assert WEST < lon < WEST + 2 * STEP
    assert SOUTH < lat < SOUTH + 2 * STEP
    assert [f["properties"]["name"] for f in client.get(url("grids")).json()["features"]] == [
        "培黎一"
    ]
    client.force_login(cast.collector2)
    assert client.get(url("grids")).json()["features"] == []
    assert client.get(url("map")).status_code == 200


def test_marks_are_own_tasks_and_own_recent_open_reports(client, cast):
    task = verifying(cast)
    town.bring(cast, State.CLOSED, at=timezone.now() - timedelta(hours=1))
    recent = town.report(cast, at=timezone.now())
    town.report(cast, at=timezone.now() - timedelta(days=8))
    town.report(cast, by="collector2", at=timezone.now())
    client.force_login(cast.collector)
    marks = client.get(url("cases")).json()["features"]
    assert {m["properties"]["number"] for m in marks} == {task.number, recent.number}
    popup = client.get(marks[0]["properties"]["url"])
    assert popup.status_code == 200


# --- the app on the phone -------------------------------------------------------------------
def test_manifest_and_worker_need_no_session(client, db):
    said = client.get(url("manifest"))
    assert said.headers["Content-Type"] == "application/manifest+json"
    assert said.json()["scope"] == "/field/"
    worker = client.get(url("worker"))
    assert worker.headers["Content-Type"].startswith("text/javascript")
    setup = json.loads(re.search(r"const SETUP = (\{.*\});", worker.content.decode()).group(1))
    assert setup["pages"][:4] == [url(name) for name in shell.PAGES]
    assert {url("help"), "/help/collector/field-tasks.png"} <= set(setup["pages"])


def test_worker_keeps_every_file_that_the_pages_name(client, cast):
    client.force_login(cast.collector)
    case = verifying(cast)
    kept = set(shell.files())
    pages = [url(name) for name in shell.PAGES] + [url("help"), url("case", case.number)]
    for page in pages:
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(page).content.decode())
        assert set(named) <= kept, page


def test_worker_keeps_every_module_that_is_imported():
    root = Path(settings.BASE_DIR) / "static"
    kept = {name.removeprefix("/static/") for name in shell.files()}
    for script in [*root.glob("js/field*.js"), *root.glob("js/field/*.js")]:
        for target in re.findall(r'from "(\.[^"]+)"', script.read_text()):
            path = (script.parent / target).resolve().relative_to(root).as_posix()
            assert path in kept, f"{script.name} imports {path}"


def test_words_named_by_scripts_exist():
    root = Path(settings.BASE_DIR)
    words = (root / "templates/dispatch/field/parts/words.html").read_text()
    said = set(re.findall(r"data-say-([a-z-]+)=", words))
    for script in [*root.glob("static/js/field*.js"), *root.glob("static/js/field/*.js")]:
        used = set(re.findall(r'word\("([a-z-]+)"', script.read_text()))
        assert used <= said, script.name


def test_reports_are_by_page(client, cast):
    for _ in range(21):
        town.report(cast, at=timezone.now())
    client.force_login(cast.collector)
    first, second = (client.get(url("me"), {"page": n}).context["reports"] for n in (1, 2))
    assert (len(first), len(second)) == (20, 1)
    assert Case.objects.filter(reporter=cast.collector).count() == 21


def test_a_collector_hears_what_is_known_in_the_own_duty_grid_and_no_more(cast, client):
    case = town.report(cast, by="acceptor", source="hotline_12319", photos=())
    client.force_login(cast.collector)
    url = f"/field/known.json?lon={case.point.x}&lat={case.point.y}&matter=component:0101"
    (row,) = client.get(url).json()["results"]
    assert (row["likely"], row["away"]) == (True, 0)
    assert set(row) == {"what", "label", "away", "likely", "on"}

    client.force_login(cast.collector2)  # has no duty grid
    assert client.get(url).json() == {"results": []}
    assert client.get("/field/known.json?lon=x&lat=1").status_code == 400
    client.force_login(cast.liaison)
    assert client.get(url).status_code == 403
