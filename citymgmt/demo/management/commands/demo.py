"""`demo [--no-server] [--json]`: the demonstration city, built once and then only looked at."""

import json
import os
import sys
from datetime import timedelta

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from django.utils import timezone

from cases.models import Case, CaseEvent
from citymgmt.accounts.models import User
from citymgmt.demo import building
from citymgmt.demo.simulation.run import past
from citymgmt.lib.errors import Refused

PAST, DAY = timedelta(days=30), timedelta(days=1)


class Command(BaseCommand):
    help = "Builds the demonstration city in an empty database, and serves it."

    def add_arguments(self, parser):
        parser.add_argument("--no-server", action="store_true", help="build, do not serve")
        parser.add_argument("--json", action="store_true", help="last line is one JSON object")

    def handle(self, *args, **options):
        call_command("migrate", verbosity=0)
        try:
            made = building.build(say=lambda line: self.stdout.write(f"  {line}"))
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        self._past()
        made |= {"cases": Case.objects.count(), "users": User.objects.count()}
        if options["json"]:
            self.stdout.write(json.dumps(made))
        if not options["no_server"]:
            self._serve()

    def _past(self):
        """Thirty days of work, or those since the last deed where a day or more is missing."""
        end = timezone.now()
        last = CaseEvent.objects.aggregate(last=Max("at"))["last"]
        start = last or end - PAST
        if end - start < DAY:
            return
        self.stdout.write("  the past: about a minute")
        figures = past(seed=1, start=start, end=end)
        figures.pop("by_action")
        self.stdout.write("  " + ", ".join(f"{name} {n}" for name, n in figures.items()))
        building.stand_everywhere()
        if "evaluate" in get_commands() and not last:
            self._evaluate(timezone.localdate(end))

    def _evaluate(self, today):
        """Scores of the month that ended last, as far as it has cases."""
        until = today.replace(day=1) - DAY
        self.stdout.write(f"  scores of {until:%Y-%m}")
        call_command("evaluate", "--from", until.replace(day=1), "--to", until)
        call_command("demo_bulletin")

    def _serve(self):
        port = os.environ.get("PORT", "8000")
        self.stdout.write(f"http://127.0.0.1:{port}/")
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", port]
        os.environ["DEMO"] = "1"
        os.execv(sys.executable, [*command, "citymgmt.asgi:application"])
