"""Publish the bulletin of the latest figures in a demonstration, by the people of its posts."""

from django.utils.translation import gettext as _

from citymgmt.accounts.models import User
from citymgmt.demo.people.staff import marked
from citymgmt.lib.commands import JsonCommand
from citymgmt.lib.errors import NotNow
from evaluation.bulletins import actions as bulletins
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
        others = User.objects.exclude(username__in=people)
        author = others.filter(memberships__post__code="evaluator").order_by("username").first()
        if author is None:
            raise NotNow(_("A bulletin needs two evaluators and a commander."), "three_people")
        bulletin = bulletins.draft(evaluation=latest, by=author)
        for to, who in STEPS:
            bulletin = bulletins.advance(bulletin=bulletin, to=to, by=people[who])
        return {"published": 1}
