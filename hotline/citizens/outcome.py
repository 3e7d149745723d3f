"""How a case ended, in plain words: for the citizen, and for whoever tells them.

The public words name units, days and standard conditions; never a person, an opinion or a code.
"""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.machine.inputs import CHECK_RESULTS
from cases.models import Attachment, Case
from cases.states import Action, State

# What a reason of `cases.machine.inputs.REJECT_REASONS` means for who reported.
REASONS = {
    "out_of_scope": gettext_lazy(
        "This is not a matter that city management may deal with. Please turn to the office that "
        "is in charge of it."
    ),
    "invalid": gettext_lazy(
        "The problem could not be found at this place, or the report does not say enough to act "
        "on. If it is still there, please report it again with a photo."
    ),
    "duplicate": gettext_lazy("The same problem has been reported before and is dealt with there."),
}
ORIGINS = {
    Case.VoidOrigin.DECLINE: gettext_lazy(
        "The center has looked at it: it does not meet the city's conditions for taking a matter "
        "on."
    ),
    Case.VoidOrigin.VOID: gettext_lazy(
        "The center has looked at it again and has withdrawn it: there is nothing to be done by "
        "the units in charge."
    ),
}


# --- for the citizen ------------------------------------------------------------------------
def sentences(case) -> list[str]:
    """What was done with a case that has ended, or why nothing was; [] for one that has not."""
    if case.state == State.CLOSED:
        return _what_was_done(case)
    if case.state == State.VOID and not case.merged_into_id:
        return [_why_not(case)]
    return []


def in_one(said: list[str]) -> str:
    """Sentences as one text: Chinese sets no blank between them."""
    text = ""
    for sentence in said:
        pair = {"first": text, "second": sentence}
        text = _("%(first)s %(second)s") % pair if text else sentence
    return text


def _what_was_done(case):
    if case.self_disposed:
        day = _day(case.closed_at)
        return [_("Our collector put it right on the spot; it was closed on %(day)s.") % day]
    said = []
    if case.department and case.disposed_at:
        unit = _day(case.disposed_at) | {"unit": case.department}
        said.append(_("%(unit)s dealt with it and reported it as finished on %(day)s.") % unit)
    closing = case.filing_condition and case.filing_condition.closing
    if closing:
        said.append(_("What had to be reached: %(closing)s.") % {"closing": closing.rstrip("。.")})
    return [*said, _how_it_was_closed(case)]


def _how_it_was_closed(case):
    day = _day(case.closed_at)
    if case.closed_kind == Case.ClosedKind.SPECIAL:
        return _("The center closed it on %(day)s for special reasons.") % day
    if case.closed_kind == Case.ClosedKind.DEFECTIVE:
        return _("It was closed on %(day)s although not everything could be put right.") % day
    return _("Our collector looked at the place and confirmed it; closed on %(day)s.") % day


def _day(moment) -> dict:
    return {"day": timezone.localtime(moment).strftime("%Y-%m-%d")}


def _why_not(case):
    if case.void_origin != Case.VoidOrigin.REJECT:
        return str(ORIGINS[case.void_origin])
    last = case.events.filter(action=Action.REJECT).order_by("-seq").first()
    return str(REASONS[last.data["reject_reason"]])


def photos_after(case):
    """Photos of the work of the last round, and of a closed case only: all that may be shown."""
    if case.state != State.CLOSED:
        return Attachment.objects.none()
    kind = Attachment.PhotoType.AFTER
    return case.attachments.filter(photo_type=kind, round=case.round).order_by("id")


def in_short(told) -> str:
    """The text message to who sent a report or made a call (`told`): number, end, where to look."""
    case = told.case
    said = in_one(sentences(case.main))
    words = {"what": case.matter_class, "number": case.number, "said": said}
    text = _("Your report %(number)s (%(what)s) has ended. %(said)s") % words
    if hasattr(told, "code"):
        more = _("More, a rating and “still not solved”: page “Track” of the city management.")
        return in_one([text, more])
    return text


# --- for whoever tells them -----------------------------------------------------------------
def for_clerk(case) -> dict:
    """What a call-back page shows of a case that has ended: `told` is the main case of a merged
    one; `disposal` and `check` are log rows or None; `say` is a sentence to read out."""
    told = case.main
    rows = told.events.select_related("by_department", "department").order_by("-seq")
    said = rows.exclude(opinion="")
    # Whoever did the work says more than whoever passed it on.
    disposed = said.filter(action=Action.DISPOSE).first()
    check = rows.filter(action=Action.CHECK).first()
    return {
        "told": told,
        "disposal": disposed or said.filter(action=Action.FEEDBACK).first(),
        "check": check,
        "checked": check and CHECK_RESULTS.get(check.data.get("check_result"), ""),
        "refusal": rows.filter(action__in=(Action.REJECT, Action.DECLINE)).first(),
        "after": list(photos_after(told)),
        "say": _to_say(case, told),
    }


def _to_say(case, told):
    words = _day(case.reported_at) | {
        "what": case.matter_class,
        "where": case.address or f"{case.street} {case.community}",
        "said": in_one(sentences(told)),
    }
    return (
        _(
            "Hello, this is the city management center. On %(day)s you reported: %(what)s, "
            "%(where)s. %(said)s Are you satisfied with the result?"
        )
        % words
    )
