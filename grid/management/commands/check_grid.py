"""Validate the unit grids as stored."""

from citymgmt.lib.commands import JsonCommand
from grid.loading import check_stored

FIGURES = ("cells", "gaps", "overlaps", "crossing", "bad_codes")


class Command(JsonCommand):
    help = "Counts gaps, overlaps, cells that cross a community border, and codes out of place."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--district", default="", help="only codes that begin with this")

    def run(self, *, district, **options):
        figures = check_stored(district)
        return {name: figures[name] for name in FIGURES}
