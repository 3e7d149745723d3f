"""`backup FOLDER [--with-keys] [--json]`: the whole city in a folder, while it runs."""

from pathlib import Path

from citymgmt.lib.backup.making import backup
from citymgmt.lib.commands import JsonCommand


class Command(JsonCommand):
    help = "Copies database, photos and what proves the record into a new folder."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path, help="new or empty")
        parser.add_argument(
            "--with-keys", action="store_true",
            help="the keys too: whoever has such a backup can sign sessions and the record",
        )  # fmt: skip

    def run(self, *, folder, with_keys, **options):
        return backup(folder, keys=with_keys)
