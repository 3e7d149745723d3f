"""Load component and event classes, or begin an edition that is stored."""

from datetime import date

from django.utils import timezone

from citymgmt.lib.commands import JsonCommand
from inventory.classes.loading import begin_edition, load_classes


class Command(JsonCommand):
    help = "Loads classes of components and events, and says which are in force; safe to repeat."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--file", help="CSV or XLSX; the shipped tables unless given")
        parser.add_argument("--local", action="store_true", help="the file holds local classes")
        parser.add_argument("--sheet", help="of a workbook with several that fit")
        parser.add_argument("--encoding", help="of a CSV that is neither UTF-8 nor GB18030")
        parser.add_argument(
            "--edition", help="begin this stored edition instead, on the day of --valid-from"
        )
        parser.add_argument(
            "--valid-from",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="first day of the editions of the file, or of --edition (today without it)",
        )

    def run(self, *, file, local, sheet, encoding, edition, valid_from, **_options):
        if edition:
            return begin_edition(edition, valid_from or timezone.localdate())
        return load_classes(
            file, local=local, valid_from=valid_from, sheet=sheet, encoding=encoding
        )
