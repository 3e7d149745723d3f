"""What a citizen answers to the end of a case: a rating, or that it is still not solved."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.finding.following import goes_on_in
from cases.machine import actions as cases
from cases.machine.conditions import new_round
from cases.machine.guards import lately_closed
from cases.models import Case
from cases.states import Action, State
from citymgmt.accounts.posts import TAKE_CALLS
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from citymgmt.lib.printable import printable
from citymgmt.lib.transactions import retried
from hotline.citizens.queries import agreed
from hotline.models import Call, PublicReport, Rating, Satisfaction, Unsolved

WORDS_MAX = 1000
# The number of stars and the answer of a call-back that it stands for.
STARS = {
    5: Satisfaction.VERY_GOOD,
    4: Satisfaction.GOOD,
    3: Satisfaction.FAIR,
    2: Satisfaction.BAD,
    1: Satisfaction.VERY_BAD,
}


# --- what may be said -----------------------------------------------------------------------
def rating_of(report) -> Rating | None:
    """What was said of the present closing."""
    return report.ratings.filter(round=report.case.main.round).first()


def said_by(report) -> Unsolved | None:
    """That the last closing did not solve it, as this report said."""
    return report.unsolved.filter(case=report.case.main).order_by("-id").first()


def may_object(case, now=None) -> bool:
    """Whether a case was closed so lately that it can be said to be unsolved."""
    situation = cases.context(now).situation(case)
    return case.state == State.CLOSED and not case.pending and lately_closed.allows(situation)


# --- saying it ------------------------------------------------------------------------------
@retried
@transaction.atomic
def rate(*, report, stars, at=None) -> Rating:
    """`stars` 1 to 5, once for each closing; said again, the first one stands. NotNow, BadInput."""
    case = Case.objects.locked(report.case.main.pk)
    if stars not in STARS:
        raise BadInput(_("Choose one of the given answers."), fields={"stars": [_("Missing.")]})
    if case.state != State.CLOSED:
        raise NotNow(_("The case has not ended yet."), "wrong_state")
    given = {"result": STARS[stars], "at": at or timezone.now()}
    return Rating.objects.get_or_create(report=report, round=case.round, defaults=given)[0]


@retried
@transaction.atomic
def object_to(*, report, words="", at=None) -> Unsolved:
    """The citizen of a report says that it is not solved; the same row when said again."""
    case = Case.objects.locked(report.case.main.pk)
    known = report.unsolved.filter(case=case).order_by("-id").first()
    if known and (case.state != State.CLOSED or known.round == case.round):
        return known
    words = _checked(words) or _("The citizen says that the problem is still there.")
    follower = _take_on(case, None, words, report.case.source, at)
    if follower:
        _follow_for(report, follower)
    return Unsolved.objects.create(
        case=case,
        round=case.round,
        report=report,
        words=words,
        follower=follower,
        at=at or timezone.now(),
    )


@retried
@transaction.atomic
def object_by_call(*, by, call_back, words="", at=None) -> Unsolved:
    """What somebody said who was called back; the same row when told again."""
    if not holds(by, TAKE_CALLS):
        raise NotYours(_("Your post does not take calls."), "not_yours")
    case = Case.objects.locked(call_back.case.main.pk)
    if known := Unsolved.objects.filter(call_back=call_back).first():
        return known
    words = _checked(words) or call_back.note or _("The caller says that it is not solved.")
    follower = _take_on(case, by, words, _line_of(call_back.case), at)
    if follower:
        _call_about(follower, call_back, by, words, at)
    return Unsolved.objects.create(
        case=case,
        round=case.round,
        call_back=call_back,
        words=words,
        follower=follower,
        at=at or timezone.now(),
    )


def _checked(words):
    text = printable(words).strip()
    if len(text) > WORDS_MAX:
        reason = _("At most %(max)s characters.") % {"max": WORDS_MAX}
        raise BadInput(reason, fields={"words": [reason]})
    return text


def _take_on(case, by, words, source, at):
    """The case that follows, or None: the second who says so joins the first while that is open.

    Raises what `cases.machine.actions.perform` raises.
    """
    ctx = cases.context(at)
    goes_back = new_round(ctx.situation(case))
    if case.state == State.CLOSED and not goes_back and (known := goes_on_in(case)):
        return known
    given = {"opinion": words}
    cases.perform(case, Action.UNSOLVED, by=by, given=given, source=source, within=ctx)
    return None if goes_back else case.followers.order_by("-id").first()


def _follow_for(report, follower):
    """The case that follows is theirs too: the same code opens it, and they are told how it ends,
    whoever was the first to say so."""
    theirs = {"citizen", "reply_required", "may_text"}
    PublicReport.objects.get_or_create(
        case=follower,
        code=report.code,
        defaults={name: getattr(report, name) for name in theirs},
    )


def _call_about(follower, call_back, by, words, at):
    """Whoever was called back wants to hear how the new case ends."""
    Call.objects.create(
        at=at or timezone.now(),
        source=follower.source,
        caller=call_back.citizen,
        kind=Call.Kind.COMPLAINT,
        content=words,
        reply_required=True,
        may_text=agreed(call_back.case, call_back.citizen),
        case=follower,
        by=by,
    )


def _line_of(case):
    """The line of the first call about a case, or where it came from itself."""
    first = case.calls.order_by("at", "id").select_related("source").first()
    return first.source if first else None
