"""What waits for a liaison or a handler: whose cases, in which lane, in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.geos import Point
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.finding import queries
from cases.models import Case
from cases.presenting import pages as desk
from cases.states import WITH_DEPARTMENT, State
from cases.table.bulk import Deed, deeds_of, steps_for
from cases.table.order import Order
from cases.time.lights import lights
from citymgmt.accounts.rules import handled_departments, holds
from citymgmt.lib.errors import BadInput
from dispatch.models import Assist
from grid.places.queries import position

LIGHTS = ("red", "yellow", "green", "grey")
LANE_WORDS = {
    "red": _("Overdue"),
    "yellow": _("Due soon"),
    "green": _("On time"),
    "grey": _("Suspended"),
    "assist": _("Assisting"),
    "late": _("Late disposals"),
}
LANE_SIZE = 100
LANE_MOST = 2000

NEAREST, NEWEST, DUE, CLOSED = "near", "-number", "due", "-closed"
ORDER_WORDS = {
    DUE: _("Least time left"),
    NEWEST: _("Newest first"),
    CLOSED: _("Closed last"),
    NEAREST: _("Nearest"),
}
# View → the orders it offers, the usual one first.
ORDERS = {
    "lanes": (DUE, NEWEST, NEAREST),
    "table": (DUE, NEWEST, NEAREST),
    "late": (CLOSED, NEWEST, NEAREST),
}


# --- whose ----------------------------------------------------------------------------------
def waiting_for(user) -> QuerySet:
    """Cases with the person's departments, or given to the person to dispose of."""
    query = Q(state=State.DISPOSING, handler=user)
    if holds(user, "assign"):
        states = sorted(WITH_DEPARTMENT | {State.SUSPENDED})
        query |= Q(department__in=handled_departments(user), state__in=states)
    return Case.objects.visible_to(user).filter(query)


def assisting_for(user) -> QuerySet:
    """Cases in which the person's departments still have to assist the lead."""
    asked = Assist.objects.open().filter(department__in=handled_departments(user))
    return Case.objects.visible_to(user).filter(pk__in=asked.order_by().values("case"))


def late_for(user) -> QuerySet:
    """Closed cases whose late disposal counts against the person's departments: what may be
    appealed against (workflow §5)."""
    return Case.objects.visible_to(user).filter(
        department__in=handled_departments(user),
        state=State.CLOSED,
        disposal_overdue=True,
        exempt=False,
    )


# --- by light -------------------------------------------------------------------------------
def lane(rows, light, now) -> QuerySet:
    """Rows of one light."""
    return rows.filter(lights(now)[light])


# --- what is asked for ----------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """What the address asks for. `here`: where the device is, for the order by distance only."""

    view: str
    narrow: queries.Filter
    sort: str
    here: Point | None
    size: int

    @property
    def usual(self) -> str:
        return ORDERS[self.view][0]

    @property
    def order(self) -> str:
        """The order that can be given: by distance only from a known place."""
        return self.usual if self.sort == NEAREST and self.here is None else self.sort

    def address(self, **other: Any) -> str:
        """The query of this list; what is as usual is left out."""
        kept = {
            "view": self.view,
            **desk.kept(self.narrow),
            "sort": self.sort if self.sort != self.usual else "",
            "lon": f"{self.here.x:.5f}" if self.here else "",
            "lat": f"{self.here.y:.5f}" if self.here else "",
            "size": self.size if self.size != LANE_SIZE else "",
        }
        return urlencode({name: value for name, value in (kept | other).items() if value})

    def longer(self) -> str:
        """The query of the same list with more rows to a lane."""
        return self.address(size=self.size + LANE_SIZE)


def asked_for(params) -> Asked:
    """What makes no sense is as usual."""
    size, view = params.get("size", ""), params.get("view")
    view = view if view in ORDERS else next(iter(ORDERS))
    sort = params.get("sort")
    sort = sort if sort in ORDERS[view] else ORDERS[view][0]
    known = size.isdecimal() and len(size) < 6
    return Asked(
        view=view,
        narrow=desk.narrowing(params),
        sort=sort,
        here=_here(params) if sort == NEAREST else None,
        size=min(max(int(size), LANE_SIZE), LANE_MOST) if known else LANE_SIZE,
    )


def _here(params) -> Point | None:
    try:
        return position(params.get("lon"), params.get("lat"))
    except BadInput:
        return None


# --- lanes ----------------------------------------------------------------------------------
def lanes_of(user, asked: Asked, ctx) -> list[dict]:
    """Every lane with its whole count and its first rows: {light, label, count, rows}."""
    fill = _filler(user, asked, ctx)
    narrow = asked.narrow.condition(ctx.now)
    if asked.view == "late":
        return [fill("late", late_for(user).filter(narrow))]
    rows = waiting_for(user).filter(narrow)
    conditions = lights(ctx.now)
    counted = rows.aggregate(**{light: Count("pk", filter=at) for light, at in conditions.items()})
    found = [fill(light, rows.filter(conditions[light]), counted[light]) for light in LIGHTS]
    if holds(user, "assist_feedback"):
        found.append(fill("assist", assisting_for(user).filter(narrow)))
    return found


def _filler(user, asked: Asked, ctx) -> Callable[..., dict]:
    deeds = [] if asked.view == "late" else deeds_of(user)

    def fill(light, rows, count=None):
        shown = [_row(user, case, ctx, deeds) for case in _first(rows, asked)]
        counted = rows.count() if count is None else count
        return {"light": light, "label": LANE_WORDS[light], "count": counted, "rows": shown}

    return fill


def _first(rows, asked: Asked) -> list[Case]:
    if asked.order == NEAREST:
        return queries.nearest(rows, asked.here, asked.size)
    return list(Order.named(asked.order, Order(DUE)).sorted(rows.for_lists())[: asked.size])


def _row(user, case, ctx, deeds: list[Deed]) -> dict:
    return desk.row(case, ctx) | {"steps": steps_for(user, ctx.situation(case), deeds)}


def choices(user, asked: Asked) -> dict:
    """What the lists can be narrowed to, {streets, classes}, and the orders, {value: words}."""
    rows = late_for(user) if asked.view == "late" else waiting_for(user)
    return {
        "streets": queries.streets_among(rows),
        "classes": queries.classes_among(rows),
        "orders": {name: ORDER_WORDS[name] for name in ORDERS[asked.view]},
    }
