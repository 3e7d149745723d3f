"""Bulletins: draft, words, status, print."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from citymgmt.accounts.access import attempt, needs
from citymgmt.accounts.posts import EVALUATE, PUBLISH, SEE_SCORES
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import Refused
from citymgmt.lib.naming import in_language
from evaluation.bulletins import actions, fields
from evaluation.bulletins.forms import BLOCK_NAMES, BulletinForm
from evaluation.counting.indicators import percent
from evaluation.models import Bulletin, Evaluation, Kind
from evaluation.results.sums import absurd_rates, check_sums
from evaluation.sheets import queries as sheets

TOP = 10


@require_POST
@needs(EVALUATE)
def new(request, pk):
    evaluation = get_object_or_404(Evaluation, pk=pk)
    bulletin = actions.draft(evaluation=evaluation, by=request.user, request=request)
    return redirect(bulletin)


@never_cache
@needs(SEE_SCORES)
def bulletin(request, pk):
    """The printable page; while it is a draft, its words can be edited below."""
    rows = Bulletin.objects.select_related(
        "evaluation__scheme", "by", "checked_by", "approved_by", "published_by", "corrects"
    )
    row = get_object_or_404(rows, pk=pk)
    editable = row.status == Bulletin.Status.DRAFT and holds(request.user, EVALUATE)
    form = BulletinForm(request.POST or None, initial={"title": row.title, **row.texts})
    preview = "preview" in request.POST
    if request.method == "POST" and form.is_valid():
        given = {"bulletin": row, "title": form.cleaned_data["title"], "texts": form.texts}
        deed = actions.preview if preview else actions.edit
        if attempt(request, deed, form=form, **given) and not preview:
            messages.success(request, _("Saved."))
            return redirect(row)
        if not form.errors:
            row.title, row.texts = given["title"], given["texts"]
    context = _content(row) | _steps(request.user, row)
    context |= {"form": editable and form, "preview": preview and not form.errors}
    status = 422 if form.errors else 200
    return render(request, "evaluation/bulletins/bulletin.html", context, status=status)


def _content(row):
    sheet = sheets.frozen(row.evaluation_id)
    before = sheets.previous(sheet)
    kinds = (Kind.STREET, Kind.DEPARTMENT)
    decimals = sheet.settings.decimals
    known = fields.fields(sheet)
    values = {field.name: field.value for field in known}
    return {
        "bulletin": row, "sheet": sheet, "strip": sheets.strip(sheet, before),
        "texts": [
            (BLOCK_NAMES[name], fields.filled(row.texts[name], values))
            for name in actions.BLOCKS
            if row.texts.get(name)
        ],
        "known": known,
        "tables": [(kind.label, sheets.table(sheet, kind, before)) for kind in kinds],
        "shares": [
            (label, [_share(row, decimals) for row in rows]) for label, rows in _shares(sheet)
        ],
        "gaps": [
            str(gap) for gap in [*check_sums(row.evaluation), *absurd_rates(row.evaluation)]
        ],
    }  # fmt: skip


def _share(row, decimals):
    name = in_language(row["zh"], row["en"])
    return name, row["filed"], percent(sheets.exact(row["percent"]), decimals)


def _shares(sheet):
    shares = sheet.summary["shares"]
    yield _("Sources"), shares["source"]
    yield _("Major classes"), shares["major"]
    yield _("Most frequent classes"), shares["minor"][:TOP]


def _steps(user, row):
    """The buttons of the person: the next status, back to draft, a correction."""
    step = next(((to, s) for to, s in actions.STEPS.items() if s[0] == row.status), None)
    status = Bulletin.Status
    returns = {status.CHECKED: EVALUATE, status.APPROVED: actions.APPROVE}
    same = actions.same_person(row, user) if step and step[0] != status.PUBLISHED else ""
    return {
        "next": step[0] if step and holds(user, step[1][1]) and not same else None,
        "same_person": same if step and holds(user, step[1][1]) else "",
        "may_return": row.status in returns and holds(user, returns[row.status]),
        "may_correct": row.status == status.PUBLISHED
        and holds(user, EVALUATE)
        and not Bulletin.objects.filter(corrects=row).exists(),
        "correction": Bulletin.objects.filter(corrects=row).first(),
    }


@require_POST
@needs(EVALUATE, PUBLISH, actions.APPROVE)
def advance(request, pk):
    row, to = get_object_or_404(Bulletin, pk=pk), request.POST.get("to", "")
    if to == Bulletin.Status.DRAFT:
        attempt(request, actions.back_to_draft, bulletin=row)
    else:
        attempt(request, actions.advance, bulletin=row, to=to)
    return redirect(row)


@require_POST
@needs(EVALUATE)
def correct(request, pk):
    """Start the next version from the newest figures of the period."""
    row = get_object_or_404(Bulletin.objects.select_related("evaluation__scheme"), pk=pk)
    old = row.evaluation
    same = Evaluation.objects.filter(
        start=old.start, end=old.end, scheme__code=old.scheme.code
    ).order_by("-pk")
    newest = same.first()
    if newest is None:
        raise Http404
    try:
        made = actions.correct(bulletin=row, evaluation=newest, by=request.user, request=request)
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect(row)
    return redirect(made)
