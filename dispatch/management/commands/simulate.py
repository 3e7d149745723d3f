"""`simulate --days N --seed S [--speed X] [--live] [--json]`: all the posts at work."""

from datetime import timedelta

from django.utils import timezone

from citymgmt.lib.commands import JsonCommand
from citymgmt.lib.errors import BadInput
from dispatch import demonstration
from dispatch.simulation.life import Life
from dispatch.simulation.run import PER_COLLECTOR, past


class Command(JsonCommand):
    help = "Writes days of work up to now by the real actions; with --live goes on from there."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--days", type=float, default=1, help="days that end now")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--per-day", type=float, help=f"reports on a workday; {PER_COLLECTOR} per collector"
        )
        parser.add_argument(
            "--speed", type=float, default=None, help="people are so many times as fast"
        )
        parser.add_argument("--live", action="store_true", help="then go on until interrupted")

    def run(self, *, days, seed, per_day, speed, live, **_options):
        if days < 0 or (speed is not None and speed <= 0) or (per_day is not None and per_day < 0):
            raise BadInput("--days and --per-day are not negative, --speed is more than 0.")
        demonstration.populate()
        end = timezone.now()
        figures = past(
            seed=seed, start=end - timedelta(days=days), end=end, per_day=per_day, tempo=speed or 1
        )
        if live:
            self.stdout.write("live: interrupt to end")
            figures = Life(seed, tempo=speed).go_on(figures)
        return figures
