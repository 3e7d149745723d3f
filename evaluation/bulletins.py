"""Bulletins: a draft from the figures, then checked, approved and published; corrected by the
next version."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.posts import EVALUATE, PUBLISH
from citymgmt.lib.errors import BadInput, NotNow
from citymgmt.lib.naming import in_language
from evaluation import sheets
from evaluation.actions import need
from evaluation.figures import numbers
from evaluation.indicators import percent
from evaluation.models import Bulletin, Evaluation, Kind
from evaluation.sums import check_sums
from evaluation.words import COUNTS, RATES

APPROVE = "instruct"  # the commander's own verb
BLOCKS = ("summary", "sources", "classes", "rankings", "remarks")
GAPS_TOLD = 5
LISTED = 5  # sources, classes and objects named in a paragraph
Status = Bulletin.Status
# status -> (the one before, verb that leads there, column of who did it)
STEPS = {
    Status.CHECKED: (Status.DRAFT, EVALUATE, "checked_by"),
    Status.APPROVED: (Status.CHECKED, APPROVE, "approved_by"),
    Status.PUBLISHED: (Status.APPROVED, PUBLISH, "published_by"),
}
TITLE_LENGTH = 160


@transaction.atomic
def draft(*, evaluation: Evaluation, by, request=None) -> Bulletin:
    """A draft whose paragraphs are written from the figures, in the language of the writer."""
    need(by, EVALUATE)
    sheet = sheets.frozen(evaluation.pk)
    bulletin = Bulletin.objects.create(
        evaluation=evaluation, by=by, title=_title(evaluation), texts=paragraphs(sheet)
    )
    _record("draft_bulletin", bulletin, by, request)
    return bulletin


@transaction.atomic
def edit(*, bulletin: Bulletin, title: str, texts: dict, by, request=None) -> Bulletin:
    """Change the words of a draft."""
    need(by, EVALUATE)
    bulletin = _locked(bulletin)
    if bulletin.status != Status.DRAFT:
        raise NotNow(_("Only a draft can be edited."), "not_a_draft")
    if not title.strip() or len(title) > TITLE_LENGTH:
        raise BadInput(_("Give a title."), fields={"title": [_("1 to 160 characters.")]})
    bulletin.title = title.strip()
    bulletin.texts = {name: texts.get(name, "").strip() for name in BLOCKS}
    bulletin.save()
    return bulletin


@transaction.atomic
def advance(*, bulletin: Bulletin, to: str, by, request=None) -> Bulletin:
    """Take a bulletin to its next status. Publishing is refused while parts do not add up."""
    if to not in STEPS:
        raise BadInput(_("There is no such status."), "unknown_status")
    before, verb, column = STEPS[Status(to)]
    need(by, verb)
    bulletin = _locked(bulletin)
    if bulletin.status != before:
        raise NotNow(_("This is not possible in the present status."), "wrong_status")
    if to != Status.APPROVED and (gaps := check_sums(bulletin.evaluation)):
        reasons = " ".join(str(gap) for gap in gaps[:GAPS_TOLD])
        raise NotNow(_("The parts do not add up. %(gaps)s") % {"gaps": reasons}, "sums")
    bulletin.status = to
    setattr(bulletin, column, by)
    if to == Status.PUBLISHED:
        bulletin.published_at = timezone.now()
    bulletin.save()
    _record(f"bulletin_{to}", bulletin, by, request)
    return bulletin


@transaction.atomic
def back_to_draft(*, bulletin: Bulletin, by, request=None) -> Bulletin:
    """Whoever may check or approve can hand an unpublished bulletin back to its writer."""
    need(by, EVALUATE if bulletin.status == Status.CHECKED else APPROVE)
    bulletin = _locked(bulletin)
    if bulletin.status not in (Status.CHECKED, Status.APPROVED):
        raise NotNow(_("This is not possible in the present status."), "wrong_status")
    bulletin.status, bulletin.checked_by, bulletin.approved_by = Status.DRAFT, None, None
    bulletin.save()
    _record("bulletin_draft", bulletin, by, request)
    return bulletin


@transaction.atomic
def correct(*, bulletin: Bulletin, evaluation: Evaluation, by, request=None) -> Bulletin:
    """The next version of a published bulletin, from newer figures of the same period."""
    need(by, EVALUATE)
    if bulletin.status != Status.PUBLISHED:
        raise NotNow(_("Only a published bulletin is corrected; edit this one."), "not_published")
    if Bulletin.objects.filter(corrects=bulletin).exists():
        raise NotNow(_("This bulletin has a correction already."), "corrected")
    old = bulletin.evaluation
    if (evaluation.start, evaluation.end) != (old.start, old.end):
        raise BadInput(_("The figures are of another period."), "other_period")
    new = Bulletin.objects.create(
        evaluation=evaluation, by=by, title=bulletin.title, corrects=bulletin,
        version=bulletin.version + 1, texts=paragraphs(sheets.frozen(evaluation.pk)),
    )  # fmt: skip
    _record("correct_bulletin", new, by, request)
    return new


def _locked(bulletin):
    return Bulletin.objects.select_for_update(of=("self",)).get(pk=bulletin.pk)


def _record(verb, bulletin, by, request):
    data = {"bulletin": bulletin.pk, "version": bulletin.version}
    record(verb=verb, subject=bulletin.title, by=by, data=data, request=request)


# --- words ----------------------------------------------------------------------------------
def _days(evaluation) -> dict[str, str]:
    return {"start": date_format(evaluation.start), "end": date_format(evaluation.end)}


def _title(evaluation) -> str:
    return _("City management bulletin, %(start)s to %(end)s") % _days(evaluation)


def paragraphs(sheet: sheets.Sheet) -> dict[str, str]:
    """The blocks of a draft, by name."""
    shares = sheet.summary["shares"]
    return {
        "summary": _summary(sheet),
        "sources": _shares(_("Filed by source"), shares["source"], sheet),
        "classes": _shares(_("Most frequent classes"), shares["minor"], sheet),
        "rankings": "\n".join(
            line for kind in (Kind.STREET, Kind.DEPARTMENT) if (line := _ranking(sheet, kind))
        ),
        "remarks": "",
    }


def _summary(sheet) -> str:
    counts = [
        _("%(name)s %(number)s")
        % {"name": COUNTS[name], "number": sheets.figure(sheet.totals[name])}
        for name in sheets.TOTALS
    ]
    decimals = sheet.settings.decimals
    before = sheets.previous(sheet)
    old = numbers(before.figures["rates"]) if before else {}
    rates = [_rate(name, sheet.rates[name], old.get(name), decimals) for name in sheets.TOTAL_RATES]
    return _("From %(start)s to %(end)s: %(counts)s. %(rates)s.") % {
        **_days(sheet.evaluation), "counts": _joined(counts), "rates": _joined(rates),
    }  # fmt: skip


def _rate(name, value, before, decimals) -> str:
    said = _("%(name)s %(number)s") % {"name": RATES[name], "number": percent(value, decimals)}
    if value is None or before is None:
        return said
    change = {"rate": said, "points": sheets.signed(value - before)}
    return _("%(rate)s (%(points)s percentage points)") % change


def _shares(title, rows, sheet) -> str:
    decimals = sheet.settings.decimals
    said = [
        _("%(name)s %(number)s (%(percent)s)") % {
            "name": in_language(row["zh"], row["en"]), "number": row["filed"],
            "percent": percent(Decimal(row["percent"]), decimals) if row["percent"] else "–",
        }
        for row in rows[:LISTED]
    ]  # fmt: skip
    return _("%(title)s: %(list)s.") % {"title": title, "list": _joined(said)} if said else ""


def _ranking(sheet, kind) -> str:
    ranked = [row for row in sheet.of_kind(kind) if row.score is not None]
    ranked.sort(key=lambda row: -row.score)
    if not ranked:
        return ""
    said = [f"{row.name} {sheets.shown(row.score)}" for row in ranked[:LISTED]]
    return _("%(kind)s by score: %(list)s; lowest: %(last)s.") % {
        "kind": Kind(kind).label, "list": _joined(said),
        "last": f"{ranked[-1].name} {sheets.shown(ranked[-1].score)}",
    }  # fmt: skip


def _joined(parts) -> str:
    return _(", ").join(parts)
