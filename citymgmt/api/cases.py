"""Cases, places and tokens over HTTP. Thin: fetch with permission, read input, act, answer."""

from datetime import UTC

from django.contrib.auth import authenticate
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from cases.duplicates import likeness as duplicates
from cases.machine import actions, waiting
from cases.machine.adding import add_photos
from cases.machine.reports import Report, matter_class_of, report
from cases.machine.rules import offers
from cases.models import Case
from cases.photos.same import elsewhere
from cases.time.overdue import is_overdue
from citymgmt.accounts import tokens
from citymgmt.accounts.audit import record
from citymgmt.api.asked import CaseQuery, NearbyQuery, PlaceQuery, chosen
from citymgmt.api.base import Api, HoldsAny, page_by_change, page_by_key
from citymgmt.api.given import (
    ActionIn,
    PhotoIn,
    PhotosIn,
    ReportIn,
    TokenIn,
    made_of,
    photos_of,
    read,
    without_photos,
)
from citymgmt.api.parsers import BoundedJson
from citymgmt.lib.errors import BadInput
from citymgmt.lib.throttle import ByClient
from grid.places.queries import locate, position
from inventory.models import Kind


# --- shapes ---------------------------------------------------------------------------------
class MadeAt(serializers.DateTimeField):
    """In UTC: a device may say any year, and before 1901 local time was off by seconds, which no
    date-time can say."""

    def __init__(self, **options):
        super().__init__(allow_null=True, default_timezone=UTC, **options)


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
    arrive_by = serializers.DateTimeField(allow_null=True)
    arrived_at = serializers.DateTimeField(allow_null=True)


class EventOut(serializers.Serializer):
    seq = serializers.IntegerField()
    action = serializers.CharField()
    state_from = serializers.CharField(allow_blank=True)
    state_to = serializers.CharField()
    at = serializers.DateTimeField()
    made_at = MadeAt()
    made_lon = serializers.FloatField(allow_null=True)
    made_lat = serializers.FloatField(allow_null=True)
    by = serializers.CharField(source="by.username", default=None, allow_null=True)
    post = serializers.CharField(allow_blank=True)
    department = serializers.CharField(source="department.code", default=None, allow_null=True)
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
    department = serializers.CharField(source="department.code", default=None, allow_null=True)
    source = serializers.CharField(source="source.code")
    description = serializers.CharField()
    address = serializers.CharField()
    urgent = serializers.BooleanField()
    reported_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class PhotoOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    type = serializers.CharField(source="photo_type")
    round = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    also_on = serializers.SerializerMethodField(
        help_text="Numbers of other cases that hold the same photo, of those the caller may see."
    )

    def get_url(self, row) -> str:
        return f"/photos/{row.uuid}/"

    def get_also_on(self, row) -> list[str]:
        return self.context["same"].get(row.sha256, [])


class WaitingOut(serializers.Serializer):
    uuid = serializers.UUIDField(help_text="To be named in `photo_ids`.")
    type = serializers.CharField(source="photo_type", allow_blank=True)
    made_at = MadeAt()
    at = serializers.DateTimeField()


class CaseOut(CaseLine):
    """A case with what the caller may do to it, its deadlines and its log."""

    available_actions = serializers.ListField(child=serializers.CharField())
    deadlines = DeadlinesOut()
    events = EventOut(many=True)
    photos = PhotoOut(many=True)


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
class TokenView(Api):
    permission_classes = [AllowAny]
    authentication_classes: list = []
    throttle_classes = [ByClient]
    throttle_scope = "token"

    @extend_schema(request={"application/json": TokenIn}, responses={200: TokenOut, 400: Problem})
    def post(self, request):
        given = read(TokenIn, request.data)
        user = authenticate(request, **given)
        if user is None:
            raise BadInput(_("Wrong name or password."), "wrong_credentials")
        record(verb="sign_in", subject="token", by=user, request=request)
        return Response({"token": tokens.by_signing_in(user, request)})


class LocateView(Api):
    query = PlaceQuery

    @extend_schema(
        parameters=[
            OpenApiParameter(name, OpenApiTypes.DOUBLE, required=True) for name in ("lon", "lat")
        ],
        responses={200: PlaceOut, 400: Problem},
    )
    def get(self, request):
        place = locate(self.asked.get("lon"), self.asked.get("lat"))
        names = ("unit_grid", "community", "street", "district")
        return Response({name: getattr(place, name).code for name in names})


