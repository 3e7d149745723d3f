"""Cases, places and tokens over HTTP. Thin: fetch with permission, read input, act, answer."""

from django.contrib.auth import authenticate
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authtoken.models import Token
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from cases import actions, duplicates
from cases.models import Case
from cases.overdue import is_overdue, overdue
from cases.rules import offers
from cases.states import OPEN, State
from citymgmt.accounts.audit import record
from citymgmt.api.given import ActionIn, ReportIn, TokenIn, photos_of, read
from citymgmt.lib.errors import BadInput
from citymgmt.lib.throttle import ByClient
from grid.queries import locate, position
from inventory.models import Kind

PAGE = 50


# --- shapes ---------------------------------------------------------------------------------
class TokenOut(serializers.Serializer):
    token = serializers.CharField()


class Problem(serializers.Serializer):
    """Every refusal: words for people, a code for programs, what is wrong with which field."""

    detail = serializers.CharField()
    code = serializers.CharField()
    fields = serializers.DictField()


class PlaceOut(serializers.Serializer):
    unit_grid = serializers.CharField()
    community = serializers.CharField()
    street = serializers.CharField()
    district = serializers.CharField()


class DeadlinesOut(serializers.Serializer):
    due_at = serializers.DateTimeField(allow_null=True)
    overdue = serializers.BooleanField()
    limit = serializers.CharField(allow_blank=True)
    disposal_overdue = serializers.BooleanField()
    suspended_until = serializers.DateTimeField(allow_null=True)


class EventOut(serializers.Serializer):
    seq = serializers.IntegerField()
    action = serializers.CharField()
    state_from = serializers.CharField(allow_blank=True)
    state_to = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username", default=None)
    post = serializers.CharField(allow_blank=True)
    department = serializers.CharField(source="department.code", default=None)
    opinion = serializers.CharField(allow_blank=True)
    used_seconds = serializers.IntegerField(allow_null=True)
    limit_seconds = serializers.IntegerField(allow_null=True)
    overdue = serializers.BooleanField()
    hash = serializers.CharField()


class CaseLine(serializers.Serializer):
    """A case in a list."""

    number = serializers.CharField()
    state = serializers.CharField()
    pending = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(source="matter_class.kind")
    class_code = serializers.CharField(source="matter_class.code")
    class_name = serializers.CharField(source="matter_class.name")
    lon = serializers.FloatField(source="point.x")
    lat = serializers.FloatField(source="point.y")
    unit_grid = serializers.CharField(source="unit_grid.code")
    street = serializers.CharField(source="street.code")
    community = serializers.CharField(source="community.code")
    department = serializers.CharField(source="department.code", default=None)
    source = serializers.CharField(source="source.code")
    description = serializers.CharField()
    address = serializers.CharField()
    urgent = serializers.BooleanField()
    reported_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class CaseOut(CaseLine):
    """A case with what the caller may do to it, its deadlines and its log."""

    available_actions = serializers.ListField(child=serializers.CharField())
    deadlines = DeadlinesOut()
    events = EventOut(many=True)
    photos = serializers.ListField(child=serializers.DictField())


class NearbyOut(serializers.Serializer):
    """A case that may be the same problem; `kin`: component, same_class, major or near."""

    number = serializers.CharField(source="case.number")
    state = serializers.CharField(source="case.state")
    class_code = serializers.CharField(source="case.matter_class.code")
    class_name = serializers.CharField(source="case.matter_class.name")
    description = serializers.CharField(source="case.description")
    reported_at = serializers.DateTimeField(source="case.reported_at")
    closed_at = serializers.DateTimeField(source="case.closed_at", allow_null=True)
    kin = serializers.SerializerMethodField()
    away_m = serializers.IntegerField(source="away")
    likely = serializers.BooleanField()
    photo = serializers.SerializerMethodField()

    def get_kin(self, candidate) -> str:
        return candidate.likeness.kin.name.lower()

    def get_photo(self, candidate) -> str | None:
        return f"/photos/{candidate.photo}/" if candidate.photo else None


class NearbyList(serializers.Serializer):
    results = NearbyOut(many=True)


class CasePage(serializers.Serializer):
    results = CaseLine(many=True)
    next = serializers.CharField(allow_null=True)


# --- views ----------------------------------------------------------------------------------
class TokenView(APIView):
    permission_classes = [AllowAny]
    authentication_classes: list = []
    throttle_classes = [ByClient]
    throttle_scope = "token"

    @extend_schema(request=TokenIn, responses={200: TokenOut, 400: Problem})
    def post(self, request):
        given = read(TokenIn, request.data)
        user = authenticate(request, **given)
        if user is None:
            raise BadInput(_("Wrong name or password."), "wrong_credentials")
        record(verb="sign_in", subject="token", by=user, request=request)
        token, _created = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})


class LocateView(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter(name, OpenApiTypes.DOUBLE, required=True) for name in ("lon", "lat")
        ],
        responses={200: PlaceOut, 400: Problem},
    )
    def get(self, request):
        place = locate(request.query_params.get("lon"), request.query_params.get("lat"))
        names = ("unit_grid", "community", "street", "district")
        return Response({name: getattr(place, name).code for name in names})


