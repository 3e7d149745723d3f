"""`timers [--resume] [--json]`: whether the timers run, and that they may go on."""

from cases.timers import watch
from citymgmt.lib.commands import JsonCommand


class Command(JsonCommand):
    help = "Says whether the timers run or why they stand. They go on when somebody has looked."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--resume", action="store_true", help="the clock is right: go on")

    def run(self, **options):
        if options["resume"]:
            watch.resume(by=None)
        row = watch.stopped()
        return {"doubt": row.doubt if row else "", "told": row.told if row else {}}
