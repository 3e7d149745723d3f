"""The city of a run: a database of its own, people, and a case on its way."""

import itertools
import os
import tempfile
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path


@contextmanager
def own_database(server=None):
    """Django on an empty database of its own; `server`: the variables of a full profile."""
    with tempfile.TemporaryDirectory(prefix="citymgmt-bench-") as place:
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= (server or {}) | {
            "DJANGO_SETTINGS_MODULE": "citymgmt.settings", "CITYMGMT_VAR": place,
            "SQLITE_PATH": f"{place}/city.sqlite3", "TIMERS": "0", "DEBUG": "1", "DEMO": "1",
        }  # fmt: skip
        import django

        (Path(place) / "static").mkdir()
        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        settings.DEBUG = False  # this process keeps no list of its queries
        call_command("migrate", verbosity=0, skip_checks=True)
        yield Path(place)
        connection.close()


def make_city():
    """The demonstration district and its people, without components."""
    from cases.standards.loading import load_standards
    from citymgmt.demo.building import place
    from citymgmt.demo.city.loading import load_schematic
    from citymgmt.demo.city.schematic import read_divisions
    from citymgmt.demo.people.staff import make_people
    from dispatch.routing.loading import load_routing
    from inventory.classes.loading import load_classes

    streets = [(d.code, d.name) for d in read_divisions() if d.level == "street"]
    people = make_people(streets=streets)
    load_classes()
    load_standards()
    load_schematic()
    load_routing()
    place(people)


def photo(kind):
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), "gray").save(buffer, "JPEG")
    return kind, buffer.getvalue()


@cache
def person(name):
    from citymgmt.accounts.models import User

    return User.objects.get(username=name)


def report_one(n):
    """A patrol report on a unit grid."""
    from cases.machine.reports import Report, report
    from cases.models import FilingCondition
    from grid.models import UnitGrid
    from inventory.models import MatterClass

    cell = UnitGrid.objects.order_by("code")[n * 7 % 1000]
    spot = cell.geometry.point_on_surface
    in_force = FilingCondition.objects.in_force()
    conditions = MatterClass.objects.in_use().filter(conditions__in=in_force)
    said = Report(
        matter_class=conditions.order_by("pk").first(),
        lon=spot.x,
        lat=spot.y,
        source="patrol",
        description="bench",
    )
    case, _created = report(said, by=person("collector"), photos=[photo("close")])
    return case


def whole_way(case):
    """From registered to closed by the real actions, each by the post whose turn it is."""
    for act in steps(case):
        act()


def steps(case):
    """The acts that bring a case from registered to closed, to be called one after the other."""
    from cases.machine import actions
    from cases.models import FilingCondition

    in_force = FilingCondition.objects.in_force()
    condition = in_force.filter(matter_class=case.matter_class_id).first()
    department = person("liaison").current_memberships[0].department
    after, site = [photo("after")], [photo("close")]
    for action, who, given, photos in (
        ("accept", "acceptor", {}, ()),
        ("file", "shift_leader", {"filing_condition": condition.pk}, ()),
        ("dispatch", "dispatcher", {"department": department.code}, ()),
        ("assign", "liaison", {"handler": "handler"}, ()),
        ("dispose", "handler", {"opinion": "done"}, after),
        ("feedback", "liaison", {}, ()),
        ("pass_check", "dispatcher", {}, ()),
        ("send_check", "acceptor", {"collector": "collector"}, ()),
        ("check", "collector", {"check_result": "pass"}, site),
        ("close", "shift_leader", {"closing_met": True}, ()),
    ):
        case.refresh_from_db()
        offered = {"feedback": "dept_review"}.get(action, case.state)
        if case.state == offered:  # without department review, feedback is skipped
            yield partial(actions.perform, case, action, by=person(who), given=given, photos=photos)


def copies(cases, number):
    """So many copies of cases, which have no log; yields batches of (case, key, number)."""
    from cases.models import Case

    first = Case.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    plan = itertools.islice(itertools.cycle(list(cases)), number)
    plan = ((case, pk, f"{pk:020d}") for pk, case in enumerate(plan, start=first))
    while batch := list(itertools.islice(plan, 2000)):
        Case.objects.bulk_create((_copy(*one) for one in batch), batch_size=500)
        yield batch


def _copy(case, pk, number):
    values = {f.attname: getattr(case, f.attname) for f in case._meta.concrete_fields}
    return type(case)(**values | {"id": pk, "number": number, "client_uuid": None})
