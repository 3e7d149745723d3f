"""A street of two communities with four cells each in a row, and people, for tests of duty grids.

Cells 1–4 lie in community 001, 5–8 in 002, from west to east, 100 m wide and touching. `duty` has
one duty grid for each community; `other` is a cell in another street.
"""

from datetime import date
from types import SimpleNamespace

import shapely

from citymgmt.accounts.models import Department, Membership, Post, User
from citymgmt.accounts.posts import POSTS
from grid.build.store import AreaRow, compose_duty_grids, store_areas
from grid.geometry import to_geos
from grid.models import DutyGrid, UnitGrid

WEST, SOUTH, SIDE = 103.70, 36.10, 0.001
BEGUN = date(2026, 1, 1)
TODAY = date(2026, 3, 4)  # a Wednesday


def box(number, count=1):
    west = WEST + (number - 1) * SIDE
    return shapely.box(west, SOUTH, west + count * SIDE, SOUTH + SIDE)


def make_cell(areas, community, number, sequence):
    return UnitGrid.objects.create(
        code=f"{community}{sequence:03d}", community=areas[community], area_m2=9_000,
        geometry=to_geos(box(number)), start_date=BEGUN,
    )  # fmt: skip


def make_town() -> SimpleNamespace:
    first, second, far = "620105001001", "620105001002", "620105002001"
    areas = store_areas([
        AreaRow("620105", "安宁区", box(1, 9)), AreaRow("620105001", "培黎街道", box(1, 8)),
        AreaRow("620105002", "西路街道", box(9)), AreaRow(first, "费家营社区", box(1, 4)),
        AreaRow(second, "桃林社区", box(5, 4)), AreaRow(far, "东社区", box(9)),
    ])  # fmt: skip
    cells = [make_cell(areas, first if n < 5 else second, n, (n - 1) % 4 + 1) for n in range(1, 9)]
    other = make_cell(areas, far, 9, 1)
    compose_duty_grids()
    for cell in (*cells, other):
        cell.refresh_from_db()
    return SimpleNamespace(
        areas=areas, cells=cells, other=other, duty=list(DutyGrid.objects.order_by("code")[:2]),
        street=areas["620105001"], communities=[areas[first], areas[second]],
    )  # fmt: skip


def worker(name, post):
    """Somebody with a post as a center starts with it."""
    english, chinese, verbs = POSTS[post]
    row, _new = Post.objects.get_or_create(
        code=post, defaults={"name_en": english, "name_zh": chinese, "verbs": verbs}
    )
    center, _new = Department.objects.get_or_create(
        code="center", defaults={"name_zh": "中心", "name_en": "Center", "kind": "center"}
    )
    user = User.objects.create(username=name, full_name=name)
    Membership.objects.create(user=user, post=row, department=center, since=BEGUN)
    return user