class CasesView(APIView):
    parser_classes = [JSONParser, MultiPartParser, FormParser]

    @extend_schema(
        operation_id="v1_cases_list",
        parameters=[
            OpenApiParameter(n, str) for n in ("state", "area", "dept", "overdue", "after")
        ],
        responses={200: CasePage, 400: Problem},
    )
    def get(self, request):
        """Newest first, 50 a page; `after` is the `next` of the page before."""
        rows = _filtered(Case.objects.visible_to(request.user).for_lists(), request.query_params)
        rows = list(rows.select_related("unit_grid").order_by("-id")[: PAGE + 1])
        following = str(rows[PAGE - 1].pk) if len(rows) > PAGE else None
        return Response({"results": CaseLine(rows[:PAGE], many=True).data, "next": following})

    @extend_schema(request=ReportIn, responses={201: CaseOut, 200: CaseOut, 400: Problem})
    def post(self, request):
        given = read(ReportIn, request.data)
        photos = photos_of(given)
        case, created = actions.report(by=request.user, photos=photos, **given)
        return Response(case_out(case, request.user), status=201 if created else 200)


class NearbyView(APIView):
    @extend_schema(
        operation_id="v1_cases_nearby",
        parameters=[
            *(OpenApiParameter(n, OpenApiTypes.DOUBLE, required=True) for n in ("lon", "lat")),
            OpenApiParameter("class_code", str),
            OpenApiParameter("kind", str, enum=Kind.values),
        ],
        responses={200: NearbyList, 400: Problem},
    )
    def get(self, request):
        """Open and recently closed cases that may be the same problem, likeliest first."""
        asked = request.query_params
        here = position(asked.get("lon"), asked.get("lat"))
        chosen = None
        if code := asked.get("class_code"):
            chosen = actions.matter_class_of(code, asked.get("kind"))
        found = duplicates.nearby(request.user, here.x, here.y, timezone.now(), matter_class=chosen)
        return Response({"results": NearbyOut(found, many=True).data})


class CaseView(APIView):
    @extend_schema(responses={200: CaseOut, 404: Problem})
    def get(self, request, number):
        return Response(case_out(_case(request.user, number), request.user))


class ActionView(APIView):
    parser_classes = [JSONParser, MultiPartParser, FormParser]

    @extend_schema(
        request=ActionIn,
        responses={200: CaseOut, 400: Problem, 403: Problem, 404: Problem, 409: Problem},
    )
    def post(self, request, number, action):
        case = _case(request.user, number)
        given = {k: v for k, v in read(ActionIn, request.data).items() if v is not None}
        photos = photos_of(given)
        event = actions.perform(
            case, action, by=request.user, photos=photos,
            client_uuid=given.pop("client_uuid", None), given=given,
        )  # fmt: skip
        return Response(case_out(_fresh(event.case_id), request.user))


# --- reading and answering ------------------------------------------------------------------
def _case(user, number):
    """What one may not know of does not exist."""
    if not _is_number(number):
        raise Http404
    return get_object_or_404(_rows().visible_to(user), number=number)


def _fresh(pk):
    return _rows().get(pk=pk)


def _rows():
    return Case.objects.for_lists().select_related("unit_grid", "source")


def _filtered(rows, wanted):
    wanted = {name: value.replace("\0", "") for name, value in wanted.items()}
    if state := wanted.get("state"):
        if state not in {*State.values, "open"}:
            raise BadInput(_("Unknown state."), fields={"state": [state]})
        rows = rows.filter(state__in=OPEN) if state == "open" else rows.filter(state=state)
    if area := wanted.get("area"):
        rows = rows.filter(Q(district__code=area) | Q(street__code=area) | Q(community__code=area))
    if dept := wanted.get("dept"):
        rows = rows.filter(department__code=dept)
    if wanted.get("overdue") in {"1", "true"}:
        rows = rows.filter(overdue(timezone.now()))
    if after := wanted.get("after"):
        if not _is_number(after):
            raise BadInput(_("Unknown page."), fields={"after": [after]})
        rows = rows.filter(pk__lt=int(after))
    return rows


def _is_number(text):
    return text.isascii() and text.isdigit()


def case_out(case, user):
    ctx = actions.context()
    situation = ctx.situation(case)
    deadlines = {
        "due_at": case.due_at,
        "overdue": is_overdue(case.state, case.due_at, ctx.now),
        "limit": f"{case.limit_value.normalize():f} {case.limit_unit}" if case.limit_value else "",
        "disposal_overdue": case.disposal_overdue,
        "suspended_until": case.suspended_until,
    }
    out = CaseLine(case).data
    out["available_actions"] = [str(move.action) for move in offers(user, situation)]
    out["deadlines"] = DeadlinesOut(deadlines).data
    rows = case.events.select_related("by", "department").order_by("seq")
    out["events"] = EventOut(rows, many=True).data
    out["photos"] = [
        {"uuid": str(p.uuid), "type": p.photo_type, "round": p.round, "url": f"/photos/{p.uuid}/"}
        for p in case.attachments.all()
    ]
    return out
