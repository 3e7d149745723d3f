"""Load filing conditions, sources, stage limits and a calendar."""

from datetime import date

from cases.loading import load_standards
from citymgmt.lib.commands import JsonCommand


class Command(JsonCommand):
    help = "Loads filing and closing conditions with their limits as an edition; safe to repeat."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--file", help="CSV or XLSX; the shipped table unless given")
        parser.add_argument("--edition", help="name to store it under; the file's own unless given")
        parser.add_argument("--valid-from", type=date.fromisoformat, help="YYYY-MM-DD")

    def run(self, *, file=None, edition=None, valid_from=None, **options):
        return load_standards(file, edition=edition, valid_from=valid_from)
