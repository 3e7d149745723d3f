"""`take_back_overdue --from T --to T --reason W --admin U --leader U [--json]`: false marks."""

from datetime import datetime

from django.core.management.base import CommandError
from django.utils import timezone

from cases.machine.taking_back import take_back
from citymgmt.accounts.models import User
from citymgmt.lib.commands import JsonCommand


def moment(text):
    """ISO 8601, as the clock of the center says it where no zone is named."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is no moment; write 2026-11-30T08:00") from None
    return given if timezone.is_aware(given) else timezone.make_aware(given)


class Command(JsonCommand):
    help = (
        "Takes back the warnings and overdue marks that the timer wrote in a span while the clock "
        "was wrong, and the suspensions that it ended where nobody has acted since. Each case gets "
        "a row in its log, the act one on record."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--from", dest="since", required=True, type=moment, metavar="MOMENT")
        parser.add_argument("--to", dest="until", required=True, type=moment, metavar="MOMENT")
        parser.add_argument("--reason", required=True, help="stands in the log of each case")
        parser.add_argument("--admin", required=True, help="the system administrator's user name")
        parser.add_argument("--leader", required=True, help="the commander's user name")

    def run(self, **options):
        given = {name: options[name] for name in ("since", "until", "reason")}
        people = {name: self._person(options[name]) for name in ("admin", "leader")}
        return take_back(**given, **people)

    @staticmethod
    def _person(username):
        person = User.objects.filter(username=username, is_active=True).first()
        if person is None:
            raise CommandError(f"There is no {username!r}.")
        return person
