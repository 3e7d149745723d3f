"""Reference lists: the codes that reports, filters and actions are made of.

For whoever is signed in and holds any verb. Lists of rows tell what changed since a moment. Each
answer has an ETag: asked again with If-None-Match, a list that has not changed is a 304.
"""

from datetime import datetime, time

from django.db.models import Case, DateTimeField, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from cases.models import AreaLimit, FilingCondition, Source, StandardEdition
from citymgmt.accounts.models import Department
from citymgmt.api.base import Api, HoldsAny, Moment, Paged, page_by_change, page_by_key
from citymgmt.api.cases import Problem
from grid.models import Area
from inventory.models import ClassEdition, Kind, MatterClass

MOST = 1000


class RefQuery(Paged):
    """With `updated_since` in the order of change."""

    limit = serializers.IntegerField(default=MOST, min_value=1, max_value=MOST)
    updated_since = Moment(
        required=False,
        help_text="Rows that changed, or whose edition came into force, at or after this moment.",
    )


def page_of(shape):
    """The shape of a page of such rows."""
    fields = {
        "results": shape(many=True),
        "next": serializers.CharField(allow_null=True),
    }
    return type(f"{shape.__name__}Page", (serializers.Serializer,), fields)


class Reference(Api):
    """`shape` is that of a row; `rows` gives them, as a queryset or as a list that is whole.

    `moment` names the column or annotation by which `updated_since` asks.
    """

    permission_classes = [IsAuthenticated, HoldsAny]
    shape: type[serializers.Serializer]
    moment = "updated_at"

    def get(self, request):
        rows = self.rows(request)
        following = None
        if isinstance(rows, QuerySet) and self.asked.get("updated_since"):
            rows, following = page_by_change(rows, self.asked, self.moment)
        elif isinstance(rows, QuerySet):
            rows, following = page_by_key(rows, self.asked)
        data = self.shape(rows, many=True, context={"user": request.user}).data
        return Response({"results": data, "next": following})


def reference(name, shape, query, description):
    """Decorator: what the schema says of a reference list."""
    said = extend_schema(
        operation_id=f"v1_ref_{name}",
        description=description,
        parameters=[query] if issubclass(query, Paged) else [],
        responses={200: page_of(shape), 400: Problem, 401: Problem, 403: Problem},
    )
    return extend_schema_view(get=said)


def by_switch(rows, asked):
    """Those in use, or all: whoever mirrors a list must hear of what went out of use."""
    wanted = asked.get("active")
    return rows if wanted is None else rows.filter(active=wanted)


class ActiveQuery(RefQuery):
    active = serializers.BooleanField(required=False)


# --- sources and departments ----------------------------------------------------------------
class SourceOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    group = serializers.CharField(help_text="collector, public or other")
    needs_verify = serializers.BooleanField()
    active = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


@reference("sources", SourceOut, ActiveQuery, "Where a report may come from.")
class SourcesView(Reference):
    query = ActiveQuery
    shape = SourceOut

    def rows(self, request):
        return by_switch(Source.objects.all(), self.asked)


class DepartmentOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.CharField()
    group = serializers.CharField()
    parent = serializers.CharField(source="parent.code", default=None, allow_null=True)
    active = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


@reference("departments", DepartmentOut, ActiveQuery, "Departments, each with the one above it.")
class DepartmentsView(Reference):
    query = ActiveQuery
    shape = DepartmentOut

    def rows(self, request):
        return by_switch(Department.objects.select_related("parent"), self.asked)


# --- areas ----------------------------------------------------------------------------------
class AreaQuery(RefQuery):
    level = serializers.ChoiceField(Area.Level.choices, required=False)
    parent = serializers.CharField(required=False, allow_blank=True)


class AreaOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    parent = serializers.CharField(source="parent.code", default=None, allow_null=True)
    area_class = serializers.CharField()
    updated_at = serializers.DateTimeField()


@reference("areas", AreaOut, AreaQuery, "City, districts, streets and communities, no polygons.")
class AreasView(Reference):
    query = AreaQuery
    shape = AreaOut

    def rows(self, request):
        rows = Area.objects.select_related("parent")
        rows = rows.only("code", "name", "level", "area_class", "updated_at", "parent__code")
        if level := self.asked.get("level"):
            rows = rows.filter(level=level)
        if parent := self.asked.get("parent"):
            rows = rows.filter(parent__code=parent)
        return rows


# --- editions, classes and conditions -------------------------------------------------------
class EditionOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    active = serializers.BooleanField(help_text="Whether it is used from its day on.")
    in_force = serializers.BooleanField(help_text="Whether it is used today.")
    updated_at = serializers.DateTimeField(source="changed_at")


