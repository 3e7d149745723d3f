"""`demo [--no-server] [--json]`: the demonstration city, built once and then only looked at."""

import json
import os
import sys

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cases.models import Case
from citymgmt.accounts.models import User
from citymgmt.lib.errors import Refused
from dispatch import demonstration


class Command(BaseCommand):
    help = "Builds the demonstration city in an empty database, and serves it."

    def add_arguments(self, parser):
        parser.add_argument("--no-server", action="store_true", help="build, do not serve")
        parser.add_argument("--json", action="store_true", help="last line is one JSON object")

    def handle(self, *args, **options):
        call_command("migrate", verbosity=0)
        try:
            made = demonstration.build(say=lambda line: self.stdout.write(f"  {line}"))
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        made |= {"cases": Case.objects.count(), "users": User.objects.count()}
        if options["json"]:
            self.stdout.write(json.dumps(made))
        if not options["no_server"]:
            self._serve()

    def _serve(self):
        port = os.environ.get("PORT", "8000")
        self.stdout.write(f"http://127.0.0.1:{port}/")
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", port]
        os.environ["DEMO"] = "1"
        os.execv(sys.executable, [*command, "citymgmt.asgi:application"])
