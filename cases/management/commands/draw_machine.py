"""`draw_machine`: writes docs/state-machine.md from the table of moves."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from cases.presenting import drawing

PLACE = Path(settings.BASE_DIR) / "docs" / "state-machine.md"


class Command(BaseCommand):
    help = "Draws the state machine of a case from its table, for the docs."

    def handle(self, *args, **options):
        PLACE.write_text(drawing.document(), encoding="utf-8")
        self.stdout.write(str(PLACE))
