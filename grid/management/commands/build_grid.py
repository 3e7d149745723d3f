"""Build unit grids from road lines and community polygons."""

import time
from dataclasses import fields
from datetime import date

from citymgmt.lib.commands import JsonCommand
from grid.build.builder import Sizes
from grid.build.from_files import Plan, build_grid
from grid.jobs.pace import Pace

PAUSE = 1.0  # seconds between two lines of progress within a step


class Command(JsonCommand):
    help = "Builds areas, unit grids and duty grids from GIS files; stores all of it or nothing."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--roads", required=True, help="centre lines, any GIS format")
        parser.add_argument("--roads-layer", help="where the file has several layers")
        parser.add_argument("--areas", help="polygons with code and name; stood in for if missing")
        parser.add_argument("--barriers", help="water, rails, walls: lines or polygons")
        parser.add_argument("--compounds", help="polygons kept whole, even above the target")
        parser.add_argument("--buildings", help="outlines that a split must not cut")
        parser.add_argument("--district", default="", help="6-digit code, needed without --areas")
        parser.add_argument("--name", default="", help="name of the district")
        parser.add_argument("--code-field", default="code")
        parser.add_argument("--name-field", default="name")
        parser.add_argument("--encoding", help="of the text, where UTF-8 and GB18030 are wrong")
        parser.add_argument(
            "--crs",
            help="EPSG code, GCJ-02 or BD-09: believed more than what the files say",
        )
        parser.add_argument(
            "--built-up-max", type=float, default=Sizes.built_up_max, metavar="M2",
            help="a block above this is open land or water and stays whole (default: %(default)s)",
        )  # fmt: skip
        parser.add_argument(
            "--since", type=date.fromisoformat, metavar="YYYY-MM-DD",
            help="first day of the grid, for the records of days gone by (default: today)",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="measure, store nothing")

    def run(self, *, dry_run, built_up_max, **options):
        given = {field.name: options[field.name] for field in fields(Plan) if field.name in options}
        plan = Plan(**given, sizes=Sizes(built_up_max=built_up_max))
        return build_grid(plan, dry_run=dry_run, progress=Teller(self.stdout.write))


class Teller:
    """Writes count, rate and time left: the first and last of a step, and one each second."""

    def __init__(self, write, clock=time.monotonic):
        self.write, self.clock, self.pace, self.wrote = write, clock, Pace(), float("-inf")

    def __call__(self, step, done, total):
        now = self.clock()
        self.pace.hear(step, done, total, now)
        if self.pace.finished or now - self.wrote >= PAUSE:
            self.wrote = now
            self.write(self.line())

    def line(self):
        pace = self.pace
        text = f"{pace.step:12}{pace.done:>8} / {pace.total}"
        if pace.rate:
            text += f"  {pace.rate:,.0f}/s  {pace.left:.0f} s left"
        return text
