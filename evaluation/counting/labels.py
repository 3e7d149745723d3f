"""What counts, rates and grades are called on pages, in exports and in bulletins."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from evaluation.counting.cohorts import PAIRS, pair

COUNTS = {
    "reported": _("Reported"),
    "patrol_reported": _("Reported by collectors"),
    "public_reported": _("Reported by the public"),
    "valid_reported": _("Valid reports"),
    "should_send_verify": _("Verify tasks to send"),
    "verify_sent_on_time": _("Verify tasks sent on time"),
    "should_verify": _("To verify"),
    "verified": _("Verified"),
    "verified_on_time": _("Verified on time"),
    "overdue_unverified": _("Overdue, not verified"),
    "public_verified": _("Public reports verified"),
    "accepted": _("Accepted"),
    "accepted_on_time": _("Accepted on time"),
    "accepted_accurate": _("Accepted accurately"),
    "rejected": _("Rejected"),
    "declined": _("Declined"),
    "voided": _("Voided"),
    "merged": _("Merged"),
    "filed": _("Filed"),
    "filed_on_time": _("Filed on time"),
    "filed_accurate": _("Filed accurately"),
    "should_dispatch": _("Should be dispatched"),
    "dispatched": _("Dispatched"),
    "dispatched_on_time": _("Dispatched on time"),
    "dispatched_accurate": _("Dispatched accurately"),
    "overdue_undispatched": _("Overdue, not dispatched"),
    "should_dispose": _("Should be disposed"),
    "disposed": _("Disposed"),
    "disposed_on_time": _("Disposed on time"),
    "disposed_overdue": _("Disposed late"),
    "open_dispose": _("In disposal"),
    "overdue_undisposed": _("Overdue, not disposed"),
    "should_close": _("Should be closed"),
    "should_close_net": _("Should be closed, without suspended"),
    "closed": _("Closed"),
    "closed_on_time": _("Closed on time"),
    "closed_overdue": _("Closed late"),
    "forced": _("Forced closes"),
    "close_step": _("Closing decisions"),
    "close_step_on_time": _("Closing decisions on time"),
    "should_send_check": _("Check tasks to send"),
    "check_sent_on_time": _("Check tasks sent on time"),
    "should_check": _("To check"),
    "checked": _("Checked"),
    "checked_on_time": _("Checked on time"),
    "rework": _("Rework cases"),
    "rework_times": _("Times of rework"),
    "extended": _("Extended"),
    "extended_times": _("Times extended"),
    "extended_hours": _("Hours of extension"),
    "returned": _("Returned"),
    "shirked": _("Shirked"),
    "suspended": _("Suspended"),
    "suspended_old": _("Suspended earlier"),
    "stockpiled": _("Stockpiled"),
    "overdue_multiple": _("Sum of overdue multiples"),
    "satisfaction_answers": _("Satisfaction answers"),
    "satisfaction_called": _("Satisfaction answers by call-back"),
    "satisfaction_rated": _("Satisfaction answers on the public page"),
    "satisfaction_points": _("Satisfaction points"),
    "satisfied": _("Satisfied answers"),
    "missed": _("Missed"),
    "self_disposed": _("Self-disposed"),
    "self_disposed_closed": _("Self-disposed and closed"),
    "self_disposed_voided": _("Self-disposed and voided"),
}

RATES = {
    "valid_report_rate": _("Valid report rate"),
    "verify_send_rate": _("Verify sending rate"),
    "verify_on_time_rate": _("On-time verification rate"),
    "check_send_rate": _("Check sending rate"),
    "check_on_time_rate": _("On-time check rate"),
    "missed_rate": _("Missed rate"),
    "accept_on_time_rate": _("On-time acceptance rate"),
    "accept_accurate_rate": _("Accurate acceptance rate"),
    "file_rate": _("Filing rate"),
    "file_on_time_rate": _("On-time filing rate"),
    "file_accurate_rate": _("Accurate filing rate"),
    "dispatch_rate": _("Dispatch rate"),
    "dispatch_on_time_rate": _("On-time dispatch rate"),
    "dispatch_accurate_rate": _("Accurate dispatch rate"),
    "dispose_rate": _("Disposal rate"),
    "dispose_on_time_rate": _("On-time disposal rate"),
    "close_rate": _("Closing rate"),
    "close_on_time_rate": _("On-time closing rate"),
    "close_overdue_rate": _("Late closing rate"),
    "close_step_on_time_rate": _("On-time closing decision rate"),
    "rework_rate": _("Rework rate"),
    "extend_rate": _("Extension rate"),
    "overdue_open_rate": _("Overdue open rate"),
    "public_valid_rate": _("Public report rate"),
    "close_rate_net": _("Closing rate, without suspended"),
    "close_on_time_rate_net": _("On-time closing rate, without suspended"),
    "shirk_rate": _("Shirking rate"),
    "satisfied_rate": _("Satisfaction rate"),
    "check_rate": _("Check rate"),
    "accept_rate": _("Acceptance rate"),
}

SORTS = {
    "number": _("Number"),
    "reported": _("Reported, newest first"),
    "due": _("Deadline, nearest first"),
    "disposed": _("Disposed, newest first"),
    "closed": _("Closed, newest first"),
}

# What a scheme can score beside the kinds of `models.Kind`.
SCORED = {"area": _("Areas"), "command_center": _("Command center")}
SIZES = {"unit_grids": _("unit grid")}
PERIODS = {
    "any": _("any period"),
    "day": _("day"),
    "week": _("week"),
    "month": _("month"),
    "quarter": _("quarter"),
    "year": _("year"),
}

GRADES = {
    "A": _("Excellent"),
    "B": _("Good"),
    "C": _("Qualified"),
    "D": _("Poor"),
    "E": _("Failing"),
}

AUDIT = {
    "evaluate": _("Evaluated a period"),
    "save_scheme": _("Saved a scheme"),
    "export_scores": _("Exported scores"),
    "draft_bulletin": _("Drafted a bulletin"),
    "correct_bulletin": _("Corrected a bulletin"),
    "bulletin_checked": _("Checked a bulletin"),
    "bulletin_approved": _("Approved a bulletin"),
    "bulletin_published": _("Published a bulletin"),
    "bulletin_draft": _("Sent a bulletin back"),
    "export_anchor": _("Took an anchor of the record along"),
    "missed_confirmed": _("Confirmed a missed report"),
    "missed_declined": _("Declined a missed report"),
    "missed_objected": _("Objected to a missed report"),
}


COUNTS.update(
    {
        pair(part, whole): format_lazy(
            _("{part} (of: {whole})"), part=COUNTS[part], whole=COUNTS[whole]
        )
        for part, whole in PAIRS
    }
)


def indicator(name: str, per: str = "") -> str:
    """The word of a count, a rate, a quotient of two counts, or a count per unit of size."""
    if per:
        return str(_("%(count)s per %(size)s") % {"count": indicator(name), "size": SIZES[per]})
    if "/" in name:
        return " / ".join(str(COUNTS[part]) for part in name.split("/"))
    return str(RATES[name] if name in RATES else COUNTS[name])
