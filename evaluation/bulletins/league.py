"""The public league of departments: the ranking of the last published bulletin, nothing else."""

from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from evaluation.models import Bulletin, Kind, Result
from evaluation.sheets.queries import GROUPS, shown
from hotline.portal import navigation


def last_published() -> Bulletin | None:
    """Of the latest period, in its latest version; drafts and approved ones are not public."""
    rows = Bulletin.objects.filter(status=Bulletin.Status.PUBLISHED).select_related("evaluation")
    return rows.order_by("-evaluation__end", "-version", "-published_at").first()


def standing(bulletin: Bulletin | None) -> tuple[list[dict], list[str]]:
    """(groups, names of those who had too few cases for a rank). A group is {name, rows: [{rank,
    name, score, width}]}: departments that do similar work, best first."""
    if bulletin is None:
        return [], []
    scored = Result.objects.filter(
        evaluation=bulletin.evaluation_id, object_kind=Kind.DEPARTMENT, score__isnull=False
    )
    found: dict[str, list] = {}
    unranked = []
    fields = ("group", "rank", "few", "code", "name_zh", "name_en", "score")
    for row in scored.only(*fields).order_by("group", "rank", "code"):
        if row.few:
            unranked.append(row.name)
            continue
        line = {"rank": row.rank, "name": row.name, "score": shown(row.score), "width": row.score}
        found.setdefault(row.group, []).append(line)
    last = sorted(found, key=lambda name: (name == "", name))  # those of no group
    return [{"name": GROUPS.get(name, name), "rows": found[name]} for name in last], unranked


@require_safe
def league(request):
    bulletin = last_published()
    groups, unranked = standing(bulletin)
    context = {
        "bulletin": bulletin,
        "groups": groups,
        "unranked": unranked,
        "public_nav": navigation.tabs(request),
    }
    return render(request, "evaluation/bulletins/league.html", context)


urlpatterns = [path("public/league/", league, name="league")]
