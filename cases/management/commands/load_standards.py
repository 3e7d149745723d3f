"""Load filing conditions, sources, stage limits and a calendar."""

from datetime import date

from cases.standards.loading import load_standards
from citymgmt.lib.commands import JsonCommand


class Command(JsonCommand):
    help = "Loads filing and closing conditions with their limits as an edition; safe to repeat."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--file", help="CSV or XLSX; the shipped table unless given")
        parser.add_argument("--edition", help="name to store it under; the file's own unless given")
        parser.add_argument(
            "--valid-from",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="first day of the edition; it begins by itself",
        )
        parser.add_argument(
            "--classes", help="class edition that the table counts by; that of the day unless given"
        )
        parser.add_argument("--sheet", help="of a workbook with several that fit")
        parser.add_argument("--encoding", help="of a CSV that is neither UTF-8 nor GB18030")

    def run(self, *, file, edition, valid_from, classes, sheet, encoding, **_options):
        return load_standards(
            file,
            edition=edition,
            valid_from=valid_from,
            classes=classes,
            sheet=sheet,
            encoding=encoding,
        )
