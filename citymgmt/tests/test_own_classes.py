"""A city's own classes: from its file over their first day to reports, cases and components."""

import csv
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from cases.standards.loading import COLUMNS as CONDITION_COLUMNS
from cases.standards.loading import load_standards
from cases.standards.search import find_classes
from cases.states import State
from cases.tests.cast import act, bring, report
from inventory.classes.loading import COLUMNS, load_classes
from inventory.importing.actions import import_components
from inventory.importing.mapping import Mapping
from inventory.models import ClassEdition, Component

from .test_api import API, client, given, send, wrong

OWN = [
    {"kind": "component", "major_code": "02", "minor_code": "91", "minor_zh": "智慧灯杆"},
    {"kind": "event", "major_code": "02", "minor_code": "92", "minor_zh": "共享单车乱停"},
]
CLASS = {"edition": "our-2027", "major_zh": "扩展类", "major_en": "Own", "geometry": "point"}
CONDITION = {
    "standard": "our-standard", "condition_no": "1", "condition_zh": "乱停", "limit_value": "4",
    "limit_unit": "working_hours", "closing_zh": "已清理", "responsible_role": "water_supply",
}  # fmt: skip


def table(path, columns, rows):
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [columns, *([row.get(name, "") for name in columns] for row in rows)]:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", encoding="gb18030", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def wait(monkeypatch):
    """Go on so many days from now."""
    now = timezone.now

    def days(number):
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(days=number))

    return days


@pytest.fixture(params=["own.csv", "own.xlsx"])
def loaded(request, cast, tmp_path, today):
    rows = [CLASS | row for row in OWN]
    path = table(tmp_path / request.param, list(COLUMNS), rows)
    told = load_classes(path, local=True, valid_from=today + timedelta(days=300))
    assert "our-2027" in " ".join(told["waiting"])
    assert ClassEdition.objects.get(code="our-2027").origin == request.param
    return cast


def begin(client, cast, kind, edition, day):
    client.force_login(cast.sysadmin)
    path = reverse("cases:edition", args=(kind, edition.pk))
    answer = client.post(path, {"day": f"{day:%Y-%m-%d}"})
    assert (answer.status_code, answer.url) == (302, reverse("cases:editions"))


def offered(cast):
    rows = client(cast.acceptor).get(f"{API}ref/classes/").json()["results"]
    return {row["code"] for row in rows}


def entered(cast, code="0292", kind="event"):
    data = given(source="hotline_12319", photos=None, kind=kind, class_code=code)
    return client(cast.acceptor).post(f"{API}cases/", data, format="json")


def test_own_classes_take_effect_from_their_day_on(loaded, client, today, wait, tmp_path):
    cast, old = loaded, report(loaded)
    own = ClassEdition.objects.get(code="our-2027")
    wrong(entered(cast), 400, None, "class_code")
    assert find_classes("智慧灯杆") == []
    begin(client, cast, "classes", own, today + timedelta(days=3))
    wait(2)
    wrong(entered(cast), 400, None, "class_code")
    assert offered(cast) == {"0101"}

    wait(3)
    assert offered(cast) == {"0101", "0291", "0292"}
    assert [row.code for row in find_classes("共享单车")] == ["0292"]
    answer = entered(cast)
    assert answer.status_code == 201, answer.content.decode()
    assert answer.json()["class_name"] == "共享单车乱停"
    assert entered(cast, "0101", "component").status_code == 201
    old.refresh_from_db()
    assert old.matter_class == cast.cover
    act(cast, old, "accept", "acceptor")
    assert old.state == State.TO_FILE


def test_own_classes_are_filed_under_the_standard_that_names_them(
    loaded, client, today, wait, tmp_path
):
    cast, day = loaded, today + timedelta(days=1)
    waiting = bring(cast, State.TO_DISPOSE)
    begin(client, cast, "classes", ClassEdition.objects.get(code="our-2027"), day)
    rows = [CONDITION | row for row in OWN]
    path = table(tmp_path / "standard.csv", list(CONDITION_COLUMNS), rows)
    figures = load_standards(path, valid_from=day)
    assert (figures["conditions"], figures["in_force"]) == (2, "town")
    wait(1)
    case = report(cast, class_code="0292", kind="event", at=timezone.now())
    act(cast, case, "accept", "acceptor", at=timezone.now())
    (condition,) = client_rows(cast, "conditions", **{"class": "0292"})
    body = {"filing_condition": condition["id"], "opinion": "立案"}
    assert send(cast.shift_leader, case, "file", body).status_code == 200
    case.refresh_from_db()
    assert case.filing_condition.edition.code == "our-standard"
    waiting.refresh_from_db()
    assert waiting.filing_condition.edition.code == "town"


def client_rows(cast, name, **query):
    return client(cast.shift_leader).get(f"{API}ref/{name}/", query).json()["results"]


def test_own_classes_are_those_of_the_inventory_from_their_day_on(
    loaded, client, today, wait, tmp_path
):
    cast = loaded
    code = f"{cast.district.code}0291000001"
    at = {"no": code, "x": cast.component.geometry.x, "y": cast.component.geometry.y}
    path = table(tmp_path / "poles.csv", list(at), [at])
    mapping = Mapping({"no": "code", "x": "lon", "y": "lat"})
    assert import_components(path, mapping)["rejected"] == 1
    begin(client, cast, "classes", ClassEdition.objects.get(code="our-2027"), today)
    figures = import_components(path, mapping)
    assert (figures["created"], figures["rejected"]) == (1, 0)
    pole = Component.objects.latest("pk")
    assert (pole.matter_class.name_zh, pole.code) == ("智慧灯杆", code)
    assert Component.objects.get(pk=cast.component.pk).matter_class == cast.cover


def test_a_national_edition_that_begins_leaves_cases_and_own_classes(
    loaded, client, today, wait, tmp_path
):
    cast, old, day = loaded, report(loaded), today + timedelta(days=1)
    begin(client, cast, "classes", ClassEdition.objects.get(code="our-2027"), day)
    rows = [{**CLASS, "edition": "new-2026", "kind": "event", "major_code": "01",
             "minor_code": "01", "minor_zh": "新事件"}]  # fmt: skip
    load_classes(table(tmp_path / "new.csv", list(COLUMNS), rows), valid_from=today + DAY * 99)
    begin(client, cast, "classes", ClassEdition.objects.get(code="new-2026"), day)
    wait(1)
    assert {(row["edition"], row["code"]) for row in client_rows(cast, "classes")} == {
        ("new-2026", "0101"), ("our-2027", "0291"), ("our-2027", "0292"),
    }  # fmt: skip
    assert entered(cast, "0101", "event").json()["class_name"] == "新事件"
    wrong(entered(cast, "0101", "component"), 400, None, "class_code")
    old.refresh_from_db()
    assert old.matter_class.edition.code == "GB/T 30428.2-2013"


DAY = timedelta(days=1)
