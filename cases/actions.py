"""The deeds on a case that everything else calls: report it, act on it, let the clock strike."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import campaigns, identifiers
from cases import inputs as given_inputs
from cases import photos as photo_store
from cases.adding import sent_before
from cases.calendars import Calendars, calendars
from cases.controls import refuse_controlled
from cases.models import Case, CaseEvent, Sequence, Source, StageLimit
from cases.process import Process, process
from cases.rules import choose
from cases.situation import Situation
from cases.states import Action
from cases.timers import watch
from cases.transitions import begin, follow, move, tick
from cases.worktime import whole
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from citymgmt.lib.printable import one_line, printable
from citymgmt.lib.rows import Prepared
from citymgmt.lib.transactions import retried
from grid.geometry import STORED
from grid.queries import locate
from inventory.models import Component, MatterClass

log = logging.getLogger(__name__)
DESCRIPTION_MAX, ADDRESS_MAX = 4000, 256
SELF_DISPOSE = "self_dispose"  # the verb; the case is archived or rejected (workflow §6)


@dataclass(frozen=True)
class Context:
    """The moment, the switches and the calendars of a deed."""

    now: datetime
    process: Process
    calendars: Calendars
    stage_limits: tuple[StageLimit, ...]
    given: bool = False  # the moment is an argument; else the clock is read under each lock

    def under_lock(self, last: datetime | None = None) -> "Context":
        """At the moment of a deed whose case is locked now, which is not before `last`: another
        process may have acted while this one waited, and have a watch of its own.

        NotNow while the clock is doubted.
        """
        now = self.now
        if not self.given:
            now = whole(timezone.now())
            watch.refuse_doubted(now)
        return replace(self, now=max(now, last) if last else now)

    def fixed(self, moment: datetime) -> "Context":
        """The same at this moment, whatever the clock says."""
        return replace(self, now=moment, given=True)

    def situation(self, case: Case, inputs: dict | None = None) -> Situation:
        """A case at this moment, as the rules and the clocks look at it.

        Two processes need not agree on the time to the second: no step ends before it began.
        """
        return Situation(
            case,
            max(self.now, case.state_since),
            self.process,
            self.calendars,
            inputs or {},
            self.stage_limits,
        )


def context(at: datetime | None = None) -> Context:
    """The context now, or at an instant of a simulation; about six queries."""
    limits = tuple(_stage_limits())
    now = whole(at or timezone.now())
    return Context(now, process(), calendars(), limits, given=at is not None)


_stage_limits = Prepared(StageLimit.objects.all)


@retried
def report(
    *,
    by,
    class_code,
    lon,
    lat,
    source,
    kind=None,
    description="",
    address="",
    component=None,
    photos=(),
    client_uuid=None,
    urgent=False,
    at=None,
    within=None,
    data=None,
    filing_condition=None,
    self_disposed=False,
    on_guard=False,
    campaign=campaigns.AUTO,
    made=None,
) -> tuple[Case, bool]:
    """Enter a report; (case, created). The same `client_uuid` again gives the same case, with
    other content it is refused (`identifiers.py`); it may be an `Identifier`.

    `photos` are (photo_type, file) or (photo_type, file, made_at); `made` (`made.Made`) is what
    the device says of when and where it was written. `by` None means the public.
    `filing_condition` is the reporter's proposal: a condition of the class, kept with the report.
    `self_disposed`: the collector has put it right, with photos of before and after. `on_guard`:
    the collector stays on site until somebody takes over, which makes it urgent. `campaign`: the
    key of one that runs, `campaigns.NONE`, or as class, place and day say. BadInput, NotYours,
    NotNow.
    """  # fmt: skip
    content = {
        "class": class_code, "kind": kind, "lon": lon, "lat": lat, "source": source,
        "description": description, "address": address, "component": component,
        "urgent": urgent, "filing_condition": filing_condition, "self_disposed": self_disposed,
        "on_guard": on_guard, "campaign": campaign,
    }  # fmt: skip
    identifier = identifiers.identify(client_uuid, "report", by, content, photos)
    if identifier and (known := _known(identifier, by)):
        return known, False
    if by is not None and not holds(by, Action.REPORT):
        raise NotYours(_("Your post cannot enter reports."), "not_yours")
    ctx = (within or context(at)).under_lock()
    origin = _source(source)
    _check_source(by, origin)
    if origin.group == "collector" and ctx.process.photo_required_from_collectors and not photos:
        raise BadInput(_("A collector's report needs a photo."), fields={"photos": [_("Missing.")]})
    _refuse_too_long(description=(description, DESCRIPTION_MAX), address=(address, ADDRESS_MAX))
    pictures = photo_store.read_all(photos, Action.REPORT)
    _check_on_site(by, pictures, self_disposed, on_guard)
    day = timezone.localdate(ctx.now)
    case = _new_case(class_code, kind, lon, lat, component, day)
    refuse_controlled(case.matter_class, case.point, day)
    case.source, case.reporter = origin, by
    case.client_uuid = identifier and identifier.uuid
    case.self_disposed, case.on_guard, case.urgent = self_disposed, on_guard, urgent or on_guard
    case.description = printable(description).strip()
    case.address = one_line(address)
    case.reported_at = ctx.now
    flags = {"self_disposed": self_disposed, "on_guard": on_guard}
    data = {**(data or {}), **{name: True for name, on in flags.items() if on}}
    data |= _proposal(case, filing_condition) | _campaign(case, campaign)
    try:
        with transaction.atomic():
            identifiers.claim(identifier)
            case.number = next_number(case.district.code, ctx.now)
            event = begin(case, by=by, context=ctx, data=data, made=made, photos=pictures)
            photo_store.store(pictures, case, event, by)
    except IntegrityError:
        # The same report came in twice at once: the other one won.
        if identifier and (known := _known(identifier, by)):
            return known, False
        raise
    return case, True


def _refuse_too_long(**texts):
    """Nothing that was typed is cut off in silence."""
    for name, (text, most) in texts.items():
        if len(text.strip()) > most:
            raise given_inputs.wrong(name, _("At most %(max)s characters.") % {"max": most})


def _check_on_site(by, pictures, self_disposed, on_guard):
    """What only somebody on site can say of a new report."""
    if on_guard and not holds(by, Action.VERIFY):
        raise NotYours(_("Only a collector stays on site."), "not_yours")
    if not self_disposed:
        return
    if on_guard:
        raise given_inputs.wrong("on_guard", _("What has been put right needs nobody to stay."))
    if not holds(by, SELF_DISPOSE):
        raise NotYours(_("Your post cannot put matters right on site."), "not_yours")
    if not {"before", "after"} <= {picture.photo_type for picture in pictures}:
        raise given_inputs.wrong("photos", _("Photos of before and after the work are needed."))


def _proposal(case, condition):
    if condition in (None, ""):
        return {}
    row = given_inputs.INPUTS["filing_condition"].parse(case, "filing_condition", condition)
    return {"filing_condition": row.pk}


def _campaign(case, given):
    """Let the case join; what the log says of it."""
    if given == campaigns.AUTO:
        case.campaign_id = campaigns.joined(case, case.reported_at)
    else:
        case.campaign = campaigns.chosen(given, case.reported_at)
    return {"campaign": case.campaign_id} if case.campaign_id else {}


def _known(identifier, by):
    identifiers.is_known(identifier)
    case = Case.objects.filter(client_uuid=identifier.uuid).first()
    if case and case.reporter_id != (by.pk if by else None):
        raise identifiers.reused()
    return case


def _source(code):
    source = code if isinstance(code, Source) else Source.objects.filter(code=code).first()
    if source is None or not source.active:
        raise given_inputs.wrong("source", _("Unknown source."))
    return source


def _new_case(class_code, kind, lon, lat, component, day):
    place = locate(lon, lat, on=day)
    part = _component(component)
    return Case(
        matter_class=matter_class_of(class_code, kind, day),
        component=part,
        point=Point(float(lon), float(lat), srid=STORED),
        unit_grid=place.unit_grid,
        duty_grid=place.duty_grid,
        community=place.community,
        street=place.street,
        district=place.district,
        area_class=place.community.area_class,
    )


def _check_source(by, origin):
    """A patrol report is filed without verification, so only collectors may give that source.

    A program has a source of its own and reports under no other.
    """
    if by is None:
        allowed = origin.group == "public"
    elif by.kind == by.Kind.SERVICE:
        allowed = origin.code == by.service.source
    elif origin.group == "collector":
        allowed = holds(by, Action.VERIFY)
    else:
        allowed = holds(by, Action.ACCEPT) or holds(by, Action.FILE)
    if not allowed:
        raise given_inputs.wrong("source", _("Your post cannot use this source."))


def matter_class_of(code, kind=None, day=None) -> MatterClass:
    """The class in use on a day (today) with this code; BadInput unless there is exactly one."""
    if isinstance(code, MatterClass):
        return code
    rows = MatterClass.objects.in_use(day).filter(code=code)
    rows = list(rows.filter(kind=kind) if kind else rows)
    if len(rows) != 1:
        raise given_inputs.wrong(
            "class_code", _("Name the kind too.") if rows else _("Unknown class code.")
        )
    return rows[0]


def _component(component):
    if component in (None, ""):
        return None
    if isinstance(component, Component):
        return component
    row = Component.objects.filter(code=component).first()
    if row is None:
        raise given_inputs.wrong("component", _("Unknown component."))
    return row


def next_number(district_code, now) -> str:
    """20 digits: district 6, date 8, sequence 6; gapless per day and district."""
    day = timezone.localtime(now).strftime("%Y%m%d")
    prefix = f"{district_code[:6]}{day}"
    return f"{prefix}{Sequence.take(f'case-{prefix}'):06d}"


@retried
def perform(
    case,
    action,
    *,
    by,
    given=None,
    photos=(),
    client_uuid=None,
    at=None,
    within=None,
    made=None,
    source=None,
) -> CaseEvent:
    """Do an action of the table on a case. The same `client_uuid` again does nothing; with other
    content it is refused.

    `given`: raw inputs by name; `photos` and `made` as in `report`; a photo without a type is of
    the usual one of the step. `source`: where a case that follows this one comes from. Raises
    BadInput (400), NotYours (403), NotNow (409). All or nothing.
    """
    given = given or {}
    purpose = f"{action} {case.pk}"
    identifier = identifiers.identify(client_uuid, purpose, by, given, photos)
    if identifier and (done := _done(identifier, case, action)):
        return done
    if action not in Action.values:
        raise BadInput(_("Unknown action."), "unknown_action")
    ctx = within or context(at)
    row = _expected(case, action, given, ctx)
    inputs = given_inputs.parse(case, row, given) if row else {}
    pictures = photo_store.read_all(photos, action)
    _refuse_without_photos(case, row, pictures, by)
    try:
        with transaction.atomic():
            identifiers.claim(identifier)
            event = move(
                case, action, by=by, inputs=inputs, expected=row, context=ctx,
                client_uuid=identifier and identifier.uuid, made=made, photos=pictures,
            )  # fmt: skip
            photo_store.store(pictures, event.case, event, by)
            follow(event, by=by, context=ctx)
            if event.action == Action.UNSOLVED and event.case.final:
                told = source or _told_by_phone(event.case)
                _enter_follower(event, by, told, ctx.fixed(event.at))
    except (IntegrityError, NotNow):
        # The same step came in twice at once: the other one did it.
        if identifier and (done := _done(identifier, case, action)):
            return done
        raise
    return event


def _enter_follower(event, by, source, ctx):
    """The matter of a closed case again, as a case of its own that is linked to it."""
    old, day = event.case, timezone.localdate(ctx.now)
    case = _new_case(old.matter_class, None, old.point.x, old.point.y, old.component, day)
    case.source, case.reporter, case.follows = source, by, old
    case.urgent, case.address, case.reported_at = old.urgent, old.address, ctx.now
    told = "\n".join(filter(None, [event.opinion, old.description]))
    case.description = told[:4000]
    data = {"follows": old.number} | _campaign(case, campaigns.AUTO)
    case.number = next_number(case.district.code, ctx.now)
    begin(case, by=by, context=ctx, data=data)


def _told_by_phone(case) -> Source:
    """What a person tells on the phone is no patrol: it must be looked at."""
    if case.source.group == Source.Group.PUBLIC:
        return case.source
    line = Source.objects.filter(group=Source.Group.PUBLIC, active=True).order_by("pk").first()
    return line or case.source


def _done(identifier, case, action):
    identifiers.is_known(identifier)
    event = CaseEvent.objects.filter(client_uuid=identifier.uuid).first()
    if event and (event.case_id != case.pk or event.action != action):
        raise identifiers.reused()
    return event


def _expected(case, action, given, ctx):
    """The row the inputs are read by. None if there is none: `move` says why under its lock."""
    return choose(action, ctx.situation(case, given))


def _refuse_without_photos(case, row, pictures, by):
    """A step needs its photos; they may have come before it, by themselves."""
    if row is None:
        return
    types = {picture.photo_type for picture in pictures}
    if given_inputs.AFTER_PHOTOS in row.needs and "after" not in types | sent_before(case, by):
        raise given_inputs.wrong("photos", _("A photo taken after the work is needed."))
    if given_inputs.PHOTOS in row.needs and not (types or sent_before(case, by)):
        raise given_inputs.wrong("photos", _("A photo is needed."))


def strike(*, at=None, within=None, limit=500) -> int:
    """The timer's round: every case whose moment has come, one transaction each; the number.

    A case that cannot be handled is reported and does not hold up the others.
    """
    ctx = within or context(at)
    due = Case.objects.filter(next_at__lte=ctx.now).order_by("next_at")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            done += bool(tick(pk, context=ctx))
        except Exception:
            log.exception("The timer could not handle case %s", pk)
    return done
