"""`sweep_photos [--all] [--json]`: photos without a row go, rows without a photo are told."""

from cases.photos import sweeping
from citymgmt.lib.commands import JsonCommand


class Command(JsonCommand):
    help = (
        "Removes files of photos that have had no row for a day, and tells which photos on record "
        "have no file."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--all", action="store_true", dest="every",
            help="even if more files are without a row than with one",
        )  # fmt: skip

    def run(self, *, every, **options):
        return sweeping.sweep(every=every)
