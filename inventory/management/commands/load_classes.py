"""Load component and event classes."""

from citymgmt.lib.commands import JsonCommand
from inventory.loading import load_classes


class Command(JsonCommand):
    help = "Loads classes of components and events; safe to repeat."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--file", help="CSV or XLSX; the shipped tables unless given")
        parser.add_argument("--local", action="store_true", help="the file holds local classes")

    def run(self, *, file=None, local=False, **options):
        return load_classes(file, local=local)
