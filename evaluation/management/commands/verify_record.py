"""`verify_record [--json]`: checks every hash chain; ends with code 1 where one does not hold."""

from django.core.management.base import CommandError

from cases.models import Case, CaseEvent
from cases.record import broken_cases
from citymgmt.accounts.audit import audit_broken
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.commands import JsonCommand
from evaluation.models import Bulletin, Evaluation
from evaluation.sealing import broken_seals


class Command(JsonCommand):
    help = "Checks that no log, no frozen figure and no row on record was changed by other hands."

    def handle(self, *args, **options):
        self.broken = 0
        super().handle(*args, **options)
        if self.broken:
            raise CommandError(f"{self.broken} broken", returncode=1)

    def run(self, **_options):
        for what, reason in self._faults():
            self.broken += 1
            self.stderr.write(f"{what}: {reason}")
        return {
            "cases": Case.objects.count(),
            "events": CaseEvent.objects.count(),
            "evaluations": Evaluation.objects.count(),
            "bulletins": Bulletin.objects.filter(status=Bulletin.Status.PUBLISHED).count(),
            "audit": AuditEvent.objects.count(),
            "broken": self.broken,
        }

    @staticmethod
    def _faults():
        yield from broken_cases()
        yield from broken_seals()
        for pk in audit_broken():
            yield f"audit {pk}", "row"
