"""Publish the bulletin of the latest figures in a demonstration, by the people of its posts."""

from django.utils.translation import gettext as _

from citymgmt.accounts.demonstration import marked
from citymgmt.accounts.models import User
from citymgmt.lib.commands import JsonCommand
from citymgmt.lib.errors import NotNow
from evaluation import bulletins
from evaluation.models import Bulletin, Evaluation

STEPS = (("checked", "evaluator"), ("approved", "leader"), ("published", "evaluator"))


class Command(JsonCommand):
    help = "Drafts, checks, approves and publishes the bulletin of the latest figures, once."

    def run(self, **options):
        if not marked():
            raise NotNow(_("This is not a demonstration."), "no_demonstration")
        latest = Evaluation.objects.order_by("-end", "-id").first()
        if latest is None or Bulletin.objects.exists():
            return {"published": 0}
        people = User.objects.in_bulk(["evaluator", "leader"], field_name="username")
        bulletin = bulletins.draft(evaluation=latest, by=people["evaluator"])
        for to, who in STEPS:
            bulletin = bulletins.advance(bulletin=bulletin, to=to, by=people[who])
        return {"published": 1}
