from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = _("Evaluation")

    def ready(self):
        from citymgmt.accounts import desks, navigation
        from citymgmt.accounts.posts import READ_AUDIT, SEE_SCORES
        from citymgmt.accounts.verbs import AUDIT
        from evaluation.counting import labels as words
        from evaluation.results import closing
        from grid import closed_periods
        from hotline.portal import navigation as portal

        portal.register("evaluation:league", _("League"))
        AUDIT.update(words.AUDIT)
        closed_periods.register(closing.last_closed_day)
        desks.register("evaluator", "evaluation:index")
        navigation.register("evaluation:index", _("Scores"), "trophy", [SEE_SCORES], order=50)
        scored = ["assign", "dispose", "verify", "accept", "dispatch"]
        navigation.register("evaluation:mine", _("My scores"), "person-check", scored, order=51)
        anchors = _("Anchors of the record")
        navigation.register("evaluation:anchors", anchors, "shield-check", [READ_AUDIT], order=86)
