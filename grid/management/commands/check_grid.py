"""Validate the unit grids as stored."""

from citymgmt.lib.commands import JsonCommand
from grid.check.findings import check


class Command(JsonCommand):
    help = (
        "Finds gaps, overlaps, cells across a community border, bad codes and what else is amiss."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--district", default="", help="only codes that begin with this")

    def run(self, *, district, as_json, **options):
        report = check(district=district)
        if as_json:
            return report.as_json()
        for found in report.findings:
            self.stdout.write(
                f"{found.kind} {found.code} {found.lon:.6f},{found.lat:.6f} "
                f"{found.size_m2:.1f} m² {found.other}".rstrip()
            )
        return report.figures()
