"""Bulletins: a draft from the figures, then checked, approved and published; corrected by the
next version."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from citymgmt.accounts.audit import record
from citymgmt.accounts.posts import EVALUATE, PUBLISH
from citymgmt.lib.errors import BadInput, NotNow
from evaluation.bulletins import fields
from evaluation.counting.labels import COUNTS, RATES
from evaluation.models import Bulletin, Evaluation, Kind
from evaluation.record.chain import seal
from evaluation.results.sums import absurd_rates, check_sums
from evaluation.rules import need
from evaluation.sheets import queries as sheets

APPROVE = "instruct"  # the commander's own verb
BLOCKS = ("summary", "sources", "classes", "rankings", "remarks")
GAPS_TOLD = 5
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


def preview(*, bulletin: Bulletin, title: str, texts: dict, by, request=None) -> None:
    """Whether these words could be saved; nothing is."""
    need(by, EVALUATE)
    check_words(bulletin, title, texts)


@transaction.atomic
def edit(*, bulletin: Bulletin, title: str, texts: dict, by, request=None) -> Bulletin:
    """Change the words of a draft; who does so is its author."""
    need(by, EVALUATE)
    bulletin = _locked(bulletin)
    if bulletin.status != Status.DRAFT:
        raise NotNow(_("Only a draft can be edited."), "not_a_draft")
    if not title.strip() or len(title) > TITLE_LENGTH:
        raise BadInput(_("Give a title."), fields={"title": [_("1 to 160 characters.")]})
    texts = {name: texts.get(name, "").strip() for name in BLOCKS}
    check_words(bulletin, title, texts)
    bulletin.title = title.strip()
    bulletin.texts = texts
    bulletin.by = by
    bulletin.save()
    return bulletin


def check_words(bulletin: Bulletin, title: str, texts: dict) -> None:
    """BadInput for figures typed by hand and for fields that the evaluation does not have."""
    known = fields.values(sheets.frozen(bulletin.evaluation_id))
    fields.check(title, {}, "title")
    for name, text in texts.items():
        fields.check(text, known, name)


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
    if to != Status.PUBLISHED and (reason := same_person(bulletin, by)):
        raise NotNow(reason, "same_person")
    if to != Status.APPROVED:
        check_words(bulletin, bulletin.title, bulletin.texts)
        _check_figures(bulletin.evaluation)
    bulletin.status = to
    setattr(bulletin, column, by)
    if to == Status.PUBLISHED:
        bulletin.published_at = timezone.now()
    bulletin.save()
    if to == Status.PUBLISHED:
        seal(bulletin)
    _record(f"bulletin_{to}", bulletin, by, request)
    return bulletin


def same_person(bulletin: Bulletin, user) -> str:
    """Why somebody may not take the next step of a bulletin: author, checker and approver are
    three people. "" where they may."""
    if user == bulletin.by:
        return _("You wrote this bulletin: others check and approve it.")
    if user == bulletin.checked_by:
        return _("You checked this bulletin: another person approves it.")
    return ""


def _check_figures(evaluation: Evaluation) -> None:
    """NotNow while parts do not add up or a rate passes 100 %."""
    if gaps := check_sums(evaluation):
        reasons = " ".join(str(gap) for gap in gaps[:GAPS_TOLD])
        raise NotNow(_("The parts do not add up. %(gaps)s") % {"gaps": reasons}, "sums")
    if faults := absurd_rates(evaluation):
        reasons = " ".join(str(fault) for fault in faults[:GAPS_TOLD])
        raise NotNow(_("Rates pass 100 %%. %(rates)s") % {"rates": reasons}, "absurd")


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
def _title(evaluation) -> str:
    days = {"start": date_format(evaluation.start), "end": date_format(evaluation.end)}
    return _("City management bulletin, %(start)s to %(end)s") % days


def paragraphs(sheet: sheets.Sheet) -> dict[str, str]:
    """The blocks of a draft by name: words around fields (`fields`)."""
    known = [field.name for field in fields.fields(sheet)]
    return {
        "summary": _summary(known),
        "sources": _shares(_("Filed by source"), "source", known),
        "classes": _shares(_("Most frequent classes"), "class", known),
        "rankings": "\n".join(line for kind in fields.RANKED if (line := _ranking(kind, known))),
        "remarks": "",
    }


def _field(name: str) -> str:
    return f"{{{{{name}}}}}"


def _summary(known) -> str:
    counts = [_said(COUNTS[name], name) for name in sheets.TOTALS]
    rates = [_rate(name, known) for name in sheets.TOTAL_RATES]
    return _("From %(start)s to %(end)s: %(counts)s. %(rates)s.") % {
        "start": _field("start"),
        "end": _field("end"),
        "counts": _joined(counts),
        "rates": _joined(rates),
    }


def _said(word, name) -> str:
    return _("%(name)s %(number)s") % {"name": word, "number": _field(name)}


def _rate(name, known) -> str:
    said = _said(RATES[name], name)
    if f"{name}.change" not in known:
        return said
    change = {"rate": said, "points": _field(f"{name}.change")}
    return _("%(rate)s (%(points)s percentage points)") % change


def _places(kind, known) -> list[str]:
    return [name.removesuffix(".name") for name in known if _is_name_of(kind, name)]


def _is_name_of(kind, name) -> bool:
    return name.startswith(f"{kind}.") and name.endswith(".name")


def _shares(title, kind, known) -> str:
    said = [
        _("%(name)s %(number)s (%(percent)s)")
        % {
            "name": _field(f"{place}.name"),
            "number": _field(f"{place}.filed"),
            "percent": _field(f"{place}.percent"),
        }
        for place in _places(kind, known)
    ]
    return _("%(title)s: %(list)s.") % {"title": title, "list": _joined(said)} if said else ""


def _ranking(kind, known) -> str:
    said = [
        f"{_field(f'{place}.name')} {_field(f'{place}.score')}" for place in _places(kind, known)
    ]
    if not said:
        return ""
    ranked, last = said, said[-1]
    if f"{kind}.last.name" in known:
        ranked = said[:-1]
    return _("%(kind)s by score: %(list)s; lowest: %(last)s.") % {
        "kind": Kind(kind).label,
        "list": _joined(ranked),
        "last": last,
    }


def _joined(parts) -> str:
    return _(", ").join(parts)
