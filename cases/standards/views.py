"""The standards to look through: classes of an edition and their filing conditions."""

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import render
from django.urls import path

from cases.models import FilingCondition, StandardEdition
from citymgmt.accounts.access import needs
from citymgmt.accounts.models import Department
from citymgmt.accounts.posts import MANAGE_STANDARDS, SEE_MAP
from citymgmt.lib import writing
from citymgmt.lib.search import matching
from inventory.models import ClassEdition, Kind, MatterClass

PAGE = 25
SEARCHED = ("name_zh", "name_en", "conditions__text_zh", "conditions__text_en")
MAJORS_SHOWN = ("kind", "major", "major_zh", "major_en")


@needs(SEE_MAP, MANAGE_STANDARDS)
def standards(request):
    names = ("edition", "kind", "major", "q", "standard")
    asked = {name: request.GET.get(name, "").strip() for name in names}
    editions, tables = list(ClassEdition.objects.all()), list(StandardEdition.objects.all())
    classes = _of_edition(asked["edition"])
    table = _table(tables, asked["standard"])
    conditions = FilingCondition.objects.filter(edition=table).prefetch_related("area_limits")
    rows = (
        _filtered(classes, asked)
        .select_related("edition")
        .prefetch_related(Prefetch("conditions", conditions))
    )
    return render(request, "cases/standards/standards.html", {
        "page": _named(Paginator(rows.order_by("kind", "code", "edition"), PAGE).get_page(
            request.GET.get("page")
        )),
        "asked": asked, "editions": editions, "tables": tables, "table": table,
        "kinds": Kind.choices, "majors": _majors(classes, asked["kind"]),
    })  # fmt: skip


def _named(page):
    """Roles are codes of departments; the page shows their names where such a department is."""
    names = {department.code: department.name for department in Department.objects.all()}
    for row in page.object_list:
        for one in row.conditions.all():
            roles = [one.responsible_role, *one.co_roles]
            one.responsible_names = [names.get(role, role) for role in roles]
    return page


def _of_edition(code):
    """Without a choice: the classes that reports name today."""
    if code:
        return MatterClass.objects.filter(edition__code=code)
    return MatterClass.objects.in_use()


def _table(tables, code):
    if code:
        return next((table for table in tables if table.code == code), None)
    return StandardEdition.objects.in_force().first()


def _majors(classes, kind):
    if kind:
        classes = classes.filter(kind=kind)
    rows = classes.order_by("kind", "major").distinct()
    return list({(m.kind, m.major): m for m in rows.only(*MAJORS_SHOWN)}.values())


def _filtered(classes, asked):
    if asked["kind"]:
        classes = classes.filter(kind=asked["kind"])
    kind, _sep, major = asked["major"].partition(":")
    if major:
        classes = classes.filter(kind=kind, major=major)
    if not writing.words(asked["q"]):
        return classes
    return classes.filter(matching(asked["q"], contains=SEARCHED, starts=("code",))).distinct()


urlpatterns = [path("standards/", standards, name="standards")]
