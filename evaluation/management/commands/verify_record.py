"""`verify_record [--no-files] [--anchor FILE] [--json]`: checks every chain, column and photo;
a line for each fault, and code 1 where there is one."""

from pathlib import Path

from django.core.management.base import CommandError

from cases.models import Attachment, Case, CaseEvent, Sequence
from cases.record.chain import broken_cases
from cases.record.verifying import FEED, feed_faults, number_faults, photo_faults
from citymgmt.accounts.audit import CHAIN as AUDIT
from citymgmt.accounts.audit import audit_faults
from citymgmt.accounts.models import AuditEvent, RecordHead
from citymgmt.lib.commands import JsonCommand
from citymgmt.lib.snapshot import snapshot
from evaluation.models import Bulletin, Evaluation
from evaluation.record import anchors
from evaluation.record.chain import CHAIN as SEALS
from evaluation.record.chain import broken_seals


class Command(JsonCommand):
    help = "Checks that no log, column, photo, frozen figure or row on record was changed."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--no-files", action="store_false", dest="files", help="leave out the bytes of photos"
        )
        parser.add_argument(
            "--anchor", action="append", default=[], type=Path, metavar="FILE",
            help="an anchor kept elsewhere, besides those present; may be given several times",
        )  # fmt: skip

    def handle(self, *args, **options):
        self.broken = 0
        super().handle(*args, **options)
        if self.broken:
            raise CommandError(f"{self.broken} broken", returncode=1)

    def run(self, *, files, anchor, **_options):
        if missing := [str(path) for path in anchor if not path.is_file()]:
            raise CommandError(f"No such file: {', '.join(missing)}")
        paths = [*anchors.present(), *anchor]
        with snapshot():
            for what, reason in _faults(files, paths):
                self.broken += 1
                self.stderr.write(f"{what}: {reason}")
            return {
                "cases": Case.objects.count(),
                "events": CaseEvent.objects.count(),
                "unpublished": CaseEvent.objects.filter(feed=None).count(),
                "photos": Attachment.objects.count(),
                "evaluations": Evaluation.objects.count(),
                "bulletins": Bulletin.objects.filter(status=Bulletin.Status.PUBLISHED).count(),
                "audit": AuditEvent.objects.count(),
                "anchors": len(paths),
                "broken": self.broken,
            }


def _faults(files, paths):
    if _signed_with_another_key():
        yield "key", "the record was signed with another key"
        return
    marks, faults = anchors.read(paths)
    yield from faults
    yield from broken_cases()
    yield from feed_faults(marks[FEED])
    yield from number_faults()
    yield from photo_faults(files=files)
    yield from broken_seals(marks[SEALS])
    for rows, reason in audit_faults(marks[AUDIT]):
        yield f"audit {rows}", reason


def _signed_with_another_key() -> bool:
    """No head is ours: then every row would be a fault of its own, and none would be one."""
    heads = [*Sequence.objects.filter(name=FEED), *RecordHead.objects.all()]
    signed = [head for head in heads if head.value]
    return bool(signed) and not any(head.holds for head in signed)
