"""Calls to the hotline."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Source
from citymgmt.accounts.posts import TAKE_CALLS
from citymgmt.accounts.rules import holds
from hotline.models.citizens import Citizen

USER = settings.AUTH_USER_MODEL


class CallQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who takes calls sees consultations, own calls, and calls about cases they may know."""
        if not holds(user, TAKE_CALLS):
            return self.none()
        known = Case.objects.visible_to(user).values("pk")
        return self.filter(Q(case__isnull=True) | Q(by=user) | Q(case__in=known))

    def for_lists(self):
        """Everything a row shows, in one query."""
        return self.select_related("caller", "by", "source", "case__matter_class")


class Call(models.Model):
    """A call taken: a consultation is answered at once, a complaint is about a case."""

    class Kind(models.TextChoices):
        CONSULT = "consult", _("Consultation")
        COMPLAINT = "complaint", _("Complaint")

    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"))
    caller = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="calls",
        verbose_name=_("caller"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    content = models.TextField(_("description"))
    answer = models.TextField(_("answer"), blank=True)
    reply_required = models.BooleanField(_("reply required"), default=False)
    # The caller, asked by the clerk, has agreed to text messages.
    may_text = models.BooleanField(_("text messages agreed to"), default=False)
    publish = models.BooleanField(_("may be published"), default=False)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="calls", verbose_name=_("case")
    )
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("taken by"))

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="consult") | Q(case__isnull=True) & ~Q(answer=""),
                name="call_consultation_is_answered",
            ),
            models.CheckConstraint(
                condition=~Q(kind="complaint") | Q(case__isnull=False),
                name="call_complaint_has_case",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["consult", "complaint"]), name="call_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(reply_required=False) | Q(caller__isnull=False),
                name="call_reply_needs_number",
            ),
            models.CheckConstraint(
                condition=Q(may_text=False) | Q(caller__isnull=False),
                name="call_text_needs_number",
            ),
            models.CheckConstraint(condition=~Q(content=""), name="call_has_content"),
        ]
        indexes = [models.Index(fields=["caller", "-at"], name="call_of_caller")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"

    @property
    def citizen(self) -> Citizen | None:
        """Who wants to know, as of a public report."""
        return self.caller
