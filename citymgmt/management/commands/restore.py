"""`restore FOLDER [--replace] [--json]`: a backup becomes the city; ends with code 1 where the
record does not hold afterwards."""

from pathlib import Path

from django.core.management import call_command

from citymgmt.lib.backup.restoring import restore
from citymgmt.lib.commands import JsonCommand


class Command(JsonCommand):
    help = "Checks a backup, writes it back, migrates and verifies the record."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path)
        parser.add_argument("--replace", action="store_true", help="over what is there")

    def run(self, *, folder, replace, **options):
        figures = restore(folder, replace=replace)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("verify_record", stdout=self.stdout, stderr=self.stderr)
        return figures
