"""The cast of the tests: a small town with one person for every part, and an outsider.

`make_city()` (fixture `cast`) builds it in an empty database; about 60 rows. Time in the town is
`MORNING`, a Monday 09:00 in Shanghai, unless a deed is told otherwise.

Places: `district` 620105 › `street` 620105001 › `community` 620105001001 (area class A) with four
unit grids `cells` of about 100 m (2 × 2, row by row from the south-west) in one `duty_grid`, whose
collector is `collector`. `elsewhere` is another district.

People (usernames are the attribute names): `collector`, `collector2` (no duty grid), `acceptor`,
`shift_leader`, `dispatcher`, `inspector`, `leader`, `evaluator`, `sysadmin` oversee the district
(the last two do not); `screen`, the account of a wall, shows it. `liaison` and `handler` work for
`water`, `street_liaison` and `street_handler` for `street_office`. `outsider` holds every post of
the case, for `gas` and in `elsewhere`: nothing in the town is theirs to know.

Matters: `cover` (component class 0101, an instance of it is `component`, owned by `water`) with
`cover_open` (2 urgent hours) and `cover_worn` (2 working days); `litter` (event class 0101) with
`litter_found` (4 working hours, role `street_office`).
"""

import io
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from guardian.shortcuts import assign_perm
from PIL import Image

from cases.models import FilingCondition, StandardEdition
from cases.standards.loading import load_defaults
from cases.states import State
from citymgmt.accounts.actions import load_posts
from citymgmt.accounts.models import Department, Membership, Post, User
from grid.geometry import STORED
from grid.models import Area, DutyGrid, UnitGrid
from inventory.models import ClassEdition, Component, MatterClass

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday 09:00 in Shanghai
LONG_AGO = date(2020, 1, 1)
WEST, SOUTH, STEP = 103.700, 36.100, 0.001
CASE_POSTS = ("collector", "acceptor", "shift_leader", "dispatcher", "liaison", "handler", "leader")


def make_city() -> SimpleNamespace:
    """Everything named in the head of this file, as attributes."""
    city = SimpleNamespace(now=MORNING)
    load_posts()
    load_defaults()
    _places(city)
    _departments(city)
    _people(city)
    _matters(city)
    return city


def photo(photo_type="close", colour="gray"):
    """A (photo_type, bytes) pair as `reports.report` and `actions.perform` take it."""
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16), colour).save(buffer, "JPEG")
    return photo_type, buffer.getvalue()


# --- places ---------------------------------------------------------------------------------
def _square(west, south, size):
    return Polygon.from_bbox((west, south, west + size, south + size))


def _shape(*squares):
    return MultiPolygon(*squares, srid=STORED)


def _places(city):
    ground = _shape(_square(WEST, SOUTH, 2 * STEP))
    area = Area.objects.create
    city.district = area(code="620105", name="安宁区", level="district", geometry=ground)
    city.street = area(
        code="620105001", name="培黎街道", level="street", parent=city.district, geometry=ground
    )
    city.community = area(
        code="620105001001", name="费家营社区", level="community", parent=city.street,
        geometry=ground, area_class="A",
    )  # fmt: skip
    city.elsewhere = area(
        code="620104", name="西固区", level="district", geometry=_shape(_square(103.6, SOUTH, STEP))
    )
    city.duty_grid = DutyGrid.objects.create(
        code="62010500101", name="培黎一", street=city.street, geometry=ground
    )
    city.cells = [_cell(city, n) for n in range(4)]


