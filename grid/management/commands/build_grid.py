"""Build unit grids from road lines and community polygons."""

from dataclasses import fields

from citymgmt.lib.commands import JsonCommand
from grid.building import Plan, build_grid


class Command(JsonCommand):
    help = "Builds areas, unit grids and duty grids from GIS files; stores all of it or nothing."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--roads", required=True, help="centre lines, any GIS format")
        parser.add_argument("--roads-layer", help="where the file has several layers")
        parser.add_argument("--areas", help="polygons with code and name; stood in for if missing")
        parser.add_argument("--barriers", help="water, rails, walls: lines or polygons")
        parser.add_argument("--district", default="", help="6-digit code, needed without --areas")
        parser.add_argument("--name", default="", help="name of the district")
        parser.add_argument("--code-field", default="code")
        parser.add_argument("--name-field", default="name")
        parser.add_argument("--dry-run", action="store_true", help="measure, store nothing")

    def run(self, *, dry_run, **options):
        plan = Plan(**{field.name: options[field.name] for field in fields(Plan)})
        return build_grid(plan, dry_run=dry_run)
