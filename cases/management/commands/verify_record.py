"""`verify_record [--json]`: checks the hash chain of every case."""

from cases.models import Case, CaseEvent
from cases.record import broken_cases
from citymgmt.lib.commands import JsonCommand


class Command(JsonCommand):
    help = "Checks that no row of the flow log was changed, removed or added by other hands."

    def run(self, **_options):
        broken = 0
        for number, reason in broken_cases():
            broken += 1
            self.stderr.write(f"{number}: {reason}")
        return {
            "cases": Case.objects.count(),
            "events": CaseEvent.objects.count(),
            "broken": broken,
        }
