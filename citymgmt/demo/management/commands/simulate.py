"""`simulate --days N --seed S [--mode M] [--speed X] [--live] [--json]`: all the posts at work."""

from datetime import timedelta

from django.utils import timezone
from guardian.shortcuts import assign_perm

from cases.ledgers.queries import overall
from cases.models import ProcessSwitch
from citymgmt.accounts.models import User
from citymgmt.demo import building
from citymgmt.demo.simulation.life import Life
from citymgmt.demo.simulation.run import PER_COLLECTOR, past
from citymgmt.lib.commands import JsonCommand
from citymgmt.lib.errors import BadInput
from grid.models import Area

# Workflow §2: in the first the district decides everything; in the second it accepts, dispatches
# and sends checks, and the city reviews declining and closing.
# Stockpiled after 45 days instead of 60, so that two months show it.
STOCKPILE = {"stockpile_days": 45}
MODES = {
    "one-level": STOCKPILE | {
        "accepts": "district", "dispatches": "district", "sends_checks": "district",
        "approves": "district", "two_level": False,
    },
    "two-level": STOCKPILE | {
        "accepts": "district", "dispatches": "district", "sends_checks": "district",
        "approves": "city", "two_level": True,
    },
}  # fmt: skip


CITY_LEADERS = 2  # the account for visitors, and one that the simulation plays


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
        parser.add_argument(
            "--mode", choices=MODES, help="sets the process switches; as they stand without"
        )
        parser.add_argument("--live", action="store_true", help="then go on until interrupted")

    @staticmethod
    def _organise(mode):
        """Set the switches, and for reviews of the city two shift leaders who oversee it."""
        for key, value in MODES[mode].items():
            ProcessSwitch.objects.update_or_create(key=key, defaults={"value": value})
        leaders = User.objects.filter(memberships__post__code="shift_leader", is_active=True)
        for city in Area.objects.filter(level=Area.Level.CITY):
            for user in leaders.order_by("username").distinct()[:CITY_LEADERS]:
                assign_perm("grid.oversee_area", user, city)

    def run(self, *, days, seed, per_day, speed, live, mode, **_options):
        if days < 0 or (speed is not None and speed <= 0) or (per_day is not None and per_day < 0):
            raise BadInput("--days and --per-day are not negative, --speed is more than 0.")
        building.populate()
        if mode:
            self._organise(mode)
        end = timezone.now()
        figures = past(
            seed=seed, start=end - timedelta(days=days), end=end, per_day=per_day, tempo=speed or 1
        )
        figures["ledgers"] = overall()
        if live:
            self.stdout.write("live: interrupt to end")
            figures = Life(seed, tempo=speed).go_on(figures)
        return figures
