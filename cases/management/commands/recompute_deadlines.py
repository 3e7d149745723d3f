"""`recompute_deadlines [--apply] [--json]`: promises that a changed calendar moves."""

from django.utils import timezone

from cases.configuration.deadlines import differences, recompute
from cases.machine import actions
from citymgmt.lib.commands import JsonCommand


def local(moment):
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else "-"


class Command(JsonCommand):
    help = (
        "Shows for every open case the stored due moment, the one of today's calendar, and why "
        "they differ. Writes nothing unless told to."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--apply", action="store_true", help="write them, with a log row each")

    def run(self, **options):
        ctx = actions.context()
        found = list(differences(ctx))
        for one in found:
            old, new = map(local, one.due)
            line = f"{one.case.number} {one.stage}: {old} -> {new} ({one.why})"
            self.stderr.write(line)
        moving = sum(one.moves for one in found)
        written = recompute(found, ctx) if options["apply"] else 0
        return {"different": len(found), "moving": moving, "written": written}
