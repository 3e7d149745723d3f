"""Who, where and what there is: read once, so that a simulated move costs the move alone."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from random import Random

import shapely
from django.db.models import Prefetch

from cases.machine.process import Process, process
from cases.machine.rules import oversees
from cases.models import FilingCondition, Source
from cases.states import State
from citymgmt.accounts.models import Department, Membership, User
from citymgmt.accounts.posts import POSTS
from citymgmt.accounts.rules import handled_departments, holds
from citymgmt.demo.simulation import pace
from dispatch.field.actions import set_duty
from dispatch.routing.queries import answers_in_force, places_of, rules_in_force, unit_of
from dispatch.routing.suggesting import Facts, suggest
from grid.geometry import from_geos
from grid.models import Area, DutyGrid, MapFeature, UnitGrid
from inventory.models import Component, MatterClass

SPOTS = 700
STOP = 600  # seconds on foot from one spot to the next
COMPONENTS = 0.03  # of the cases
SAMPLE = 3_000  # components to choose from
ROADS = (MapFeature.Kind.ROAD_MAIN, MapFeature.Kind.ROAD_SECONDARY, MapFeature.Kind.LANE)
# Roles whose matters make up most of a center's cases.
BUSY = {"sanitation": 7, "city_order": 6, "street_office": 6, "urban_enforcement": 4, "telecom": 2}
CASE_VERBS = {
    "acceptor": "accept", "shift_leader": "file", "dispatcher": "dispatch", "leader": "force_close",
}  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """Somewhere on the ground, in stored degrees."""

    lon: float
    lat: float
    place: str
    duty_grid_id: int | None


class Absent(LookupError):
    """Nobody who is played here holds the post that is needed."""


def absent(post: str):
    raise Absent(post)


class World:
    """All choices the posts have. `rng` arguments make them reproducible."""

    def __init__(self, seed: int, *, visitors: bool = False):
        """With `visitors`, the accounts named like posts belong to whoever signs in."""
        self.seed, self.visitors = seed, visitors
        self._responsible: dict = {}
        self._overseers: dict = {}
        self._rules, self._answers = rules_in_force(), answers_in_force()

    @cached_property
    def process(self) -> Process:
        return process()

    @property
    def arbitrate_after(self) -> int:
        return self.process.arbitrate_after

    # --- people ---
    @cached_property
    def people(self) -> list[User]:
        everybody = User.objects.filter(is_active=True).order_by("id")
        everybody = everybody.prefetch_related(
            Prefetch(
                "memberships",
                Membership.objects.current().select_related("post", "department"),
                to_attr="current_memberships",
            )
        )
        if self.visitors:
            everybody = everybody.exclude(username__in=POSTS)
        return [
            user
            for user in everybody
            if any(holds(user, verb) for verb in ("verify", "dispose", *CASE_VERBS.values()))
        ]

    @cached_property
    def _by_id(self) -> dict[int, User]:
        return {user.pk: user for user in self.people}

    def visitor(self, post: str) -> User | None:
        """The account named like the post, if it is played here."""
        return next((user for user in self.people if user.username == post), None)

    def acts_for(self, case) -> bool:
        """Whether the one person who can take the next step is played here."""
        holder = {State.DISPOSING: case.handler_id, State.VERIFYING: case.collector_id}
        holder[State.CHECKING] = case.collector_id
        return case.state not in holder or holder[case.state] in self._by_id

    def person(self, pk: int) -> User:
        """The one instance of a person, which remembers what it may do."""
        return self._by_id[pk]

    def change_shift(self, hour: int) -> None:
        """Whose shift it is goes on duty, the others off."""
        everybody = [user for user in self.people if "collector" in user.post_codes]
        for number, user in enumerate(everybody):
            if user.on_duty != (on := pace.on_shift(number, hour)):
                set_duty(by=user, on=on)
                for name in ("collectors", "patrols", "_rounds"):
                    self.__dict__.pop(name, None)

    @cached_property
    def collectors(self) -> list[User]:
        return [user for user in self.people if "collector" in user.post_codes and user.on_duty]

    @cached_property
    def patrols(self) -> dict[int, list[User]]:
        """Collectors by duty grid."""
        known = {user.pk: user for user in self.collectors}
        patrols: dict[int, list[User]] = {}
        pairs = DutyGrid.collectors.through.objects.order_by("id")
        for grid, user in pairs.values_list("dutygrid_id", "user_id"):
            if user in known:
                patrols.setdefault(grid, []).append(known[user])
        return patrols

    def collector_for(self, duty_grid_id, rng: Random) -> User:
        own = self.patrols.get(duty_grid_id)
        return rng.choice(own if own and rng.random() < 0.92 else self.collectors)

    def overseer(self, post: str, case, rng: Random, level: str = "") -> User:
        """Somebody of a center post who looks after the area of the case; `level` names the
        process setting that says whether the whole city must be theirs."""
        level = getattr(self.process, level) if level else "district"
        key = (post, case.community_id, level)
        if key not in self._overseers:
            verb = CASE_VERBS[post]
            self._overseers[key] = [
                user for user in self.people if holds(user, verb) and oversees(user, case, level)
            ]
        return rng.choice(self._overseers[key] or absent(post))

    def staff(self, post: str, department_id: int) -> list[User]:
        """Liaisons or handlers of the department, and the visitors' of one above it; else all
        of the nearest above."""
        found: list[User] = []
        for code in reversed(self.departments[department_id].lineage):
            workers = self._workers.get((post, code), [])
            found += [user for user in workers if not found or user.username == post]
        return found or absent(post)

    @cached_property
    def _workers(self):
        workers: dict = {}
        for user in self.people:
            for membership in user.current_memberships:
                if "dispose" not in membership.post.verbs:
                    continue
                if membership.department_id in handled_departments(user):
                    key = (membership.post.code, membership.department.code)
                    workers.setdefault(key, []).append(user)
        return workers

    @cached_property
    def departments(self) -> dict[int, Department]:
        return {d.pk: d for d in Department.objects.filter(active=True)}

    @cached_property
    def sources(self) -> dict[int, Source]:
        return Source.objects.in_bulk()

    def source(self, code: str) -> Source:
        return next(source for source in self.sources.values() if source.code == code)

    # --- routing ---
    def responsible(self, case) -> Department:
        """The department that routing names first."""
        key = (case.component_id, case.filing_condition_id, case.street_id)
        if self._answers:
            key += places_of(case)
        if key not in self._responsible:
            found = suggest(self._facts(case), self._rules, self._answers)
            self._responsible[key] = next(
                self.departments[s.department] for s in found if not s.broken
            )
        return self._responsible[key]

    def _facts(self, case) -> Facts:
        """As `queries.facts_of`, from what is loaded already."""
        part = case.component
        condition = self._condition[case.filing_condition_id]
        code = self._area_codes[case.street_id]
        return Facts(
            kind=condition.matter_class.kind,
            major=condition.matter_class.major,
            matter_class=condition.matter_class_id,
            role=condition.responsible_role,
            owner=unit_of(part.owner if part else None),
            maintainer=unit_of(part.maintainer if part else None),
            street=unit_of(self._by_code.get(f"street-{code}")),
            locality=unit_of(
                self._by_code.get(f"district-{code[:6]}") or self._by_code.get("district")
            ),
            places=places_of(case),
        )

    @cached_property
    def _condition(self):
        return {row.pk: row for rows in self.conditions.values() for row in rows}

    @cached_property
    def _by_code(self):
        return {d.code: d for d in self.departments.values()}

    @cached_property
    def _area_codes(self):
        return dict(Area.objects.values_list("id", "code"))

    def locality(self, case) -> Department | None:
        """Whoever acts at the place when nobody else does, if people work there."""
        code = self._area_codes[case.street_id]
        for name in (f"street-{code}", f"district-{code[:6]}", "district"):
            row = self._by_code.get(name)
            if row and ("liaison", row.code) in self._workers:
                return row
        return None

    def other_department(self, right: Department, rng: Random) -> Department:
        """A mistake that happens: a department with much work of its own."""
        busy = [d for d in self.departments.values() if d.code in BUSY and d != right]
        busy = [d for d in busy if (("liaison", d.code) in self._workers)]
        return rng.choice(busy) if busy else right

    # --- matters ---
    @cached_property
    def conditions(self) -> dict[int, list[FilingCondition]]:
        """Conditions in force by class, in the order of their numbers."""
        rows = FilingCondition.objects.in_force().filter(
            matter_class__in=MatterClass.objects.in_use()
        )
        found: dict[int, list[FilingCondition]] = {}
        for row in rows.select_related("matter_class", "edition").order_by(
            "matter_class_id", "number"
        ):
            found.setdefault(row.matter_class_id, []).append(row)
        return found

    @cached_property
    def _events(self):
        rng = Random(f"{self.seed}:classes")
        rows = [c for c in self.conditions.values() if c[0].matter_class.kind == "event"]
        uneven = pace.weights(rng, len(rows))
        return rows, [
            w * BUSY.get(c[0].responsible_role, 1) for w, c in zip(uneven, rows, strict=True)
        ]

    @cached_property
    def _components(self) -> list[Component]:
        rows = Component.objects.filter(
            matter_class__in=self.conditions, unit_grid__isnull=False, status="intact"
        )
        keys = list(rows.order_by("id").values_list("id", flat=True))
        chosen = Random(f"{self.seed}:components").sample(keys, min(SAMPLE, len(keys)))
        return list(rows.filter(pk__in=chosen).select_related("unit_grid").order_by("id"))

    def matter(self, rng: Random) -> tuple[FilingCondition, Spot, Component | None]:
        """What is wrong, where, and on which component."""
        if self._components and (rng.random() < COMPONENTS or not self._events[0]):
            part = rng.choice(self._components)
            point = part.geometry if part.geometry.geom_type == "Point" else part.geometry.centroid
            spot = Spot(point.x, point.y, part.name, part.unit_grid.duty_grid_id)
            return rng.choice(self.conditions[part.matter_class_id]), spot, part
        conditions = rng.choices(*self._events)[0]
        spots, uneven = self._spots
        return rng.choice(conditions), rng.choices(spots, uneven)[0], None

    def condition_for(self, case, rng: Random) -> FilingCondition:
        """The condition that the report describes, as a shift leader would read it."""
        choices = self.conditions[case.matter_class_id]
        return next((c for c in choices if c.text_zh in case.description), None) or rng.choice(
            choices
        )

    # --- ground ---
    @cached_property
    def _spots(self) -> tuple[list[Spot], list[float]]:
        rng = Random(f"{self.seed}:spots")
        found = list(self._along_roads(rng)) or list(self._in_cells(rng))
        return found, pace.weights(rng, len(found))

    @cached_property
    def _cells(self):
        rows = UnitGrid.objects.valid().filter(built_up=True).order_by("code")
        rows = list(rows.values_list("geometry", "duty_grid_id"))
        return [from_geos(geometry) for geometry, _ in rows], [grid for _, grid in rows]

    def _along_roads(self, rng):
        roads = MapFeature.objects.filter(kind__in=ROADS).order_by("id")
        roads = [(name, from_geos(line)) for name, line in roads.values_list("name", "geometry")]
        roads = [(name, line) for name, line in roads if line.length]
        if not roads:
            return
        chosen = rng.choices(roads, [line.length for _, line in roads], k=2 * SPOTS)
        points = [
            line.interpolate(rng.random(), normalized=True)
            .buffer(0.0002)
            .exterior.interpolate(rng.random(), normalized=True)
            for _, line in chosen
        ]
        yield from self._inside(points, [name for name, _ in chosen])

    def _inside(self, points, names):
        """The points that lie well inside a unit grid, at most SPOTS."""
        cells, grids = self._cells
        pairs = shapely.STRtree(cells).query(points, predicate="within")
        for number, cell in sorted(zip(*pairs.tolist(), strict=True))[:SPOTS]:
            point = points[number]
            yield Spot(point.x, point.y, names[number], grids[cell])

    def _in_cells(self, rng):
        cells, grids = self._cells
        for number in rng.sample(range(len(cells)), min(SPOTS, len(cells))):
            point = cells[number].point_on_surface()
            yield Spot(point.x, point.y, "", grids[number])

    def walk(self, user: User, at: datetime) -> tuple[float, float] | None:
        """Where (lon, lat) a collector is: on the way between two spots of the duty grid of the
        hour. Follows from the clock alone, so a city that was asleep wakes up in motion."""
        rounds = self._rounds.get(user.pk)
        if not rounds:
            return None
        stop, seconds = divmod(at.timestamp(), STOP)
        (lon, lat), (to_lon, to_lat) = (self._stop(user, rounds, stop + n) for n in (0, 1))
        part = seconds / STOP
        return lon + (to_lon - lon) * part, lat + (to_lat - lat) * part

    def _stop(self, user, rounds, number) -> tuple[float, float]:
        spots = rounds[int(number * STOP // 3600) % len(rounds)]
        spot = Random(f"{self.seed}:{user.username}:{number:.0f}").choice(spots)
        return spot.lon, spot.lat

    @cached_property
    def _rounds(self) -> dict[int, list[list[Spot]]]:
        """For every collector the spots of each duty grid, in the order of the grids."""
        by_grid: dict[int, list[Spot]] = {}
        for spot in self._spots[0]:
            if spot.duty_grid_id:
                by_grid.setdefault(spot.duty_grid_id, []).append(spot)
        rounds: dict[int, list[list[Spot]]] = {}
        for grid, users in sorted(self.patrols.items()):
            for user in users:
                if grid in by_grid:
                    rounds.setdefault(user.pk, []).append(by_grid[grid])
        return rounds
