"""Reference lists: the codes that reports, filters and actions are made of.

For whoever is signed in and holds any verb. Each answer has an ETag: asked again with
If-None-Match, a list that has not changed is a 304.
"""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.response import Response

from cases.inputs import INPUTS, Type
from cases.models import AreaLimit, FilingCondition, Source
from cases.states import MOVES, Action, Scope, State
from citymgmt.accounts.models import Department
from citymgmt.accounts.rules import holds
from citymgmt.api.base import Api, Paged, page_by_key
from citymgmt.api.cases import Problem
from citymgmt.api.given import Strict
from grid.models import Area
from inventory.models import ClassEdition, Kind, MatterClass

MOST = 1000


class HoldsAny(BasePermission):
    """Somebody without a post, or a program without a verb, has no use for codes."""

    message = gettext_lazy("This is not yours to do.")

    def has_permission(self, request, view):
        return bool(request.user.verbs)


class RefQuery(Paged):
    limit = serializers.IntegerField(default=MOST, min_value=1, max_value=MOST)


def page_of(shape):
    """The shape of a page of such rows."""
    fields = {
        "results": shape(many=True),
        "next": serializers.CharField(allow_null=True),
    }
    return type(f"{shape.__name__}Page", (serializers.Serializer,), fields)


class Reference(Api):
    """`shape` is that of a row; `rows` gives them, as a queryset or as a list that is whole."""

    permission_classes = [IsAuthenticated, HoldsAny]
    shape: type[serializers.Serializer]

    def get(self, request):
        rows = self.rows(request)
        following = None
        if isinstance(rows, QuerySet):
            rows, following = page_by_key(rows, self.asked)
        data = self.shape(rows, many=True, context={"user": request.user}).data
        return Response({"results": data, "next": following})


def reference(name, shape, query, description):
    """Decorator: what the schema says of a reference list."""
    said = extend_schema(
        operation_id=f"v1_ref_{name}",
        description=description,
        parameters=[] if query is Strict else [query],
        responses={200: page_of(shape), 400: Problem, 403: Problem},
    )
    return extend_schema_view(get=said)


def by_switch(rows, asked):
    """Those in use, or all: whoever mirrors a list must hear of what went out of use."""
    wanted = asked.get("active")
    return rows if wanted is None else rows.filter(active=wanted)


class ActiveQuery(RefQuery):
    active = serializers.BooleanField(required=False, allow_null=True, default=None)


# --- sources and departments ----------------------------------------------------------------
class SourceOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    group = serializers.CharField(help_text="collector, public or other")
    needs_verify = serializers.BooleanField()
    active = serializers.BooleanField()


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


@reference("areas", AreaOut, AreaQuery, "City, districts, streets and communities, no polygons.")
class AreasView(Reference):
    query = AreaQuery
    shape = AreaOut

    def rows(self, request):
        rows = Area.objects.select_related("parent")
        rows = rows.only("code", "name", "level", "area_class", "parent__code")
        if level := self.asked.get("level"):
            rows = rows.filter(level=level)
        if parent := self.asked.get("parent"):
            rows = rows.filter(parent__code=parent)
        return rows


# --- classes and conditions -----------------------------------------------------------------
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


@reference("classes", ClassOut, ClassQuery, "Classes of components and events.")
class ClassesView(Reference):
    query = ClassQuery
    shape = ClassOut

    def rows(self, request):
        rows = MatterClass.objects.select_related("edition")
        if edition := self.asked.get("edition"):
            rows = rows.filter(edition__code=edition)
        else:
            rows = rows.filter(edition__in=ClassEdition.objects.filter(active=True))
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


@reference("conditions", ConditionOut, ConditionQuery, "Filing conditions with their limits.")
class ConditionsView(Reference):
    query = ConditionQuery
    shape = ConditionOut

    def rows(self, request):
        rows = FilingCondition.objects.select_related("edition", "matter_class")
        rows = rows.prefetch_related("area_limits")
        if edition := self.asked.get("edition"):
            rows = rows.filter(edition__code=edition)
        else:
            rows = rows.in_force()
        for name, field in (("kind", "matter_class__kind"), ("class", "matter_class__code")):
            if value := self.asked.get(name):
                rows = rows.filter(**{field: value})
        return rows


# --- reasons and actions: read from the definitions -----------------------------------------
class ChoiceOut(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()


class ReasonOut(ChoiceOut):
    input = serializers.CharField(help_text="The input of an action that takes this value.")


def _choices(row):
    return [{"value": value, "label": words} for value, words in row.answers.items()]


@reference("reasons", ReasonOut, Strict, "Every fixed answer an input of an action may have.")
class ReasonsView(Reference):
    shape = ReasonOut

    def rows(self, request):
        return [{"input": row.name, **one} for row in INPUTS.values() for one in _choices(row)]


class InputOut(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()
    type = serializers.CharField(help_text=", ".join(Type))
    required = serializers.BooleanField(help_text="In every state the action is possible in.")
    needed_in = serializers.ListField(
        child=serializers.CharField(), help_text="The states in which it must be given."
    )
    choices = ChoiceOut(many=True)
    sent_as = serializers.CharField(help_text="Photos of every type travel as `photos`.")
    photo_type = serializers.CharField(
        allow_blank=True, help_text="A photo of this type must be among them."
    )


class ActionOut(serializers.Serializer):
    action = serializers.CharField()
    label = serializers.CharField()
    states = serializers.ListField(child=serializers.CharField())
    yours = serializers.BooleanField(help_text="Whether your posts have this right at all.")
    inputs = InputOut(many=True)


def _action(action, moves, user):
    names = [name for name in INPUTS if any(_may_be_given(name, move) for move in moves)]
    return {
        "action": str(action),
        "label": action.label,
        "states": [s for s in State if any(s in move.sources for move in moves)],
        "yours": any(holds(user, move.verb or move.action) for move in moves),
        "inputs": [_input(INPUTS[name], moves) for name in names],
    }


def _may_be_given(name, move):
    return name in {*move.needs, *move.takes, "opinion"}


def _input(row, moves):
    needed = [move for move in moves if row.name in move.needs]
    photos = row.type == Type.PHOTOS
    return {
        "name": row.name,
        "label": row.label,
        "type": row.type,
        "required": len(needed) == len(moves),
        "needed_in": [s for s in State if any(s in move.sources for move in needed)],
        "choices": _choices(row),
        "sent_as": "photos" if photos else row.name,
        "photo_type": "after" if row.name == "after_photos" else "",
    }


@reference("actions", ActionOut, Strict, "Actions on cases, and what each takes.")
class ActionsView(Reference):
    shape = ActionOut

    def rows(self, request):
        by_people = [move for move in MOVES if move.scope != Scope.SYSTEM]
        found: dict[Action, list] = {}
        for move in by_people:
            found.setdefault(move.action, []).append(move)
        return [_action(action, moves, request.user) for action, moves in found.items()]