def _cell(city, n):
    square = _square(WEST + n % 2 * STEP, SOUTH + n // 2 * STEP, STEP)
    square.srid = STORED
    return UnitGrid.objects.create(
        code=f"{city.community.code}{n + 1:03}", community=city.community,
        duty_grid=city.duty_grid, geometry=square, area_m2=9980, start_date=LONG_AGO,
    )  # fmt: skip


# --- people ---------------------------------------------------------------------------------
def _departments(city):
    def make(code, zh, en, kind, parent=None):
        return Department.objects.create(
            code=code, name_zh=zh, name_en=en, kind=kind, parent=parent, group=kind
        )

    city.center = make("center", "监督指挥中心", "Center", "center")
    city.government = make("district", "区政府", "District", "district")
    city.water = make("water_supply", "供水单位", "Water supply", "utility", city.government)
    city.gas = make("gas", "燃气单位", "Gas", "utility", city.government)
    streets = make("street_office", "街道办事处", "Street office", "district", city.government)
    city.street_office = make(
        f"street-{city.street.code}", "培黎街道办", "Peili Street Office", "street", streets
    )


def _people(city):
    center = ("acceptor", "shift_leader", "dispatcher", "inspector", "leader")
    for name in ("collector", "collector2", *center, "evaluator", "sysadmin", "screen"):
        person(city, name, name.rstrip("2"), city.center)
    for name in (*center, "screen"):
        assign_perm("grid.oversee_area", getattr(city, name), city.district)
    for prefix, department in (("", city.water), ("street_", city.street_office)):
        for post in ("liaison", "handler"):
            made = person(city, prefix + post, post, department)
            assign_perm("accounts.handle_department", made, department)
    User.objects.filter(username__startswith="collector").update(on_duty=True)
    city.duty_grid.collectors.add(city.collector)
    person(city, "outsider", CASE_POSTS, city.gas)
    assign_perm("accounts.handle_department", city.outsider, city.gas)
    assign_perm("grid.oversee_area", city.outsider, city.elsewhere)


def person(city, name, posts, department):
    """Add someone with one post or several; no password, no grants."""
    user = User.objects.create(username=name, full_name=name.replace("_", " ").title())
    for code in [posts] if isinstance(posts, str) else posts:
        Membership.objects.create(
            user=user, post=Post.objects.get(code=code), department=department, since=LONG_AGO
        )
    setattr(city, name, user)
    return user


# --- matters --------------------------------------------------------------------------------
def _matters(city):
    edition = ClassEdition.objects.create(code="GB/T 30428.2-2013", active=True)
    city.cover = _class(edition, "component", "上水井盖", "Water cover")
    city.litter = _class(edition, "event", "私搭乱建", "Unauthorized building")
    city.edition = StandardEdition.objects.create(code="town", valid_from=LONG_AGO)
    city.cover_open = _condition(city, city.cover, 1, 2, "urgent_hours", "water_supply")
    city.cover_worn = _condition(city, city.cover, 2, 2, "working_days", "water_supply")
    city.litter_found = _condition(city, city.litter, 1, 4, "working_hours", "street_office")
    city.component = Component.objects.create(
        code="6201050101000001", matter_class=city.cover, name="上水井盖",
        geometry=Point(WEST + STEP / 2, SOUTH + STEP / 2, srid=STORED),
        unit_grid=city.cells[0], community=city.community, owner=city.water,
    )  # fmt: skip


def _class(edition, kind, zh, en):
    return MatterClass.objects.create(
        edition=edition, kind=kind, code="0101", major="01", minor="01",
        major_zh="公用设施", major_en="Utilities", name_zh=zh, name_en=en,
    )  # fmt: skip


def _condition(city, matter_class, number, value, unit, role):
    return FilingCondition.objects.create(
        edition=city.edition, matter_class=matter_class, number=number, limit_value=value,
        limit_unit=unit, responsible_role=role, text_zh="破损", text_en="Damaged",
        closing_zh="已修复", closing_en="Repaired",
    )  # fmt: skip


# --- deeds ----------------------------------------------------------------------------------
# Of a report: what travels beside what is said.
BESIDE = ("photos", "client_uuid", "made", "data", "within")


def report(city, *, at=MORNING, by="collector", source="patrol", cell=0, **rest):
    """A case in `registered`, reported in the middle of a cell."""
    from cases.machine import reports

    x, y = WEST + (cell % 2 + 0.5) * STEP, SOUTH + (cell // 2 + 0.5) * STEP
    beside = {"photos": [photo()], **{n: rest.pop(n) for n in BESIDE if n in rest}}
    values = {"class_code": city.cover, "description": "井盖破损", **rest}
    by = getattr(city, by) if isinstance(by, str) else by
    matter_class = values.pop("class_code")
    said = reports.Report(matter_class=matter_class, lon=x, lat=y, source=source, **values)
    case, _created = reports.report(said, by=by, at=at, **beside)
    return case


def act(city, case, action, by, *, at=MORNING, photos=(), **given):
    """One step by the person of that name; the case comes back as it is stored now."""
    from cases.machine import actions

    by = getattr(city, by) if isinstance(by, str) else by
    actions.perform(case, action, by=by, given=given, photos=photos, at=at)
    case.refresh_from_db()
    return case


AFTER = [photo("after", "green")]
STEPS = {  # the way of a case with department review: state reached, then who did what
    State.TO_FILE: ("accept", "acceptor", {}),
    State.TO_DISPATCH: ("file", "shift_leader", {"filing_condition": "cover_worn"}),
    State.TO_DISPOSE: ("dispatch", "dispatcher", {"department": "water"}),
    State.DISPOSING: ("assign", "liaison", {"handler": "handler"}),
    State.DEPT_REVIEW: ("dispose", "handler", {"opinion": "已修复", "photos": AFTER}),
    State.FEEDBACK_IN: ("feedback", "liaison", {}),
    State.TO_CHECK: ("pass_check", "dispatcher", {}),
    State.CHECKING: ("send_check", "acceptor", {"collector": "collector"}),
    State.TO_CLOSE: ("check", "collector", {"check_result": "pass", "photos": [photo()]}),
    State.CLOSED: ("close", "shift_leader", {"closing_met": True}),
}


def bring(city, state, *, at=MORNING, minutes=1, case=None, **overrides):
    """Take a case (a new one unless given) along `STEPS` to a state, a step each `minutes`.

    `overrides` replace inputs by name, e.g. `filing_condition=city.cover_open`.
    """
    case = case or report(city, at=at)
    for reached, (action, who, given) in STEPS.items():
        if case.state == state:
            break
        if reached in _passed(case.state):
            continue
        at += timedelta(minutes=minutes)
        given = {name: overrides.get(name, value) for name, value in given.items()}
        named = {n: getattr(city, v) if _is_name(n, v) else v for n, v in given.items()}
        case = act(city, case, action, who, at=at, **named)
    return case


def _passed(state):
    order = list(STEPS)
    return order[: order.index(state) + 1] if state in order else []


def _is_name(name, value):
    return name in ("filing_condition", "department", "handler", "collector") and isinstance(
        value, str
    )
