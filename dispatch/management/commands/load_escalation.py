"""`load_escalation [--json]`: the escalation rules a center starts from, if it has none."""

from citymgmt.lib.commands import JsonCommand
from dispatch.notices.loading import load_escalation


class Command(JsonCommand):
    help = "Adds the shipped rules of who is told of deadlines, where there are none at all."

    def run(self, **_options):
        return {"rules": load_escalation()}
