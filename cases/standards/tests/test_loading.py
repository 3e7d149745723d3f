"""Filing conditions come from a table, edition by edition; what an administrator set stays."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Count
from django.utils import timezone, translation

from cases.models import Calendar, FilingCondition, Source, StageLimit, StandardEdition
from cases.standards.loading import STANDARDS, load_standards
from cases.standards.shipped import SOURCES
from citymgmt.lib.errors import BadInput
from inventory.classes.loading import LOCAL, NATIONAL, load_classes

pytestmark = pytest.mark.django_db
HEAD, FIRST, *_REST = STANDARDS.read_text(encoding="utf-8").splitlines()


@pytest.fixture(autouse=True)
def classes():
    load_classes()


def table(path, *lines):
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return path


def test_every_shipped_condition_stands_on_its_class():
    figures = load_standards()
    assert figures["conditions"] == figures["created"] == 519
    groups = dict(
        FilingCondition.objects.values_list("matter_class__edition__code").annotate(n=Count("id"))
    )
    assert set(groups) == {NATIONAL, LOCAL}
    kinds = dict(FilingCondition.objects.values_list("matter_class__kind").annotate(n=Count("id")))
    assert kinds == {"component": 375, "event": 144}


def test_a_condition_carries_limit_roles_and_flags():
    load_standards()
    cover = FilingCondition.objects.get(
        matter_class__code="0101", matter_class__kind="component", number=1
    )
    assert (cover.limit_value, cover.limit_unit) == (Decimal("2.00"), "urgent_hours")
    assert (cover.responsible_role, cover.co_roles) == ("water_supply", ["owner_unit"])
    flagged = [c.flags for c in FilingCondition.objects.exclude(flags=[])]
    assert flagged.count(["corrected"]) == 2


def test_loading_again_changes_nothing():
    load_standards()
    ids = set(FilingCondition.objects.values_list("id", flat=True))
    figures = load_standards()
    assert {k: figures[k] for k in ("created", "changed", "removed", "sources")} == {
        "created": 0, "changed": 0, "removed": 0, "sources": 0,
    }  # fmt: skip
    assert set(FilingCondition.objects.values_list("id", flat=True)) == ids


def test_a_changed_line_is_changed_and_a_missing_one_removed(tmp_path):
    second = FIRST.replace(",1,井盖", ",2,井盖")
    load_standards(table(tmp_path / "a.csv", FIRST, second))
    figures = load_standards(table(tmp_path / "a.csv", FIRST.replace(",2,urgent", ",3,urgent")))
    assert (figures["changed"], figures["removed"]) == (1, 1)
    assert [c.limit_value for c in FilingCondition.objects.all()] == [Decimal("3.00")]


def test_a_later_edition_takes_over_and_the_old_one_stays(tmp_path):
    load_standards()
    path = table(tmp_path / "new.csv", FIRST)
    load_standards(path, edition="town-2025", valid_from=date(2025, 1, 1))
    assert [e.code for e in StandardEdition.objects.in_force()] == ["town-2025"]
    assert FilingCondition.objects.filter(edition__code="yuncheng-2024").count() == 519


def test_an_edition_of_tomorrow_or_of_the_past_waits(tmp_path):
    load_standards()
    path = table(tmp_path / "new.csv", FIRST)
    load_standards(path, edition="old", valid_from=date(2020, 1, 1))
    load_standards(path, edition="next", valid_from=timezone.localdate() + timedelta(days=1))
    assert [e.code for e in StandardEdition.objects.in_force()] == ["yuncheng-2024"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("component,01,01", "component,01,00", "0100"),
        ("上水井盖", "水井盖", "上水井盖"),
        (",1,井盖", ",one,井盖", "one"),
        (",1,井盖", ",1²½,井盖", "condition_no"),
        (",1,井盖", ",99999,井盖", "99999"),
        ("urgent_hours", "fortnights", "fortnights"),
        (",2,urgent", ",0,urgent", "“0”"),
        (",2,urgent", ",NaN,urgent", "NaN"),
        ("water_supply", "", "responsible_role"),
    ],
)
def test_a_bad_line_is_named(tmp_path, before, after, told):
    path = table(tmp_path / "bad.csv", FIRST.replace(before, after))
    with translation.override("en"), pytest.raises(BadInput) as refused:
        load_standards(path)
    assert "line 2: " in refused.value.detail
    assert told in refused.value.detail
    assert not FilingCondition.objects.exists()


@pytest.mark.parametrize("number", ["①", "１", " 1 "])
def test_the_number_of_a_condition_is_read_as_people_write_it(tmp_path, number):
    load_standards(table(tmp_path / "a.csv", FIRST.replace(",1,井盖", f",{number},井盖")))
    assert FilingCondition.objects.get().number == 1


def test_an_empty_table_is_refused(tmp_path):
    with pytest.raises(BadInput):
        load_standards(table(tmp_path / "empty.csv"))


def test_sources_say_what_is_verified_first():
    load_standards()
    assert Source.objects.count() == len(SOURCES)
    unverified = set(Source.objects.filter(needs_verify=False).values_list("code", flat=True))
    assert {"patrol", "leader"} <= unverified
    assert not Source.objects.filter(group="public", needs_verify=False).exists()


def test_what_an_administrator_edited_stays():
    load_standards()
    Source.objects.filter(code="web").update(needs_verify=False, name_zh="门户")
    StageLimit.objects.filter(stage="accept").update(limit_value=20)
    Calendar.objects.update(name="own")
    load_standards()
    assert Source.objects.get(code="web").name_zh == "门户"
    assert StageLimit.objects.get(stage="accept").limit_value == 20
    assert [c.name for c in Calendar.objects.all()] == ["own"]
    assert StageLimit.objects.count() == 12


def test_command_answers_figures_and_refuses_with_the_reason(tmp_path):
    out = StringIO()
    call_command("load_standards", "--json", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["conditions"] == 519
    with pytest.raises(CommandError, match="fortnights"):
        call_command(
            "load_standards",
            "--file",
            str(table(tmp_path / "b.csv", FIRST.replace("urgent_hours", "fortnights"))),
        )


def test_a_standard_begins_by_itself_on_its_day_and_says_that_it_waits(tmp_path):
    load_standards()
    day = timezone.localdate() + timedelta(days=10)
    with translation.override("en"):
        figures = load_standards(table(tmp_path / "n.csv", FIRST), edition="next", valid_from=day)
    assert figures["in_force"] == "yuncheng-2024"
    assert f"next: stored, in force from {day}" in figures["note"]
    editions = StandardEdition.objects
    assert editions.in_force(day - timedelta(days=1)).get().code == "yuncheng-2024"
    assert editions.in_force(day).get().code == "next"
    assert FilingCondition.objects.in_force(day).count() == 1


def test_codes_that_lost_their_zeros_in_a_spreadsheet_are_read(tmp_path):
    figures = load_standards(
        table(tmp_path / "z.csv", FIRST.replace("component,01,01", "component,1,1"))
    )
    assert figures["conditions"] == 1
