"""What people without an account report, and the code that they follow it by."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from hotline.models.citizens import Citizen

# Without letters and digits that are mistaken for one another when read aloud or copied by hand.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8


def new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _n in range(CODE_LENGTH))


class PublicReport(models.Model):
    """What somebody without an account has to do with a case: the first reported it; others said
    of the case before it that it is not solved. The code opens the tracking page."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="public_reports", verbose_name=_("case")
    )
    code = models.CharField(_("tracking code"), max_length=8, default=new_code, editable=False)
    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="reports",
        verbose_name=_("citizen"),
    )  # fmt: skip
    reply_required = models.BooleanField(_("reply required"), default=False)
    # The citizen has agreed to text messages.
    may_text = models.BooleanField(_("text messages agreed to"), default=False)

    class Meta:
        verbose_name = _("public report")
        verbose_name_plural = _("public reports")
        constraints = [
            models.UniqueConstraint(fields=["case", "code"], name="public_report_code_once"),
            models.CheckConstraint(
                condition=Q(may_text=False) | Q(citizen__isnull=False),
                name="public_report_text_needs_number",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=rf"^[{CODE_LETTERS}]{{{CODE_LENGTH}}}$"),
                name="public_report_code_form",
            ),
            models.CheckConstraint(
                condition=Q(reply_required=False) | Q(citizen__isnull=False),
                name="public_report_reply_needs_number",
            ),
        ]

    def __str__(self):
        return str(self.case_id)
