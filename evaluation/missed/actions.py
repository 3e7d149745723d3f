"""Missed reports (漏报): problems in a patrolled duty grid that the public or an evaluation found,
confirmed by a person against the collector who was on duty there at that time.

Nothing is counted by itself: a verified public report only asks for a decision. The newest
decision of a case holds; a collector may object, and the objection asks for a new one.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case, Source
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import EVALUATE
from citymgmt.accounts.rules import contracted_collectors, holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from evaluation.facts.queries import decisions
from evaluation.models import MissedFinding
from grid.models import DutyAssignment, DutyGrid, Shift
from grid.rota.hours import date_of

DECIDE = (EVALUATE, "file")  # the evaluator, or the shift leader
FOUND_BY = ("evaluation", "inspection")
REASON_LENGTH = 500
MOST = 1000  # in a list
Verdict = MissedFinding.Verdict
VIEWS = {
    "open": (),
    "objected": (Verdict.OBJECTED,),
    "decided": (Verdict.CONFIRMED, Verdict.DECLINED),
}


# --- reads ----------------------------------------------------------------------------------
def candidates(user: User) -> QuerySet[Case]:
    """Cases of which somebody has to say whether a collector missed them: verified public reports
    and findings of an evaluation in a duty grid, unless a collector reported the same problem."""
    reported, found = _branches()
    return _patrolled(user).filter(reported | found)


def _branches() -> tuple[Q, Q]:
    """Verified reports of others than collectors, and findings: each is read from its own index
    (`case_seen_to_exist`; the source), which an OR of both would keep the database from.

    Sources are given as keys, and those of many cases by what they are not: through the index of
    the source SQLite would otherwise go through all cases of the patrols.
    """
    collectors = _keys(Q(group=Source.Group.COLLECTOR))
    reported = Q(verify_result="exists") & ~Q(source__in=collectors)
    return reported, Q(source__in=_keys(Q(code__in=FOUND_BY)))


def _keys(which: Q) -> list[int]:
    return list(Source.objects.filter(which).values_list("pk", flat=True))


def _patrolled(user):
    told = Case.objects.filter(merged_into=OuterRef("pk"))
    told = told.exclude(source__in=_keys(~Q(code="patrol")))
    rows = Case.objects.visible_to(user).filter(duty_grid__isnull=False, self_disposed=False)
    return rows.exclude(void_origin="merge").filter(~Exists(told))


def listed(user: User, view: str) -> list[int]:
    """Keys of cases, the newest first, `MOST` at most. `view`: "open" waits for a decision,
    "objected" for a new one, "decided" has one."""
    said = MissedFinding.objects.filter(case=OuterRef("pk"))
    if view == "open":
        rows = _patrolled(user).filter(~Exists(said))
        keys = [key for branch in _branches() for key in _newest(rows.filter(branch))]
    else:
        newer = MissedFinding.objects.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"))
        last = MissedFinding.objects.filter(~Exists(newer), verdict__in=VIEWS[view]).order_by()
        keys = _newest(candidates(user).filter(pk__in=last.values("case")))
    return [pk for _at, pk in sorted(set(keys), reverse=True)[:MOST]]


def _newest(rows) -> list[tuple[datetime, int]]:
    return list(rows.order_by("-reported_at", "-pk").values_list("reported_at", "pk")[:MOST])


def may_decide(user: User) -> bool:
    return any(holds(user, verb) for verb in DECIDE)


def on_duty_then(cases: Iterable[Case]) -> dict[int, list[User]]:
    """Case → the collectors on duty in its duty grid when it was reported: those of the rota, or
    where the rota names nobody, those who walk the grid by default. Three queries."""
    cases = list(cases)
    shifts = list(Shift.objects.filter(active=True))
    wanted = {case.pk: _shifts_of(case, shifts) for case in cases}
    named = _named(cases, [day for days in wanted.values() for _shift, day in days])
    default = _default(cases)
    found = {}
    for case in cases:
        people = [
            person for key in wanted[case.pk] for person in named.get((case.duty_grid_id, *key), ())
        ]
        found[case.pk] = people or default.get(case.duty_grid_id, [])
    return found


def _shifts_of(case, shifts):
    local = timezone.localtime(case.reported_at)
    days = ((shift, date_of(shift.starts, shift.ends, local)) for shift in shifts)
    return [(shift.pk, day) for shift, day in days if day]


def _named(cases, days):
    rows = DutyAssignment.objects.filter(
        duty_grid__in=[case.duty_grid_id for case in cases], date__in=days
    )
    found = defaultdict(list)
    for row in rows.select_related("collector").order_by("collector__username"):
        found[row.duty_grid_id, row.shift_id, row.date].append(row.collector)
    return found


def _default(cases):
    walks = DutyGrid.collectors.through.objects.filter(
        dutygrid__in=[case.duty_grid_id for case in cases]
    )
    found = defaultdict(list)
    for row in walks.select_related("user").order_by("user__username"):
        found[row.dutygrid_id].append(row.user)
    return found


def against(user: User) -> QuerySet[MissedFinding]:
    """The decisions that hold against somebody, or against the collectors of a contractor they
    act for; the newest first."""
    accused = {user.pk, *contracted_collectors(user)}
    rows = decisions().filter(collector__in=accused, verdict=Verdict.CONFIRMED)
    objected = MissedFinding.objects.filter(
        case=OuterRef("case"), pk__gt=OuterRef("pk"), verdict=Verdict.OBJECTED
    )
    rows = rows.annotate(objected=Exists(objected)).order_by("-id")
    return rows.select_related(
        "case__matter_class", "case__community", "duty_grid", "by", "collector"
    ).defer("case__community__geometry", "duty_grid__geometry")


# --- deeds ----------------------------------------------------------------------------------
@transaction.atomic
def decide(
    *, case: Case, missed: bool, reason: str, by: User, collector: User | None = None, request=None
) -> MissedFinding:
    """Say whether a collector missed a problem, against whom, and why."""
    if not may_decide(by):
        raise NotYours(_("This is not yours to do."), "not_yours")
    case = candidates(by).filter(pk=case.pk).select_related("duty_grid").first()
    if case is None:
        raise NotNow(_("Only a verified report from a patrolled duty grid."), "no_candidate")
    reason = _reason(reason)
    if missed:
        _check_on_duty(case, collector)
    verdict = Verdict.CONFIRMED if missed else Verdict.DECLINED
    return _write(case, verdict, reason, by, request, collector if missed else None)


@transaction.atomic
def object_to(*, case: Case, reason: str, by: User, request=None) -> MissedFinding:
    """The word of the collector, or of the contractor, against a decision, which holds until it
    is decided anew."""
    held = against(by).filter(case=case).first()
    if held is None:
        raise NotYours(_("This is not yours to do."), "not_yours")
    if held.objected:
        raise NotNow(_("You have objected already."), "objected")
    return _write(case, Verdict.OBJECTED, _reason(reason), by, request, held.collector)


def _reason(text: str) -> str:
    reason = text.strip()
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise BadInput(_("Give a reason."), fields={"reason": [_("1 to 500 characters.")]})
    return reason


def _check_on_duty(case, collector):
    if collector not in on_duty_then([case])[case.pk]:
        said = _("Choose who was on duty there at that time.")
        raise BadInput(said, fields={"collector": [said]})


def _write(case, verdict, reason, by, request, collector):
    finding = MissedFinding.objects.create(
        case=case,
        verdict=verdict,
        duty_grid_id=case.duty_grid_id,
        collector=collector,
        reason=reason,
        by=by,
    )
    data = {"collector": collector.username if collector else "", "reason": reason}
    record(verb=f"missed_{verdict}", subject=case.number, by=by, data=data, request=request)
    return finding
