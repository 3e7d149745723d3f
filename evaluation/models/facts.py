"""What a case contributes to the figures, folded from its log."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.models import Case

USER = settings.AUTH_USER_MODEL


class CaseFact(models.Model):
    """A case's log folded up to row `seq`. Derived: it can be thrown away and built again.

    `ends_at` is the last moment at which a finished case matters to a period, null while it is
    open. `data` is the fact (`counting.fact_json`); the other columns only select.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="fact")
    seq = models.PositiveIntegerField()
    reported_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(null=True)
    district_id = models.BigIntegerField()
    street_id = models.BigIntegerField()
    community_id = models.BigIntegerField()
    department_id = models.BigIntegerField(null=True)
    exempt = models.BooleanField(default=False)
    # The newest call-back and rating that the fact knows of: `satisfaction.Heard` of the hotline.
    call_back = models.BigIntegerField(default=0)
    rating = models.BigIntegerField(default=0)
    missed_by_id = models.BigIntegerField(null=True)
    data = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_at__gte=F("reported_at")), name="case_fact_ends_after_report"
            )
        ]
        indexes = [models.Index(fields=["ends_at", "reported_at"], name="case_fact_span")]

    def __str__(self):
        return f"{self.case_id}#{self.seq}"