class ClassEditionOut(EditionOut):
    local = serializers.BooleanField(help_text="A city's own classes beside the national ones.")


def _editions(model):
    in_force = model.objects.in_force().values("pk")
    used = Exists(model.objects.filter(pk=OuterRef("pk"), pk__in=in_force))
    return model.objects.annotate(in_force=used, changed_at=_changed(model, "pk"))


def _changed(editions, key):
    """When a row changed: it was written, or the day of its edition began. A day is local."""
    today = timezone.localdate()
    begun = editions.objects.filter(active=True, valid_from__lte=today)
    days = [
        When(**{key: pk}, then=Value(timezone.make_aware(datetime.combine(day, time()))))
        for pk, day in begun.values_list("pk", "valid_from")
    ]
    began = Case(*days, default=F("updated_at"), output_field=DateTimeField())
    return Greatest("updated_at", began)


@reference(
    "editions",
    ClassEditionOut,
    RefQuery,
    "Numberings of classes. One whose `updated_at` moved is to be read anew as a whole: rows may "
    "have been taken out of it. On the day another one begins, the one before it ends.",
)
class EditionsView(Reference):
    query = RefQuery
    shape = ClassEditionOut
    moment = "changed_at"

    def rows(self, request):
        return _editions(ClassEdition)


@reference(
    "standards",
    EditionOut,
    RefQuery,
    "Tables of filing conditions, by edition; read anew and followed as those of classes.",
)
class StandardsView(Reference):
    query = RefQuery
    shape = EditionOut
    moment = "changed_at"

    def rows(self, request):
        return _editions(StandardEdition)


class ClassQuery(RefQuery):
    """Without `edition`, what is in force."""

    kind = serializers.ChoiceField(Kind.choices, required=False)
    edition = serializers.CharField(required=False, allow_blank=True)


class ClassOut(serializers.Serializer):
    edition = serializers.CharField(source="edition.code")
    kind = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    major = serializers.CharField()
    major_zh = serializers.CharField()
    major_en = serializers.CharField()
    minor = serializers.CharField()
    geometry = serializers.CharField(source="shape")
    updated_at = serializers.DateTimeField(source="changed_at")


@reference("classes", ClassOut, ClassQuery, "Classes of components and events.")
class ClassesView(Reference):
    query = ClassQuery
    shape = ClassOut
    moment = "changed_at"

    def rows(self, request):
        rows = MatterClass.objects.select_related("edition")
        if edition := self.asked.get("edition"):
            rows = rows.filter(edition__code=edition)
        else:
            rows = rows.in_use()
        rows = rows.annotate(changed_at=_changed(ClassEdition, "edition"))
        if kind := self.asked.get("kind"):
            rows = rows.filter(kind=kind)
        return rows


class LimitOut(serializers.ModelSerializer):
    class Meta:
        model = AreaLimit
        fields = ["area_class", "limit_value", "limit_unit"]


class ConditionQuery(ClassQuery):
    def get_fields(self):
        """`class` is no name in Python."""
        code = serializers.CharField(required=False, allow_blank=True)
        return super().get_fields() | {"class": code}


class ConditionOut(serializers.Serializer):
    id = serializers.IntegerField(help_text="Sent as filing_condition.")
    edition = serializers.CharField(source="edition.code")
    kind = serializers.CharField(source="matter_class.kind")
    class_code = serializers.CharField(source="matter_class.code")
    number = serializers.IntegerField()
    text = serializers.CharField()
    text_zh = serializers.CharField()
    text_en = serializers.CharField()
    closing = serializers.CharField()
    closing_zh = serializers.CharField()
    closing_en = serializers.CharField()
    limit_value = serializers.DecimalField(max_digits=7, decimal_places=2)
    limit_unit = serializers.CharField()
    area_limits = LimitOut(many=True, help_text="Other limits by the class of the area.")
    responsible_role = serializers.CharField()
    co_roles = serializers.ListField(child=serializers.CharField())
    updated_at = serializers.DateTimeField(source="changed_at")


@reference("conditions", ConditionOut, ConditionQuery, "Filing conditions with their limits.")
class ConditionsView(Reference):
    query = ConditionQuery
    shape = ConditionOut
    moment = "changed_at"

    def rows(self, request):
        rows = FilingCondition.objects.select_related("edition", "matter_class")
        rows = rows.prefetch_related("area_limits")
        if edition := self.asked.get("edition"):
            rows = rows.filter(edition__code=edition)
        else:
            rows = rows.in_force()
        rows = rows.annotate(changed_at=_changed(StandardEdition, "edition"))
        for name, field in (("kind", "matter_class__kind"), ("class", "matter_class__code")):
            if value := self.asked.get(name):
                rows = rows.filter(**{field: value})
        return rows
