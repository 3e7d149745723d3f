"""The section of the settings that says who is told of deadlines and of words from above."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.configuration.registry import Section, register
from cases.states import Stage
from citymgmt.accounts.forms import Styled
from dispatch.models import EscalationRule, Moment


class RuleForm(Styled, forms.ModelForm):
    class Meta:
        model = EscalationRule
        fields = ["moment", "stage", "scope", "post", "channel", "on_duty_only", "active"]
        help_texts = {
            "moment": _("The shares of the limit are process switches: yellow from, long overdue."),
            "stage": _("Empty: any step."),
            "post": _("Empty where the case itself says who it is."),
        }

    def clean(self):
        data = super().clean()
        of_case = data.get("scope") in EscalationRule.OF_THE_CASE
        if of_case and data.get("post"):
            self.add_error("post", _("The case itself says who it is: no post is needed."))
        elif not of_case and not data.get("post"):
            self.add_error("post", _("Choose the post that is told."))
        decider = data.get("scope") == EscalationRule.Scope.DECIDER
        if decider and data.get("moment") not in (None, Moment.WITHDRAW):
            self.add_error("scope", _("Only a withdrawal has somebody who was asked to decide."))
        return data


SECTION = Section(
    "escalation", _("Escalation rules"), order=25, form=RuleForm,
    note=_("Who is told of deadlines near and past, of supervision, urging and instructions, "
           "of requests taken back, and how."),
    rows=lambda: EscalationRule.objects.select_related("post").order_by("moment", "stage", "id"),
    columns=(
        (_("Moment"), lambda r: r.get_moment_display()),
        (_("Stage"), lambda r: Stage(r.stage).label if r.stage else _("any")),
        (_("Post"), lambda r: r.post or "–"),
        (_("Who is told"), lambda r: r.get_scope_display()),
        (_("Channel"), lambda r: r.get_channel_display()),
        (_("On duty"), lambda r: _("only on duty") if r.on_duty_only else _("always")),
        (_("Active"), lambda r: _("yes") if r.active else _("no")),
    ),
)  # fmt: skip


def enter():
    register(SECTION)
