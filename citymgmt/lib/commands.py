"""Management commands that tell their figures to people, or to programs with `--json`."""

import json

from django.core.management.base import BaseCommand, CommandError

from citymgmt.lib.errors import Refused


class JsonCommand(BaseCommand):
    """`run(**options)` answers a dict of figures; with `--json` it is the last line of output."""

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args, **options):
        try:
            figures = self.run(**options)
        except Refused as refused:
            raise CommandError(str(refused.detail)) from refused
        if options["as_json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name}: {value}")

    def run(self, **options):
        raise NotImplementedError
