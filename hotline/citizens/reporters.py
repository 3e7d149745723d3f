"""Who reported a case, and what they said when told of its end: for the page of the case.

Numbers are masked, and only for who takes calls; a department learns nothing of a citizen.
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from cases.machine.rules import oversees
from citymgmt.accounts.posts import TAKE_CALLS
from citymgmt.accounts.rules import holds
from hotline.citizens.queries import about
from hotline.models import Call, CallBack, PublicReport, Rating, Unsolved

# Who decides on a case in the center may know that somebody waits.
DECIDING = ("accept", "file", "dispatch", "close", "supervise", "force_close")
SHOWN = 20


def may_know(user, case) -> bool:
    deciding = holds(user, TAKE_CALLS) or any(holds(user, verb) for verb in DECIDING)
    return deciding and oversees(user, case)


def block(user, case) -> dict | None:
    """{people: [{number, name, pk, reply, source, at, case}], wishes}; None for strangers."""
    if not may_know(user, case):
        return None
    people = _people(case)
    if not people:
        return None
    if not holds(user, TAKE_CALLS):
        for row in people:
            row |= {"number": "", "name": "", "pk": None}
    return {"people": people, "wishes": any(row["reply"] for row in people), "of": case.number}


def known(case) -> Q:
    """Citizens behind a case."""
    calls = Q(calls__case=case) | Q(calls__case__merged_into=case)
    return calls | Q(reports__case=case) | Q(reports__case__merged_into=case)


def _people(case) -> list[dict]:
    calls = Call.objects.filter(about(case)).select_related("caller", "source", "case")
    reports = PublicReport.objects.filter(about(case)).select_related("citizen", "case__source")
    rows = [_row(row.caller, row.reply_required, row.source, row.at, row.case) for row in calls]
    rows += [
        _row(row.citizen, row.reply_required, row.case.source, row.case.reported_at, row.case)
        for row in reports
    ]
    return sorted(rows, key=lambda row: row["at"])[:SHOWN]


def _row(citizen, reply, source, at, case):
    return {
        "number": citizen.masked if citizen else "",
        "name": citizen.name if citizen else "",
        "pk": citizen.pk if citizen else None,
        "withheld": citizen is None,
        "reply": reply,
        "source": source,
        "at": at,
        "case": case.number,
    }


# --- the log --------------------------------------------------------------------------------
def lines(user, case) -> list[dict]:
    """Call-backs, ratings and objections as steps of the log."""
    if not may_know(user, case):
        return []
    calls = CallBack.objects.filter(about(case)).select_related("by")
    ratings = Rating.objects.filter(
        Q(report__case=case) | Q(report__case__merged_into=case)
    ).order_by("at")
    objections = Unsolved.objects.filter(case=case).select_related("follower")
    return [
        *map(_called, calls),
        *(
            _step(row.at, _("Rated by the citizen"), row.get_result_display(), row.result <= 0)
            for row in ratings
        ),
        *map(_objected, objections),
    ]


def _called(row):
    if not row.reached:
        return _step(row.at, _("Call-back"), _note(_("nobody answered"), row.note), False, row.by)
    said = _("service: %(service)s, result: %(result)s") % {
        "service": row.get_service_display(),
        "result": row.get_result_display(),
    }
    return _step(row.at, _("Call-back"), _note(said, row.note), row.result <= 0, row.by)


def _objected(row):
    words = f"“{row.words}”"
    note = f"{words} → {row.follower.number}" if row.follower else words
    return _step(row.at, _("The citizen: still not solved"), note, True)


def _note(*parts):
    return " · ".join(filter(None, parts))


def _step(at, name, note, back, by=None):
    return {
        "at": at,
        "name": name,
        "note": note,
        "back": back,
        "state": "registered",
        "post": _("Hotline") if by else _("Public"),
        "person": by or "",
        "share": None,
    }
