"""Import components from GIS or table files."""

from citymgmt.lib.commands import JsonCommand
from inventory.importing.actions import import_components
from inventory.importing.mapping import read_mapping


class Command(JsonCommand):
    help = "Imports components; rows that cannot be taken are listed in a report with the reason."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", help="CSV, XLSX, GeoJSON, GeoPackage, Shapefile …")
        parser.add_argument("--map", required=True, help="JSON: which column holds which field")
        parser.add_argument("--report", help="CSV of the rows refused, with reasons")
        parser.add_argument("--dry-run", action="store_true", help="judge, store nothing")

    def run(self, *, file, report, dry_run, **options):
        mapping = read_mapping(options["map"])
        return import_components(file, mapping, report=report, dry_run=dry_run)
