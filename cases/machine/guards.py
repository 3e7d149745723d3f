"""What refuses a step: one function of a situation for each, named in `Move.guards`.

A guard answers True when the step may be taken, and carries the words that say why not. One that
is `late` looks at what was given, or asks the database: it is asked only when the step is taken,
never while a desk is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cases.campaigns import joining as campaigns
from cases.finding.following import goes_on_in
from cases.machine.situation import Situation, holder_id
from cases.states import Action, Stage
from cases.time import clock as clocks
from cases.time.worktime import elapsed

YEAR = timedelta(days=366)


@dataclass(frozen=True, eq=False)
class Guard:
    """`words`: the reason of the refusal, or a function of the situation that gives it."""

    allows: Callable[[Situation], bool]
    words: str | Callable[[Situation], str]
    late: bool

    @property
    def name(self) -> str:
        return self.allows.__name__

    def refusal(self, s: Situation) -> str | None:
        """The reason why the step cannot be taken, or None."""
        if self.allows(s):
            return None
        return self.words(s) if callable(self.words) else self.words


def guard(words, late=False):
    """A function as a guard that refuses with these words."""
    return lambda allows: Guard(allows, words, late)


# --- verification, acceptance and merging ---------------------------------------------------
@guard(_("The report has been verified already."))
def not_verified(s):
    return s.case.verify_result in ("", "cannot_tell")


@guard(_("This source must be verified on site with the result “exists” before acceptance."))
def verified_if_required(s):
    return s.case.verify_result == "exists" or not s.case.source.needs_verify


@guard(_("Only what the collector put right is archived."))
def self_disposed(s):
    return s.case.self_disposed


@guard(_("What the collector put right is archived or rejected."))
def not_self_disposed(s):
    return not s.case.self_disposed


@guard(_("This case was not merged."))
def is_merged(s):
    return s.case.merged_into_id is not None


@guard(_("Others have been merged into this case: choose it as the main case."), late=True)
def nothing_merged(s):
    return not s.case.merged.exists()


@guard(_("No campaign ran when this was reported."))
def campaign_ran(s):
    return s.case.campaign_id is not None or campaigns.choices_of(s.case.reported_at).exists()


# --- dispatch and disposal ------------------------------------------------------------------
def _returns_needed(s):
    return _("Arbitration needs %(n)s returns.") % {"n": s.process.arbitrate_after}


@guard(_returns_needed)
def returned_enough(s):
    return s.case.returns >= s.process.arbitrate_after


@guard(_("This department has the case already."), late=True)
def other_department(s):
    return s.inputs["department"].pk != s.case.department_id


@guard(_("This person has the task already."), late=True)
def other_person(s):
    return s.inputs["receiver"].pk != holder_id(s.case)


@guard(_("Nobody is awaited on site."))
def arrival_awaited(s):
    return bool(s.case.arrive_by and not s.case.arrived_at)


@guard(_("No collector is waiting on site."))
def collector_stays(s):
    return bool(s.case.on_guard and not s.case.handed_over_at)


# --- check and closing ----------------------------------------------------------------------
@guard(_("Rework needs a failed check."))
def check_failed(s):
    return s.case.check_result == "fail"


@guard(_("Closing needs a passed check."))
def check_passed(s):
    return s.case.check_result == "pass"


@guard(_("Special closing is switched off."))
def special_close_on(s):
    return s.process.special_close


@guard(_("Forced closing is switched off."))
def force_close_on(s):
    return s.process.force_close


def _days_needed(s):
    return _("Only within %(n)s days after it was closed.") % {"n": s.process.unsolved_days}


@guard(_days_needed)
def lately_closed(s):
    return s.now <= s.case.closed_at + timedelta(days=s.process.unsolved_days)


@guard(_("A case that follows this one has been entered already."))
def nothing_follows(s):
    return goes_on_in(s.case) is None


# --- requests -------------------------------------------------------------------------------
@guard(_("A request on this case is waiting for a decision."))
def no_open_request(s):
    return not s.case.pending


@guard(_("The dispatch section looks at it first."))
def looked_at(s):
    return not s.case.to_forward


@guard(_("Not possible once the deadline has passed."))
def not_overdue(s):
    if s.case.overdue_at:
        return False
    return not clocks.overdue(_disposal(s), s.now, s.calendar(Stage.DISPOSE))


@guard(_("It has been ruled that this department is responsible."))
def not_ruled(s):
    return not s.case.arbitrated


@guard(_("The time to return the task has passed."))
def return_window(s):
    disposal, calendar = _disposal(s), s.calendar(Stage.DISPOSE)
    allowed = min(s.process.return_window_minutes * 60, clocks.total(disposal, calendar))
    return elapsed(_received(disposal), s.now, disposal.working, calendar) <= allowed


@guard(_("No further extension is allowed."))
def extensions_left(s):
    return s.case.extensions < s.process.max_extensions


@guard(_("A case is suspended once only."))
def not_suspended_before(s):
    return s.case.suspensions == 0


@guard(_("A suspension ends after today and within a year."), late=True)
def within_a_year(s):
    return s.now < s.inputs["until"] <= s.now + YEAR


@guard(_("The date asked for has passed."))
def until_ahead(s):
    return s.now < s.case.suspended_until


@guard(_("Only a disposal that counts as overdue can be appealed."))
def disposed_late(s):
    return bool(s.case.disposal_overdue and not s.case.exempt)


@guard(_("No further appeal is allowed."))
def appeals_left(s):
    most = 2 if s.process.appeal_again else 1
    return s.case.appeals < most


# --- supervision ----------------------------------------------------------------------------
@guard(_("The case is supervised already."))
def not_supervised(s):
    return not s.case.supervised


@guard(_("The case is not supervised."))
def is_supervised(s):
    return bool(s.case.supervised)


@guard(_("The reply is due in the future."), late=True)
def reply_ahead(s):
    return s.now < s.inputs["reply_by"] if "reply_by" in s.inputs else True


# --- the time to return a task ----------------------------------------------------------------
def _disposal(s):
    return clocks.from_json(s.case.clocks[Stage.DISPOSE])


# What does not give the task anew: steps inside the department, and a return that was refused
# (the stretch before one that was granted ends with `approve`).
INSIDE = {Action.ASSIGN, Action.UNASSIGN, Action.DISPOSE, Action.SEND_BACK, Action.RETURN}


def _received(disposal):
    """When the department was given the task last."""
    spans = list(disposal.spans)
    while len(spans) > 1 and spans[-2].reason in INSIDE:
        spans.pop()
    return spans[-1].start
