"""Components of the demonstration: what stands along the roads of the schematic district.

Their places are invented like the roads they stand beside; `data_source` says so on each row.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count

import numpy as np
from django.db import transaction

from citymgmt.accounts.models import Department
from citymgmt.demo.city.schematic import Road, along_roads
from grid.geometry import to_geos
from inventory.classes.loading import NATIONAL
from inventory.components.placing import Ground
from inventory.models import Component, Kind, MatterClass

SOURCE = "示意"
ALL, WIDE, MAIN = ("main", "secondary", "lane"), ("main", "secondary"), ("main",)
# class, metres between two on one side, metres from the centre line, kinds of roads
RECIPE = (
    ("0402", 24, 8.0, WIDE), ("0402", 34, 5.0, ("lane",)),  # street trees
    ("0137", 38, 7.0, WIDE), ("0137", 60, 4.0, ("lane",)),  # street lamps
    ("0102", 70, 3.0, ALL), ("0103", 75, 4.0, ALL), ("0104", 80, 5.5, ALL),  # sewage, rain
    ("0101", 140, 3.5, ALL), ("0110", 260, 4.5, WIDE), ("0111", 240, 4.0, WIDE),
    ("0106", 320, 6.0, WIDE), ("0114", 700, 8.5, WIDE), ("0118", 900, 6.0, ("lane",)),
    ("0123", 1800, 4.0, ALL), ("0305", 110, 6.5, ALL), ("0307", 150, 9.0, ALL),
    ("0131", 220, 7.5, ALL), ("0130", 260, 7.5, ALL), ("0127", 500, 8.0, ALL),
    ("0128", 600, 8.0, ALL), ("0129", 900, 8.0, ALL), ("0221", 160, 6.0, WIDE),
    ("0220", 400, 5.5, MAIN), ("0212", 450, 6.5, ALL), ("0204", 500, 7.0, MAIN),
    ("0150", 420, 7.0, WIDE), ("0407", 380, 8.5, WIDE), ("0405", 420, 7.5, MAIN),
    ("0404", 600, 8.0, WIDE), ("0308", 900, 8.0, ALL), ("0306", 700, 9.0, MAIN),
    ("0139", 500, 8.5, MAIN), ("0146", 1500, 9.0, WIDE), ("0154", 1400, 8.0, WIDE),
    ("0149", 1600, 9.0, ALL), ("0302", 1500, 7.0, WIDE), ("0140", 2200, 8.0, MAIN),
    ("0145", 1800, 8.0, WIDE), ("0406", 3000, 9.0, MAIN), ("0401", 4000, 9.0, WIDE),
)  # fmt: skip
STATUSES = (
    (Component.Status.INTACT, 0.975), (Component.Status.DAMAGED, 0.018),
    (Component.Status.LOST, 0.004), (Component.Status.ABANDONED, 0.003),
)  # fmt: skip
STREET_OFFICE, OWNER_UNIT = "street_office", "owner_unit"
PRIVATE_SHARE = 0.06  # of the components of classes that may belong to their users
# Of the classes that stand close together only a share of the roads is surveyed: all of them would
# be over a hundred thousand components, more than a first look has to wait for.
CLOSE_M, CLOSE_SHARE = 300, 0.13
BATCH = 2_000


def make_components(roads: Sequence[Road], *, roles: dict, today: date, seed: int = 1) -> int:
    """Place and store components once; answers how many the demonstration has.

    roles: {(kind, class code): (responsible role, further roles)}, as read from the filing
    conditions; a role is the code of a department, `street_office` is that of the place.
    """
    known = Component.objects.filter(data_source=SOURCE).count()
    if known:
        return known
    rng = np.random.default_rng(seed)
    placed = list(_placed(roads, rng, seed))
    cells = Ground().cells_of([point for _code, point in placed])
    makers = _Makers(roles, rng, today)
    rows = [
        makers.component(code, point, cell)
        for (code, point), cell in zip(placed, cells, strict=True)
        if cell is not None
    ]
    with transaction.atomic():
        return len(Component.objects.bulk_create(rows, batch_size=BATCH))


def _placed(roads, rng, seed):
    for n, (code, spacing, offset, kinds) in enumerate(RECIPE):
        share = CLOSE_SHARE if spacing < CLOSE_M else 1
        chosen = [road for road in roads if rng.random() < share]
        for spot in along_roads(chosen, spacing, offset, seed * 1_000 + n, kinds=kinds):
            yield code, spot.point


class _Makers:
    """What every row needs, read once: classes, departments, running numbers."""

    def __init__(self, roles, rng, today):
        self.roles, self.rng, self.today = roles, rng, today
        self.classes = {
            c.code: c
            for c in MatterClass.objects.filter(edition__code=NATIONAL, kind=Kind.COMPONENT)
        }
        self.departments = dict(Department.objects.values_list("code", "id"))
        self.numbers = defaultdict(lambda: count(1))

    def component(self, code, point, cell):
        district = cell.code[:6]
        role, further = self.roles.get((Kind.COMPONENT, code), ("", []))
        department = self._department(role, cell)
        private = OWNER_UNIT in further and self.rng.random() < PRIVATE_SHARE
        return Component(
            code=f"{district}{code}{next(self.numbers[district, code]):06d}",
            matter_class=self.classes[code],
            name=self.classes[code].name_zh,
            geometry=to_geos(point),
            unit_grid_id=cell.pk,
            community_id=cell.community_id,
            supervisor_id=department,
            owner_id=self._department(OWNER_UNIT, cell) if private else department,
            maintainer_id=department,
            status=self._status(),
            surveyed_on=self.today - timedelta(days=int(self.rng.integers(60, 800))),
            data_source=SOURCE,
        )

    def _department(self, role, cell):
        if role == STREET_OFFICE:
            role = f"street-{cell.code[:9]}"
        return self.departments.get(role)

    def _status(self):
        at = self.rng.random()
        for status, share in STATUSES:
            at -= share
            if at < 0:
                return status
        return Component.Status.INTACT
