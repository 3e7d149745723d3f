"""Compute and freeze the figures of a period."""

from datetime import date

from citymgmt.lib.commands import JsonCommand
from evaluation.results.actions import timed


class Command(JsonCommand):
    help = "Computes counts, rates and scores of a period of local days and freezes them."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--scheme", default="A", help="code of the scheme")
        for name, where in (("--from", "start"), ("--to", "end")):
            parser.add_argument(
                name,
                dest=where,
                type=date.fromisoformat,
                required=True,
                help="YYYY-MM-DD, included",
            )

    def run(self, *, scheme, start, end, **options):
        evaluation, seconds = timed(scheme=scheme, start=start, end=end, by=None)
        return {
            "objects": evaluation.results.count(),
            "seconds": round(seconds, 3),
            "cases": evaluation.cases,
            "evaluation": evaluation.pk,
        }
