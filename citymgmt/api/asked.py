"""What may be asked of cases: the filters of their list and the places of questions."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.models import Source
from cases.states import OPEN, State
from cases.time.overdue import overdue
from citymgmt.accounts.models import Department
from citymgmt.api.base import Moment, Paged
from citymgmt.api.given import Strict
from grid.models import Area
from inventory.models import Kind, MatterClass


@extend_schema_field(OpenApiTypes.DOUBLE)
class Degrees(serializers.CharField):
    """Read by `grid.places.queries`, which says what is wrong with the two together."""


class PlaceQuery(Strict):
    lon = Degrees(required=False, allow_blank=True)
    lat = Degrees(required=False, allow_blank=True)


class NearbyQuery(PlaceQuery):
    class_code = serializers.CharField(required=False, allow_blank=True)
    kind = serializers.ChoiceField(Kind.choices, required=False)


def _known(model, words):
    """A validator: a code that no row has is a mistake, not an empty list."""

    def check(code):
        if code and not model.objects.filter(code=code).exists():
            raise serializers.ValidationError(words)

    return check


def _code(model, words, help_text):
    check = _known(model, words)
    return serializers.CharField(
        required=False, allow_blank=True, validators=[check], help_text=help_text
    )


class CaseQuery(Paged):
    """With `updated_since` in the order of change, otherwise the newest first."""

    state = serializers.ChoiceField(
        [*State.choices, ("open", gettext_lazy("Open"))], required=False
    )
    area = _code(
        Area, gettext_lazy("Unknown area."), "Code of a district, a street or a community."
    )
    dept = _code(
        Department, gettext_lazy("Unknown department."), "Code of the responsible department."
    )
    source = _code(Source, gettext_lazy("Unknown source."), "Code of a source.")
    kind = serializers.ChoiceField(Kind.choices, required=False)
    number = serializers.RegexField(r"^[0-9]{20}$", required=False)
    overdue = serializers.BooleanField(required=False)
    urgent = serializers.BooleanField(required=False)
    reporter = serializers.ChoiceField([("me", "me")], required=False)
    updated_since = Moment(
        required=False, help_text="Cases with a step written at or after this moment."
    )

    def get_fields(self):
        """`class` is no name in Python."""
        words = gettext_lazy("Unknown class code.")
        return super().get_fields() | {"class": _code(MatterClass, words, "Code of a class.")}


def chosen(rows, asked, user):
    """The cases that every filter lets through."""
    for name, narrow in FILTERS.items():
        if (value := asked.get(name)) not in (None, ""):
            rows = narrow(rows, value, user)
    return rows


def _in_state(rows, state, user):
    return rows.filter(state__in=OPEN) if state == "open" else rows.filter(state=state)


def _in_area(rows, code, user):
    here = Area.objects.filter(code=code).values_list("pk", flat=True).first()
    return rows.filter(Q(district=here) | Q(street=here) | Q(community=here))


def _overdue(rows, wanted, user):
    late = overdue(timezone.now())
    return rows.filter(late) if wanted else rows.exclude(late)


FILTERS = {
    "state": _in_state,
    "area": _in_area,
    "dept": lambda rows, code, user: rows.filter(department__code=code),
    "source": lambda rows, code, user: rows.filter(source__code=code),
    "kind": lambda rows, kind, user: rows.filter(matter_class__kind=kind),
    "class": lambda rows, code, user: rows.filter(matter_class__code=code),
    "number": lambda rows, number, user: rows.filter(number=number),
    "overdue": _overdue,
    "urgent": lambda rows, wanted, user: rows.filter(urgent=wanted),
    "reporter": lambda rows, _me, user: rows.filter(reporter=user),
}
