"""The case, which ones somebody may know of, and how they are locked.

`Case.state` is set by `transitions.move` and nowhere else. Instants are UTC.
"""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.campaigns import Campaign
from cases.models.settings import UNITS, FilingCondition, Source
from cases.states import FINAL, State
from citymgmt.accounts.models import Department
from citymgmt.accounts.rules import contracted_collectors, handled_departments
from citymgmt.lib.rows import Prepared
from grid.geometry import STORED
from grid.models import Area, DutyGrid, UnitGrid
from inventory.models import Component, MatterClass

USER = settings.AUTH_USER_MODEL


# --- which cases somebody may know of, and how cases are locked -------------------------------
class CaseQuerySet(models.QuerySet):
    def open(self):
        return self.exclude(state__in=FINAL)

    def visible_to(self, user):
        """Cases the person may know of: areas overseen, departments handled for, own tasks,
        own reports, cases assisted in, cases the person filed (谁立案谁负责), and for a contractor
        those that its collectors reported or hold."""
        if not user.is_authenticated or not user.is_active or user.is_screen:
            return self.none()
        areas = Area.objects.overseen_ids(user)
        query = Q(reporter=user) | Q(collector=user) | Q(handler=user) | Q(filed_by=user)
        if areas:
            query |= Q(district__in=areas) | Q(street__in=areas) | Q(community__in=areas)
        if departments := handled_departments(user):
            query |= Q(department__in=departments)
            joint = self.model.assisting.through.objects.filter(department__in=departments)
            query |= Q(pk__in=joint.values("case"))
        if collectors := contracted_collectors(user):
            query |= Q(reporter__in=collectors) | Q(collector__in=collectors)
        return self.filter(query)

    def locked(self, pk):
        """The case, its row locked until the transaction ends: how every move begins."""
        return self.all_locked(pk)[pk]

    def all_locked(self, *pks) -> dict:
        """These cases by their keys, locked in the order of the keys: two who want the same
        cases wait for each other and never both. Nothing else locks cases. DoesNotExist."""
        found = {}
        for pk in sorted(set(pks)):
            rows = _locking(pk)
            if not rows:
                raise self.model.DoesNotExist(pk)
            found[pk] = rows[0]
        return found

    def for_lists(self):
        """Everything a list row shows, in one query."""
        return self.select_related(
            "matter_class", "community", "street", "department", "source", "handler", "collector"
        )


