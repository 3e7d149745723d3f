"""`anchor_record [--again] [--json]`: writes the anchor of the day, and shows it for printing."""

from django.utils import timezone

from citymgmt.lib.commands import JsonCommand
from evaluation.record import anchors


class Command(JsonCommand):
    help = "Writes the signed ends of all chains to a file that can be printed and sent."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--again", action="store_true", help="one more where the day has an anchor already"
        )

    def run(self, *, again, as_json, **_options):
        written = anchors.write(timezone.now(), again=again)
        path = written or anchors.present()[-1]
        if not as_json:
            self.stdout.write(path.with_suffix(".txt").read_text(encoding="utf-8"))
        return {"file": str(path), "written": written is not None}
