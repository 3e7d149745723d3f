"""The pages under "Grid and duty": who may open them, what they show, what they do and refuse."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from citymgmt.accounts.posts import POSTS
from grid.above import actions as layering
from grid.models import (
    AreaClass,
    DutyAssignment,
    DutyGrid,
    DutyMembership,
    ManagementGrid,
    Shift,
    UnitGrid,
)
from grid.rota import actions as rota
from grid.rota import hours as rota_hours
from grid.tests.town import SIDE, SOUTH, WEST, make_town, worker

pytestmark = pytest.mark.django_db
BOX = f"{WEST},{SOUTH},{WEST + 9 * SIDE},{SOUTH + SIDE}"


@pytest.fixture
def town():
    town = make_town()
    rota.load_shifts()
    return town


@pytest.fixture
def admin(client, town):
    user = worker("admin", "sysadmin")
    client.force_login(user)
    return user


@pytest.fixture
def leader(client, town):
    user = worker("lead", "shift_leader")
    assign_perm("grid.oversee_area", user, town.street)
    client.force_login(user)
    return user


def pages(town):
    manage = {"sysadmin"}
    plan = {"sysadmin", "shift_leader"}
    cell = [town.duty[0].code, "early", timezone.localdate().isoformat()]
    return {
        reverse("grid:duty_grids"): manage,
        reverse("grid:duty_grid", args=[town.duty[0].code]): manage,
        reverse("grid:rota"): plan,
        reverse("grid:shifts"): plan,
        reverse("grid:area_classes"): manage,
        reverse("grid:area_class", args=[town.street.code]): manage,
        reverse("grid:above"): manage,
        reverse("grid:rota_cell", args=cell): plan,
    }


@pytest.mark.parametrize("post", POSTS)
def test_who_may_open_which_page(client, town, post):
    user = worker(f"one_{post}", post)
    assign_perm("grid.oversee_area", user, town.street)
    client.force_login(user)
    answers = {url: client.get(url).status_code for url in pages(town)}
    assert answers == {url: 200 if post in who else 403 for url, who in pages(town).items()}


@pytest.mark.parametrize("post", [post for post in POSTS if post != "sysadmin"])
def test_only_an_administrator_changes_the_grid(client, town, post):
    client.force_login(worker(f"one_{post}", post))
    for name, args in (
        ("duty_people", [town.duty[0].code]), ("mend", [town.street.code]), ("build_above", []),
        ("usual_shifts", []), ("duty_grid", [town.duty[0].code]), ("shift", ["early"]),
    ):  # fmt: skip
        answer = client.post(reverse(f"grid:{name}", args=args), {})
        allowed = post == "shift_leader" and name == "shift"
        assert answer.status_code == (422 if allowed else 403), name


def test_strangers_are_asked_to_sign_in(client, town):
    for url in pages(town):
        assert client.get(url).status_code == 302


def test_the_section_opens_at_the_first_own_page(client, admin):
    assert client.get("/grid/").url == reverse("grid:rota")
    client.force_login(worker("hand", "handler"))
    assert client.get("/grid/").status_code == 403


# --- duty grids -----------------------------------------------------------------------------
def move(client, town, **data):
    url = reverse("grid:duty_grid", args=[town.duty[0].code])
    today = timezone.localdate().isoformat()
    cells = [town.cells[3].code]
    return client.post(url, {"cells": cells, "to": town.duty[1].code, "on": today, **data})


def test_a_cell_is_moved(client, town, admin):
    assert move(client, town).status_code == 302
    assert UnitGrid.objects.get(pk=town.cells[3].pk).duty_grid == town.duty[1]
    page = client.get(reverse("grid:duty_grid", args=[town.duty[0].code])).content.decode()
    assert town.cells[3].code in page  # in the history
    assert page.count('name="cells"') == 3


def test_a_new_duty_grid_is_made_of_chosen_cells(client, town, admin):
    assert move(client, town, to="new", name="西段").status_code == 302
    assert UnitGrid.objects.get(pk=town.cells[3].pk).duty_grid.name == "西段"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"cells": []}, "cells"),
        ({"cells": ["620105002001001"]}, "cells"),
        ({"to": "62010500200101"}, "to"),
        ({"to": "new"}, "name"),
        ({"on": ""}, "on"),
        ({"on": "2020-01-01"}, "on"),
    ],
)
def test_a_refused_move_keeps_what_was_typed(client, town, admin, data, field):
    answer = move(client, town, **data)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert not DutyMembership.objects.exclude(valid_to=None).exists()


def test_faults_are_shown_and_mended(client, town, admin):
    cell = town.cells[0]
    DutyMembership.objects.filter(unit_grid=cell).delete()
    UnitGrid.objects.filter(pk=cell.pk).update(duty_grid=None)
    url = reverse("grid:duty_grids")
    assert [code for code, _found in client.get(url).context["faults"]] == [town.street.code]
    client.post(
        reverse("grid:mend", args=[town.street.code]),
        {"cells": [cell.code], "to": town.duty[1].code, "on": timezone.localdate()},
    )
    assert client.get(url).context["faults"] == []
    assert UnitGrid.objects.get(pk=cell.pk).duty_grid == town.duty[1]


def test_mending_refuses_what_is_not_wrong(client, town, admin):
    data = {"cells": [town.cells[0].code], "to": town.duty[1].code, "on": timezone.localdate()}
    client.post(reverse("grid:mend", args=[town.street.code]), data)
    assert UnitGrid.objects.get(pk=town.cells[0].pk).duty_grid == town.duty[0]


def test_collectors_of_a_duty_grid(client, town, admin):
    walker = worker("walker", "collector")
    url = reverse("grid:duty_people", args=[town.duty[0].code])
    client.post(url, {"collectors": [walker.pk]})
    assert list(town.duty[0].collectors.all()) == [walker]
    client.post(url, {"collectors": [admin.pk]})
    assert list(town.duty[0].collectors.all()) == [walker]
    client.post(url, {})
    assert not town.duty[0].collectors.exists()


def count_queries(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["duty_grids", "rota", "area_classes", "above"])
def test_queries_do_not_grow_with_rows(client, town, admin, name):
    url = reverse(f"grid:{name}")
    before = count_queries(client, url)
    for number in range(3):
        grid = DutyGrid.objects.create(
            code=f"6201050010019{number}", name=str(number), street=town.street,
            geometry=town.duty[0].geometry,
        )  # fmt: skip
        grid.collectors.add(worker(f"w{number}", "collector"))
    assert count_queries(client, url) == before


# --- rota -----------------------------------------------------------------------------------
def cell_url(town, grid=0, days=0, shift="early"):
    day = timezone.localdate() + timedelta(days=days)
    return reverse("grid:rota_cell", args=[town.duty[grid].code, shift, day.isoformat()])


def test_a_cell_of_the_rota_is_written(client, town, leader):
    walker = worker("walker", "collector")
    answer = client.post(cell_url(town), {"people": [walker.pk]})
    assert "walker" in answer.content.decode()
    row = DutyAssignment.objects.get()
    assert (row.duty_grid, row.shift.code, row.date, row.collector) == (
        town.duty[0], "early", timezone.localdate(), walker,
    )  # fmt: skip
    table = client.get(reverse("grid:rota")).content.decode()
    assert "walker" in table


def test_the_form_offers_own_collectors_first(client, town, leader):
    worker("aaron", "collector")
    own = worker("zoe", "collector")
    town.duty[0].collectors.add(own)
    people = client.get(cell_url(town)).context["people"]
    assert [(p["person"].username, p["own"]) for p in people] == [("zoe", True), ("aaron", False)]


def test_past_days_and_other_areas_are_refused(client, town, leader):
    walker = worker("walker", "collector")
    answer = client.post(cell_url(town, days=-1), {"people": [walker.pk]})
    assert answer.status_code == 422
    far = reverse("grid:rota_cell", args=["62010500200101", "early", timezone.localdate()])
    assert client.post(far, {"people": [walker.pk]}).status_code == 404
    assert not DutyAssignment.objects.exists()


@pytest.mark.parametrize("day", ["2026-13-01", "never"])
def test_a_day_that_is_none_is_not_found(client, town, leader, day):
    assert client.get(reverse("grid:rota"), {"week": day}).status_code == 404
    url = reverse("grid:rota_cell", args=[town.duty[0].code, "early", day])
    assert client.get(url).status_code == 404


def test_last_week_is_copied(client, town, leader):
    walker, monday = worker("walker", "collector"), rota_hours.monday_of(timezone.localdate())
    sunday = monday + timedelta(days=6)
    DutyAssignment.objects.create(
        duty_grid=town.duty[0], shift=Shift.objects.get(code="early"), collector=walker,
        date=sunday - rota_hours.WEEK,
    )  # fmt: skip
    data = {"week": monday, "street": town.street.code}
    assert client.post(reverse("grid:rota_copy"), data).status_code == 302
    assert DutyAssignment.objects.filter(date=sunday).count() == 1
    client.post(reverse("grid:rota_copy"), {**data, "week": monday - rota_hours.WEEK})
    assert DutyAssignment.objects.count() == 2


def test_shifts_are_edited(client, town, admin):
    data = {"code": "early", "name_zh": "早", "starts": "06:00", "ends": "14:00", "active": "on"}
    assert client.post(reverse("grid:shift", args=["early"]), data).status_code == 302
    assert Shift.objects.get(code="early").starts.hour == 6
    answer = client.post(reverse("grid:shifts"), {**data, "starts": "later"})
    assert answer.status_code == 422
    Shift.objects.all().delete()
    client.post(reverse("grid:usual_shifts"))
    assert Shift.objects.count() == 3


# --- classes and grids above ----------------------------------------------------------------
def test_an_area_class_is_changed_and_its_history_shown(client, town, admin):
    url = reverse("grid:area_class", args=[town.communities[0].code])
    data = {"area_class": "C", "on": timezone.localdate().isoformat()}
    assert client.post(url, data).status_code == 302
    assert [row.area_class for row in client.get(url).context["history"]] == ["A", "C"]
    assert client.post(url, {**data, "on": "2020-01-01"}).status_code == 422
    assert AreaClass.objects.count() == 2


def test_grids_above_are_built_from_the_page(client, town, admin):
    url = reverse("grid:above")
    assert client.get(url).context["count"] == 9
    client.post(reverse("grid:build_above"))
    assert client.get(url).context["count"] == 0
    client.post(reverse("grid:build_above"), {"community": town.communities[0].code})
    assert ManagementGrid.objects.count() == 3
    assert client.post(reverse("grid:build_above"), {"community": "620105"}).status_code == 404


# --- layers ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("layer", "count"), [("duty", 3), ("management", 3), ("evaluation", 3)])
def test_layers_on_the_map(client, town, admin, layer, count):
    layering.build_above()
    answer = client.get(reverse(f"grid:{layer}_json"), {"bbox": BOX})
    assert len(answer.json()["features"]) == count
    assert client.get(reverse(f"grid:{layer}_json")).status_code == 400


def test_the_card_of_a_duty_grid(client, town, admin):
    page = client.get(reverse("grid:duty_card", args=[town.duty[0].code])).content.decode()
    assert town.duty[0].name in page
    assert client.get(reverse("grid:duty_card", args=["nothing"])).status_code == 404
