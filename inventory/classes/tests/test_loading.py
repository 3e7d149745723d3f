"""Classes come from tables: whole editions, once, with errors that name the line."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from citymgmt.lib.errors import BadInput
from inventory.classes.loading import CLASSES, COLUMNS, LOCAL, NATIONAL, counterpart, load_classes
from inventory.models import ClassEdition, MatterClass

pytestmark = pytest.mark.django_db
GOOD = {
    "edition": "town-1", "kind": "component", "major_code": "01", "major_zh": "公用设施",
    "major_en": "Public utilities", "minor_code": "01", "minor_zh": "井盖", "minor_en": "Cover",
    "geometry": "point", "confidence": "", "derived_from_component": "",
}  # fmt: skip


def table(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows([GOOD | row for row in rows])
    return path


def test_shipped_tables_hold_every_edition():
    figures = load_classes()
    told = [figures[name] for name in ("editions", "classes", "components", "events")]
    assert told == [4, 732, 330, 402]
    by_edition = {e.code: e.classes.count() for e in ClassEdition.objects.all()}
    assert by_edition == {
        "GB/T 47678.5-2026": 403, NATIONAL: 132, "CJ/T 214-2007": 139, LOCAL: 58,
    }  # fmt: skip


def test_reports_use_the_national_numbering_of_the_standards_and_the_local_classes():
    load_classes()
    active = set(ClassEdition.objects.filter(active=True).values_list("code", "local"))
    assert active == {(NATIONAL, False), (LOCAL, True)}


def test_the_same_number_is_another_class_in_another_edition():
    load_classes()
    names = dict(
        MatterClass.objects.filter(kind="component", code="0114").values_list(
            "edition__code", "name_zh"
        )
    )
    assert names[NATIONAL] == "园林井盖"
    assert names["CJ/T 214-2007"] != names[NATIONAL]


def test_loading_again_keeps_rows_and_choices(django_assert_max_num_queries):
    load_classes()
    ids = set(MatterClass.objects.values_list("id", flat=True))
    ClassEdition.objects.filter(code=NATIONAL).update(active=False)
    ClassEdition.objects.filter(code="CJ/T 214-2007").update(active=True)
    with django_assert_max_num_queries(25):
        load_classes()
    assert set(MatterClass.objects.values_list("id", flat=True)) == ids
    assert ClassEdition.objects.get(active=True, local=False).code == "CJ/T 214-2007"


def test_a_corrected_name_is_taken_over(tmp_path):
    load_classes(table(tmp_path / "a.csv", {}))
    load_classes(table(tmp_path / "a.csv", {"minor_zh": "给水井盖"}))
    assert [c.name_zh for c in MatterClass.objects.all()] == ["给水井盖"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "thing"}, "thing"),
        ({"minor_code": "x1"}, "digits"),
        ({"geometry": "sphere"}, "sphere"),
        ({"minor_zh": ""}, "minor_zh"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_stored(tmp_path, wrong, told):
    path = table(tmp_path / "bad.csv", {}, {"minor_code": "02"} | wrong)
    with translation.override("en"), pytest.raises(BadInput) as refused:
        load_classes(path)
    assert "line 3: " in refused.value.detail
    assert told in refused.value.detail
    assert not MatterClass.objects.exists()


def test_the_same_class_twice_is_refused(tmp_path):
    with pytest.raises(BadInput, match="2"):
        load_classes(table(tmp_path / "twice.csv", {}, {}))


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("edition,kind\na,component\n", encoding="utf-8")
    with pytest.raises(BadInput, match="minor_zh"):
        load_classes(path)


def test_counterparts_cross_editions_both_ways():
    load_classes()
    old = MatterClass.objects.get(edition__code=NATIONAL, kind="component", code="0102")
    assert counterpart(old) == ("GB/T 47678.5-2026", "01002", "same")
    new = MatterClass.objects.get(edition__code="GB/T 47678.5-2026", kind="component", code="01002")
    assert counterpart(new) == (NATIONAL, "0102", "same")


def test_command_answers_figures_and_refuses_with_the_reason(tmp_path):
    out = StringIO()
    call_command("load_classes", "--json", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["classes"] == 732
    with pytest.raises(CommandError, match="none"):
        call_command("load_classes", "--file", str(tmp_path / "none.csv"))


def test_shipped_columns_are_the_documented_ones():
    assert CLASSES.read_text(encoding="utf-8").splitlines()[0].split(",") == list(COLUMNS)