class CasesView(Api):
    query = CaseQuery
    parser_classes = [BoundedJson, MultiPartParser, FormParser]

    @extend_schema(
        operation_id="v1_cases_list",
        parameters=[CaseQuery],
        responses={200: CasePage, 400: Problem},
    )
    def get(self, request):
        """The newest first; with `updated_since` every case with a step written at or after that
        moment, the longest unchanged first. Ask again from a minute before the last `updated_at`:
        steps are not always stored in the order of their moments.
        """
        rows = Case.objects.visible_to(request.user).for_lists().select_related("unit_grid")
        rows = chosen(rows, self.asked, request.user)
        if self.asked.get("updated_since"):
            rows, following = page_by_change(rows, self.asked)
        else:
            rows, following = page_by_key(rows, self.asked, newest_first=True)
        return Response({"results": CaseLine(rows, many=True).data, "next": following})

    @extend_schema(
        request=without_photos(ReportIn, "ReportJson"),
        responses={201: CaseOut, 200: CaseOut, 400: Problem, 409: Problem},
    )
    def post(self, request):
        """Enter a report. Its photos are sent ahead to `/api/v1/photos/` and named in `photo_ids`,
        or come along in multipart/form-data: the same fields, `photos` and `photo_types` in their
        order. The same `client_uuid` again gives the same case.
        """
        given = read(ReportIn, request.data)
        photos = photos_of(given, request.user)
        claim = made_of(given)
        client_uuid = given.pop("client_uuid", None)
        said = Report(matter_class=given.pop("class_code"), **given)
        case, created = report(
            said, by=request.user, photos=photos, made=claim, client_uuid=client_uuid
        )
        return Response(case_out(case, request.user), status=201 if created else 200)


class NearbyView(Api):
    query = NearbyQuery

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
        asked = self.asked
        here = position(asked.get("lon"), asked.get("lat"))
        matter_class = None
        if code := asked.get("class_code"):
            matter_class = matter_class_of(code, asked.get("kind"))
        found = duplicates.nearby(
            request.user, here.x, here.y, timezone.now(), matter_class=matter_class
        )
        return Response({"results": NearbyOut(found, many=True).data})


class CaseView(Api):
    @extend_schema(responses={200: CaseOut, 404: Problem})
    def get(self, request, number):
        return Response(case_out(_case(request.user, number), request.user))


class ActionView(Api):
    parser_classes = [BoundedJson, MultiPartParser, FormParser]

    @extend_schema(
        request=without_photos(ActionIn, "ActionJson"),
        responses={200: CaseOut, 400: Problem, 403: Problem, 404: Problem, 409: Problem},
    )
    def post(self, request, number, action):
        """Do an action. Photos that it needs are sent ahead to `/api/v1/photos/` and named in
        `photo_ids`, or come along in multipart/form-data: the same fields, `photos` and
        `photo_types` in their order.
        """
        case = _case(request.user, number)
        given = {k: v for k, v in read(ActionIn, request.data).items() if v is not None}
        photos = photos_of(given, request.user)
        claim = made_of(given)
        event = actions.perform(
            case, action, by=request.user, photos=photos, made=claim,
            client_uuid=given.pop("client_uuid", None), given=given,
        )  # fmt: skip
        return Response(case_out(_fresh(event.case_id), request.user))


class WaitingView(Api):
    permission_classes = [IsAuthenticated, HoldsAny]
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="v1_photos_create",
        request={"multipart/form-data": PhotoIn},
        responses={
            201: WaitingOut, 200: WaitingOut, 400: Problem, 401: Problem, 403: Problem,
            409: Problem,
        },
    )  # fmt: skip
    def post(self, request):
        """Send a photo ahead; the report or action that names it takes it to its case. One that
        nothing has named after seven days is removed.
        """
        given = read(PhotoIn, request.data)
        photo, added = waiting.keep(by=request.user, file=given.pop("photo"), **given)
        return Response(WaitingOut(photo).data, status=201 if added else 200)


class PhotosView(Api):
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": PhotosIn},
        responses={
            201: CaseOut, 200: CaseOut, 400: Problem, 403: Problem, 404: Problem, 409: Problem,
        },
    )  # fmt: skip
    def post(self, request, number):
        """Photos of the caller's last step on the case; again with the same identifier: 200."""
        case = _case(request.user, number)
        given = read(PhotosIn, request.data)
        case, added = add_photos(
            case=case,
            by=request.user,
            photos=photos_of(given, request.user),
            client_uuid=given.get("client_uuid"),
        )
        return Response(case_out(_fresh(case.pk), request.user), status=201 if added else 200)


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
        "arrive_by": case.arrive_by,
        "arrived_at": case.arrived_at,
    }
    out = CaseLine(case).data
    out["available_actions"] = [str(move.action) for move in offers(user, situation)]
    out["deadlines"] = DeadlinesOut(deadlines).data
    rows = case.events.select_related("by", "department").order_by("seq")
    out["events"] = EventOut(rows, many=True).data
    photos = list(case.attachments.all())
    same = {"same": elsewhere(user, case, photos)}
    out["photos"] = PhotoOut(photos, many=True, context=same).data
    return out
