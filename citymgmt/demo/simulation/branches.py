"""The rarer branches of the way, as often as a center sees them: words and hands beside the way,
the special ways of dispatch, duplicates, what follows the end of a case.

Each function looks at a `posts.Mind` and answers a step, or None if nothing of the kind happens.
"""

from datetime import timedelta
from random import Random

from cases.campaigns import joining as campaigns
from cases.models import Case
from cases.states import WITH_DEPARTMENT, Action, State

A, S = Action, State
JOINT = 0.04  # of the cases need more than one department
ON_SITE = (S.VERIFYING, S.CHECKING)
ANSWERED = (Case.Supervised.REPLIED,)


def aside(m):
    """Something beside the way of the case; what waits for an answer gets it first."""
    case = m.case
    if case.state in WITH_DEPARTMENT:
        if case.on_guard and not case.handed_over_at:
            by = m.department("liaison")
            return m.step(m.after(14), A.HAND_OVER_SITE, by, photos=["close"])
        if case.arrive_by and not case.arrived_at:
            return _arrival(m)
        if case.supervised:
            return _answer(m)
        return _word(m)
    if case.supervised and case.state == S.FEEDBACK_IN:
        return m.step(m.after(6), A.RESOLVE, m.center("leader"))
    if case.state in ON_SITE and m.chance(0.01, A.HAND_OVER):
        other = m.collector()
        if other.pk != case.collector_id:
            by = m.world.person(case.collector_id)
            return m.step(m.after(9), A.HAND_OVER, by, receiver=other)
    if case.state == S.FEEDBACK_IN and joint(m):
        return _assistance(m)
    return None


def _arrival(m):
    """Somebody of the department drives there at once; some come too late."""
    lon, lat = m.case.point.x + m.rng.uniform(-4e-4, 4e-4), m.case.point.y
    by = m.department("liaison")
    return m.step(m.after(22, 0.8), A.ARRIVE, by, photos=["wide"], position=f"{lon:.6f},{lat:.6f}")


def _answer(m):
    """The department replies, one in five too late; then supervision is ended."""
    case = m.case
    if case.supervised in ANSWERED:
        return m.step(m.after(30), A.RESOLVE, m.center("leader"))
    early = timedelta(minutes=m.rng.uniform(-40, 90))
    at = case.reply_due_at - early if case.reply_due_at else m.after(45)
    return m.step(at, A.REPLY, m.department("liaison"))


def _word(m):
    """Above all on what is late."""
    case = m.case
    late = case.overdue_at is not None
    if late and m.chance(0.04, A.FORCE_CLOSE):
        return m.step(m.after(90), A.FORCE_CLOSE, m.center("leader"))
    if m.chance(0.12 if late else 0.004, A.SUPERVISE):
        at = m.after(50)
        kind = "timeout" if late else m.rng.choice(["leader", "important"])
        given = {"supervise_type": kind}
        if m.rng.random() < 0.8:
            given["reply_by"] = at + timedelta(hours=m.rng.choice((2, 4, 8)))
        return m.step(at, A.SUPERVISE, m.center("leader"), **given)
    if m.chance(0.08 if late else 0.008, A.URGE):
        return m.step(m.after(40), A.URGE, m.center("dispatcher"))
    if m.chance(0.004, A.INSTRUCT):
        return m.step(m.after(30), A.INSTRUCT, m.center("leader"))
    if case.state == S.DISPOSING and m.chance(0.006, A.HAND_OVER):
        other = m.handler()
        if other.pk != case.handler_id:
            by = m.world.person(case.handler_id)
            return m.step(m.after(35), A.HAND_OVER, by, receiver=other)
    return None


# --- joint handling -------------------------------------------------------------------------
def joint(m) -> bool:
    """The same answer at every step of a case."""
    return not m.mood.plain and Random(f"{m.world.seed}:{m.case.number}:joint").random() < JOINT


def _assistance(m):
    asked = m.case.assists.filter(done_at__isnull=True).order_by("id").first()
    if asked is None or A.ASSIST_FEEDBACK in m.avoid:
        return None
    by = m.rng.choice(m.world.staff("liaison", asked.department_id))
    return m.step(m.after(4), A.ASSIST_FEEDBACK, by)


# --- set-up ---------------------------------------------------------------------------------
def duplicate(m, by):
    """The same problem reported twice: merged into an open case of the community."""
    case = m.case
    if not m.chance(0.012, A.MERGE):
        return None
    known = Case.objects.open().filter(community=case.community_id, pk__lt=case.pk)
    main = known.filter(matter_class=case.matter_class_id).order_by("-id").first()
    main = main or known.order_by("-id").first()
    return main and m.step(m.after(5), A.MERGE, by, main_case=main)


def campaign(m, by):
    """A report that belongs to a campaign and did not join it, or joined and does not belong."""
    if not m.chance(0.03, A.SET_CAMPAIGN):
        return None
    running = campaigns.choices_of(m.case.reported_at).first()
    if running is None:
        return None
    given = campaigns.NONE if m.case.campaign_id else running.pk
    return m.step(m.after(2), A.SET_CAMPAIGN, by, campaign=given)


def put_right(m, by):
    """What the collector dealt with at once is archived, or is no case at all."""
    if m.chance(0.07):
        return m.step(m.after(6), A.REJECT, by, reject_reason="invalid")
    return m.step(m.after(6), A.ARCHIVE, by)


# --- dispatch -------------------------------------------------------------------------------
def special_dispatch(m, by):
    """Nobody is responsible, it burns, or two departments have refused."""
    case = m.case
    if case.returns >= m.world.arbitrate_after and A.ARBITRATE not in m.avoid:
        department = m.world.responsible(case)
        return m.step(m.after(180), A.ARBITRATE, m.center("leader"), department=department)
    locality = m.world.locality(case)
    if locality is None:
        return None
    if m.chance(0.04 if case.urgent else 0.001, A.PROXY_DISPOSE):
        return m.step(m.after(3), A.PROXY_DISPOSE, by, locality=locality)
    if m.chance(0.005, A.NO_PARTY):
        return m.step(m.after(8), A.NO_PARTY, by, locality=locality)
    return None


# --- requests and ends ----------------------------------------------------------------------
def hard_case(m, by):
    asked = m.mood.wish == A.SUSPEND_HARD or m.chance(0.004, A.SUSPEND_HARD)
    if m.case.suspensions or not asked:
        return None
    at = m.in_office(60, 0.7)
    until = at + timedelta(days=m.rng.randint(70, 120))
    return m.step(at, A.SUSPEND_HARD, by, until=until)


def suspended(m):
    """Seldom the reason goes away before the date."""
    days = m.rng.uniform(2, 20)
    if not m.chance(0.15, A.RESUME):
        return None
    return m.step(m.case.state_since + timedelta(days=days), A.RESUME, m.center("leader"))


def void(m):
    """A merge that was none."""
    if m.case.merged_into_id is None or not m.chance(0.2, A.UNMERGE):
        return None
    return m.step(m.after(40), A.UNMERGE, m.center("acceptor"))


def closed(m):
    """The department contests that it was late."""
    case = m.case
    if case.exempt or case.appeals or not case.disposal_overdue or not case.department_id:
        return None
    if not m.chance(0.3, A.APPEAL):
        return None
    return m.step(m.after(300, 0.8), A.APPEAL, m.department("liaison"), photos=["reference"])
