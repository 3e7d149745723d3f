"""`build_grids_above [--community CODE] [--check] [--json]`: management and evaluation grids."""

from citymgmt.lib.commands import JsonCommand
from citymgmt.lib.errors import BadInput
from grid.above.actions import build_above, checked
from grid.models import Area


class Command(JsonCommand):
    help = "Proposes and stores management and evaluation grids, or with --check examines them."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--community", help="12-digit code; all communities without it")
        parser.add_argument("--check", action="store_true", help="change nothing, count faults")

    def run(self, *, community, check, **_options):
        communities = None
        if community:
            communities = list(Area.objects.filter(code=community, level=Area.Level.COMMUNITY))
            if not communities:
                raise BadInput(f"There is no community {community}.", "no_community")
        if not check:
            return build_above(communities=communities)
        found = checked(communities)
        kinds = sorted({fault.kind for fault in found})
        return {"faults": len(found)} | {k: sum(f.kind == k for f in found) for k in kinds}
