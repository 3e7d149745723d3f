"""Control areas: asked for, decided on by a shift leader or leader, ended; what they refuse."""

from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.gis.geos import Polygon
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely import GEOSException, force_2d, from_geojson
from shapely.geometry import Polygon as ShapelyPolygon

from cases.models.controls import ControlArea
from cases.states import Action
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import ASK_CONTROL
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.geometry import check_lon_lat, to_geos
from grid.models import Area
from inventory.models import MatterClass


# --- what they refuse -----------------------------------------------------------------------
def refuse_controlled(matter_class: MatterClass, point, day: date) -> None:
    """Raise NotNow with the message of the control area in force that names the class here."""
    rows = ControlArea.objects.at(point, day).filter(classes=matter_class)
    if row := rows.order_by("id").first():
        raise NotNow(row.message, "control_area", {"class_code": [row.message]})


def controls_at(point, day: date) -> list[dict]:
    """What a phone shows before it sends: messages with the classes (`kind:code`) they stop."""
    rows = ControlArea.objects.at(point, day).prefetch_related("classes").defer("ground")
    return [
        {
            "name": row.name,
            "message": row.message,
            "until": row.last_day.isoformat(),
            "classes": [f"{c.kind}:{c.code}" for c in row.classes.all()],
        }
        for row in rows.order_by("id")
    ]


# --- deeds ----------------------------------------------------------------------------------
@transaction.atomic
def ask(
    *, name: str, message: str, ground, classes: Sequence[MatterClass], first_day: date,
    last_day: date, by: User, at: datetime | None = None, request=None,
) -> ControlArea:  # fmt: skip
    """`ground`: a GeoJSON geometry (text) or a stored polygon. It is in force once approved."""
    if not holds(by, ASK_CONTROL):
        raise NotYours(_("This is not yours to do."), "not_yours")
    now = at or timezone.now()
    shape = read_ground(ground)
    _check(name, message, classes, first_day, last_day, timezone.localdate(now))
    row = ControlArea.objects.create(
        name=name.strip(), message=message.strip(), ground=shape, first_day=first_day,
        last_day=last_day, asked_by=by, asked_at=now,
    )  # fmt: skip
    row.classes.set(classes)
    data = {
        "id": row.pk, "from": first_day, "to": last_day, "classes": [str(c) for c in classes],
    }  # fmt: skip
    record(verb="ask_control", subject=row.name, by=by, data=data, request=request)
    return row


@transaction.atomic
def decide(
    *, area: ControlArea, approve: bool, opinion: str = "", by: User, at: datetime | None = None,
    request=None,
) -> ControlArea:  # fmt: skip
    """Approve or refuse what somebody else has asked for. A refusal needs a reason."""
    row = ControlArea.objects.select_for_update(of=("self",)).get(pk=area.pk)
    _check_approver(by, row)
    if row.asked_by_id == by.pk:
        raise NotYours(_("Nobody decides on what they asked for."), "own_request")
    if row.status != ControlArea.Status.ASKED:
        raise NotNow(_("This has been decided already."), "decided")
    if not approve and not opinion.strip():
        raise BadInput(_("Give a reason."), fields={"opinion": [_("Give a reason.")]})
    if approve and row.last_day < timezone.localdate(at or timezone.now()):
        raise NotNow(_("Its last day has passed."), "too_late")
    row.status = ControlArea.Status.APPROVED if approve else ControlArea.Status.REFUSED
    row.decided_by, row.decided_at, row.opinion = by, at or timezone.now(), opinion.strip()[:300]
    row.save(update_fields=["status", "decided_by", "decided_at", "opinion"])
    data = {"id": row.pk, "status": row.status, "opinion": row.opinion}
    record(verb="decide_control", subject=row.name, by=by, data=data, request=request)
    return row


@transaction.atomic
def end(*, area: ControlArea, by: User, at: datetime | None = None, request=None) -> ControlArea:
    """Over before its last day; by who asked for it, or who may approve."""
    row = ControlArea.objects.select_for_update(of=("self",)).get(pk=area.pk)
    if not (row.asked_by_id == by.pk and holds(by, ASK_CONTROL)):
        _check_approver(by, row)
    if row.status != ControlArea.Status.APPROVED:
        raise NotNow(_("Only an approved control area can be ended."), "not_approved")
    row.status, row.ended_by, row.ended_at = ControlArea.Status.ENDED, by, at or timezone.now()
    row.save(update_fields=["status", "ended_by", "ended_at"])
    record(verb="end_control", subject=row.name, by=by, data={"id": row.pk}, request=request)
    return row


# --- rules ----------------------------------------------------------------------------------
def may_decide(user, row: ControlArea) -> bool:
    """A verb of shift leaders and leaders, in an area overseen, on what another has asked for."""
    return holds(user, Action.APPROVE) and row.asked_by_id != user.pk and oversees(user, row)


def may_end(user, row: ControlArea) -> bool:
    if row.asked_by_id == user.pk and holds(user, ASK_CONTROL):
        return True
    return holds(user, Action.APPROVE) and oversees(user, row)


def oversees(user, row: ControlArea) -> bool:
    return Area.objects.overseen_places(user).filter(geometry__intersects=row.ground).exists()


def _check_approver(by, row):
    if not (holds(by, Action.APPROVE) and oversees(by, row)):
        raise NotYours(_("This is not yours to do."), "not_yours")


def _check(name, message, classes, first_day, last_day, today):
    wrong = {}
    if not name.strip():
        wrong["name"] = _("A name is needed.")
    if not message.strip():
        wrong["message"] = _("Say what whoever reports there shall read.")
    if not classes:
        wrong["classes"] = _("Choose classes.")
    if last_day < first_day:
        wrong["last_day"] = _("The last day is before the first.")
    elif last_day < today:
        wrong["last_day"] = _("The last day has passed.")
    if wrong:
        said = {field: [why] for field, why in wrong.items()}
        raise BadInput(next(iter(wrong.values())), fields=said)


def read_ground(ground) -> Polygon:
    """A simple polygon in stored degrees; BadInput names the field `ground`."""
    shape = ground if isinstance(ground, Polygon) else _parsed(ground)
    if shape.geom_type != "Polygon" or shape.empty or not shape.valid:
        raise _bad_ground(_("Draw one area whose border does not cross itself."))
    try:
        for ring in shape:
            for lon, lat in ring:
                check_lon_lat(lon, lat)
    except ValueError as error:
        raise _bad_ground(str(error)) from error
    return shape


def _parsed(text):
    try:
        shape = from_geojson(str(text))
    except GEOSException as error:
        raise _bad_ground(_("Draw the area on the map.")) from error
    if not isinstance(shape, ShapelyPolygon):
        raise _bad_ground(_("Draw one area whose border does not cross itself."))
    return to_geos(force_2d(shape))


def _bad_ground(said):
    return BadInput(said, "bad_ground", {"ground": [said]})