# --- the case -------------------------------------------------------------------------------
class Case(models.Model):
    class ClosedKind(models.TextChoices):
        NORMAL = "normal", _("Normal")
        OVERDUE = "overdue", _("Overdue")
        DEFECTIVE = "defective", _("Defective")
        SPECIAL = "special", _("Special")

    class VoidOrigin(models.TextChoices):
        REJECT = "reject", _("Rejected")
        DECLINE = "decline", _("Declined")
        VOID = "void", _("Voided")
        MERGE = "merge", _("Merged")

    class ReturnKind(models.TextChoices):
        WRONG_DISPATCH = "wrong_dispatch", _("Wrong dispatch")
        OTHER = "other", _("Other reason")

    class Supervised(models.TextChoices):
        """How far a formal demand to the department has come; empty: there is none."""

        OPEN = "open", _("Supervised")
        TO_REPLY = "to_reply", _("Reply awaited")
        LATE = "late", _("Reply overdue")
        REPLIED = "replied", _("Replied")

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    client_uuid = models.UUIDField(unique=True, null=True, blank=True, editable=False)
    # what and where
    matter_class = models.ForeignKey(MatterClass, models.PROTECT, verbose_name=_("class"))
    component = models.ForeignKey(
        Component, models.PROTECT, null=True, blank=True, verbose_name=_("component")
    )
    description = models.TextField(_("description"), blank=True)
    address = models.CharField(_("place"), max_length=256, blank=True)
    point = models.PointField(_("position"), srid=STORED)
    unit_grid = models.ForeignKey(
        UnitGrid, models.PROTECT, related_name="cases", verbose_name=_("unit grid")
    )
    duty_grid = models.ForeignKey(
        DutyGrid, models.PROTECT, null=True, related_name="cases", verbose_name=_("duty grid")
    )
    community = models.ForeignKey(
        Area, models.PROTECT, related_name="+", verbose_name=_("community")
    )
    street = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("street"))
    # Without an index: a district holds too large a share of the cases, and SQLite would gather all
    # of them by it (`visible_to` is an OR) before it looks at the state.
    district = models.ForeignKey(
        Area, models.PROTECT, related_name="+", verbose_name=_("district"), db_index=False
    )
    area_class = models.CharField(_("area class"), max_length=1, default="A")
    # from whom
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"))
    reporter = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reporter")
    )
    reported_at = models.DateTimeField(_("reported"), db_index=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    # Counted apart with this campaign; empty: a daily case.
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="cases",
        verbose_name=_("campaign"),
    )  # fmt: skip
    # where it stands
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.REGISTERED)
    state_since = models.DateTimeField()
    pending = models.CharField(_("open request"), max_length=16, blank=True)
    # The dispatch section looks at the open request before whoever decides it.
    to_forward = models.BooleanField(default=False)
    return_kind = models.CharField(
        _("kind of return"), max_length=16, choices=ReturnKind, blank=True
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    collector = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("collector")
    )
    handler = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("handler")
    )
    filed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="cases",
        verbose_name=_("department"),
    )  # fmt: skip
    # Joint handling: the lead is `department`, these assist.
    assisting = models.ManyToManyField(
        Department, blank=True, related_name="assisted_cases", verbose_name=_("assisting")
    )
    first_department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged",
        verbose_name=_("main case"),
    )  # fmt: skip
    # The closed case that was not solved and of which this one is told anew.
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers",
        verbose_name=_("follows"),
    )  # fmt: skip
    verify_result = models.CharField(_("verify result"), max_length=12, blank=True)
    check_result = models.CharField(_("check result"), max_length=12, blank=True)
    # the promise, kept as it was made at filing
    filing_condition = models.ForeignKey(
        FilingCondition, models.PROTECT, null=True, blank=True, verbose_name=_("filing condition")
    )
    limit_value = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    limit_unit = models.CharField(max_length=16, choices=UNITS, blank=True)
    # An urgent case: when somebody of the department must be on site, was, or was found missing.
    arrive_by = models.DateTimeField(_("on site by"), null=True)
    arrived_at = models.DateTimeField(_("on site"), null=True)
    arrival_late_at = models.DateTimeField(null=True)
    # clocks: stage -> clock (cases.time.clock), the disposal clock with its department beside it
    clocks = models.JSONField(default=dict, editable=False)
    due_at = models.DateTimeField(_("due"), null=True)
    # When the light of the clock that runs turns yellow (`time/lights.py`); null while none runs.
    warn_at = models.DateTimeField(null=True)
    # The moment of which the timer has warned.
    warned_at = models.DateTimeField(null=True)
    # The deadline for which the timer has written "became overdue"; what is overdue now is asked of
    # `cases.time.overdue`, which needs no timer.
    overdue_at = models.DateTimeField(_("overdue since"), null=True)
    suspended_until = models.DateTimeField(null=True)
    # A suspension of a hard case: approved, and counted apart since.
    hard_since = models.DateTimeField(null=True)
    stockpiled_at = models.DateTimeField(_("stockpiled"), null=True)
    supervised = models.CharField(max_length=8, choices=Supervised, blank=True)
    reply_due_at = models.DateTimeField(_("reply due"), null=True)
    # The moment at which the timer must look again; the only thing it searches for.
    next_at = models.DateTimeField(null=True)
    # milestones for lists
    filed_at = models.DateTimeField(_("filed"), null=True)
    dispatched_at = models.DateTimeField(_("dispatched"), null=True)
    disposed_at = models.DateTimeField(_("disposed"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    disposal_overdue = models.BooleanField(_("disposed late"), default=False)
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0)
    suspensions = models.PositiveSmallIntegerField(_("suspensions"), default=0)
    returns = models.PositiveSmallIntegerField(_("returns"), default=0)
    closed_kind = models.CharField(_("closed as"), max_length=12, choices=ClosedKind, blank=True)
    forced = models.BooleanField(_("forced"), default=False)
    void_origin = models.CharField(_("void by"), max_length=8, choices=VoidOrigin, blank=True)
    exempt = models.BooleanField(_("exempt"), default=False)
    appeals = models.PositiveSmallIntegerField(_("appeals"), default=0)
    # special ways
    no_party = models.BooleanField(_("no responsible party"), default=False)
    proxy_disposal = models.BooleanField(_("proxy disposal"), default=False)
    arbitrated = models.BooleanField(_("arbitrated"), default=False)
    self_disposed = models.BooleanField(_("self-disposed"), default=False)
    # The collector stays on site until somebody takes over.
    on_guard = models.BooleanField(_("collector stays on site"), default=False)
    handed_over_at = models.DateTimeField(_("site handed over"), null=True)
    # When the last row of the log was stored here: what others ask for changes by.
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    # the log's head
    events_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="case_state_known"),
            models.CheckConstraint(
                condition=Q(number__regex=r"^\d{20}$"), name="case_number_20_digits"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False) & ~Q(closed_kind=""),
                name="case_closed_has_time_and_kind",
            ),
            models.CheckConstraint(
                condition=~Q(state="void") | ~Q(void_origin=""), name="case_void_has_origin"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["to_dispose", "disposing", "dept_review", "suspended"])
                | Q(department__isnull=False),
                name="case_with_department_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["verifying", "checking"]) | Q(collector__isnull=False),
                name="case_on_site_names_collector",
            ),
            models.CheckConstraint(
                condition=~Q(state="disposing") | Q(handler__isnull=False),
                name="case_disposing_names_handler",
            ),
            models.CheckConstraint(
                condition=Q(filed_at__isnull=True) | Q(filing_condition__isnull=False),
                name="case_filed_names_condition",
            ),
            models.CheckConstraint(
                condition=Q(arrive_by__isnull=False)
                | Q(arrived_at__isnull=True, arrival_late_at__isnull=True),
                name="case_arrival_was_awaited",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) & ~Q(void_origin="merge")
                | Q(merged_into__isnull=False, state="void", void_origin="merge"),
                name="case_merged_names_main",
            ),
            models.CheckConstraint(
                condition=Q(pending="") | ~Q(state="void"), name="case_void_waits_for_nothing"
            ),
            models.CheckConstraint(
                condition=Q(stockpiled_at__isnull=True) | Q(hard_since__isnull=False),
                name="case_stockpiled_was_hard",
            ),
            models.CheckConstraint(
                condition=~Q(supervised="to_reply") | Q(reply_due_at__isnull=False),
                name="case_reply_has_deadline",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="case_next", condition=Q(next_at__isnull=False)),
            models.Index(fields=["state", "due_at"], name="case_queue"),
            models.Index(fields=["department", "state", "due_at"], name="case_department_queue"),
            models.Index(fields=["collector", "state"], name="case_collector_tasks"),
            models.Index(fields=["handler", "state"], name="case_handler_tasks"),
            models.Index(fields=["reporter", "-id"], name="case_reporter"),
            models.Index(fields=["street", "state"], name="case_street_state"),
            models.Index(fields=["closed_at"], name="case_closed_at"),
            models.Index(fields=["pending"], name="case_pending"),
            models.Index(fields=["updated_at", "id"], name="case_updated"),
            # What was reported in a patrolled grid and seen to be true: a small share of all cases.
            models.Index(
                fields=["-reported_at", "-id"],
                name="case_seen_to_exist",
                condition=Q(verify_result="exists", duty_grid__isnull=False, self_disposed=False),
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return f"/cases/{self.number}/"

    @property
    def final(self):
        return self.state in FINAL

    @property
    def main(self) -> "Case":
        """The case that tells how this one ends: itself, or the one it was merged into."""
        return self.merged_into or self

    @property
    def wrong_dispatch(self) -> bool:
        """The first and the last responsible department differ (workflow §7)."""
        return self.first_department_id != self.department_id


_locking = Prepared(lambda: Case.objects.select_for_update().filter(pk=0))
