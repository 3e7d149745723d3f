"""A report comes in: it is looked at, placed on the grid, numbered, and a case begins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.campaigns import joining as campaigns
from cases.controls.actions import refuse_controlled
from cases.machine import identifiers
from cases.machine import inputs as given_inputs
from cases.machine.situation import Context, context
from cases.machine.transitions import begin
from cases.models import Case, Sequence, Source
from cases.photos import reading as photo_store
from cases.states import Action
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotYours
from citymgmt.lib.printable import one_line, printable
from citymgmt.lib.transactions import retried
from grid.places.queries import locate
from inventory.models import Component, MatterClass

DESCRIPTION_MAX, ADDRESS_MAX = 4000, 256
SELF_DISPOSE = "self_dispose"  # the verb; the case is archived or rejected (workflow §6)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody says of a place.

    `matter_class`: a row, or the code of a class in use, with its `kind` where two share it.
    `lon`, `lat` in degrees (CGCS2000). `source`: a row or its code. `component`: a row or its code.
    `filing_condition` is the reporter's proposal: a condition of the class, kept with the report.
    `self_disposed`: the collector has put it right, with photos of before and after. `on_guard`:
    the collector stays on site until somebody takes over, which makes it urgent. `campaign`: the
    key of one that runs, `campaigns.NONE`, or `campaigns.AUTO`: as class, place and day say.
    """

    matter_class: MatterClass | str
    lon: float | str
    lat: float | str
    source: Source | str
    kind: str | None = None
    description: str = ""
    address: str = ""
    component: Component | str | None = None
    urgent: bool = False
    filing_condition: Any = None
    self_disposed: bool = False
    on_guard: bool = False
    campaign: Any = campaigns.AUTO

    @property
    def content(self) -> dict:
        """What an identifier of a client covers; the names are those of stored digests."""
        content = {name: getattr(self, name) for name in self.__dataclass_fields__}
        content["class"] = content.pop("matter_class")
        return content


@retried
def report(
    said: Report,
    *,
    by,
    photos=(),
    client_uuid=None,
    made=None,
    data: dict | None = None,
    at: datetime | None = None,
    within: Context | None = None,
) -> tuple[Case, bool]:
    """Enter a report; (case, created). The same `client_uuid` again gives the same case, with
    other content it is refused (`identifiers.py`); it may be an `Identifier`.

    `by` None means the public. `photos` are (photo_type, file) or (photo_type, file, made_at);
    `made` (`made.Made`) is what the device says of when and where it was written. `data` is kept
    with the first event. `at`, `within`: the moment, and the switches and calendars that hold
    then. BadInput, NotYours, NotNow.
    """
    identifier = identifiers.identify(client_uuid, "report", by, said.content, photos)
    if identifier and (known := _known(identifier, by)):
        return known, False
    if by is not None and not holds(by, Action.REPORT):
        raise NotYours(_("Your post cannot enter reports."), "not_yours")
    ctx = (within or context(at)).under_lock()
    source = _source(said.source)
    _check_source(by, source)
    if source.group == "collector" and ctx.process.photo_required_from_collectors and not photos:
        raise BadInput(_("A collector's report needs a photo."), fields={"photos": [_("Missing.")]})
    _refuse_too_long(said)
    pictures = photo_store.read_all(photos, Action.REPORT)
    _check_on_site(by, pictures, said)
    case = _case_of(said, source, ctx.now)
    case.reporter = by
    case.client_uuid = identifier and identifier.uuid
    data = {**(data or {}), **_beside(case, said)}
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


def follow_up(event, by, source: Source, ctx: Context) -> Case:
    """The matter of a closed case again, as a case of its own that is linked to it."""
    old = event.case
    place = locate(old.point.x, old.point.y, on=_day(ctx.now))
    case = _new_case(place, old.component, old.matter_class)
    case.source, case.reporter, case.follows = source, by, old
    case.urgent, case.address, case.reported_at = old.urgent, old.address, ctx.now
    told = "\n".join(filter(None, [event.opinion, old.description]))
    case.description = told[:DESCRIPTION_MAX]
    data = {"follows": old.number} | _join_campaign(case, campaigns.AUTO)
    case.number = next_number(case.district.code, ctx.now)
    begin(case, by=by, context=ctx, data=data)
    return case


# --- the case -------------------------------------------------------------------------------
def _case_of(said, source, now):
    day = _day(now)
    place = locate(said.lon, said.lat, on=day)
    component = _component(said.component)
    case = _new_case(place, component, matter_class_of(said.matter_class, said.kind, day))
    refuse_controlled(case.matter_class, case.point, day)
    case.source = source
    case.self_disposed = said.self_disposed
    case.on_guard = said.on_guard
    case.urgent = said.urgent or said.on_guard
    case.description = printable(said.description).strip()
    case.address = one_line(said.address)
    case.reported_at = now
    return case


def _new_case(place, component, matter_class):
    return Case(
        matter_class=matter_class,
        component=component,
        point=place.point,
        unit_grid=place.unit_grid,
        duty_grid=place.duty_grid,
        community=place.community,
        street=place.street,
        district=place.district,
        area_class=place.community.area_class,
    )


def next_number(district_code, now) -> str:
    """20 digits: district 6, date 8, sequence 6; gapless per day and district."""
    day = timezone.localtime(now).strftime("%Y%m%d")
    prefix = f"{district_code[:6]}{day}"
    return f"{prefix}{Sequence.take(f'case-{prefix}'):06d}"


def _day(now):
    return timezone.localdate(now)


def _beside(case, said) -> dict:
    """What the first event says beside the columns of the case."""
    flags = {"self_disposed": said.self_disposed, "on_guard": said.on_guard}
    data = {name: True for name, on in flags.items() if on}
    return data | _proposal(case, said.filing_condition) | _join_campaign(case, said.campaign)


def _proposal(case, condition):
    if condition in (None, ""):
        return {}
    row = given_inputs.FILING_CONDITION.parse(case, "filing_condition", condition)
    return {"filing_condition": row.pk}


def _join_campaign(case, given):
    """Let the case join; what the log says of it."""
    if given == campaigns.AUTO:
        case.campaign_id = campaigns.joined(case, case.reported_at)
    else:
        case.campaign = campaigns.chosen(given, case.reported_at)
    return {"campaign": case.campaign_id} if case.campaign_id else {}


# --- what was said --------------------------------------------------------------------------
def _refuse_too_long(said):
    """Nothing that was typed is cut off in silence."""
    for name, most in (("description", DESCRIPTION_MAX), ("address", ADDRESS_MAX)):
        if len(getattr(said, name).strip()) > most:
            raise given_inputs.wrong(name, _("At most %(max)s characters.") % {"max": most})


def _check_on_site(by, pictures, said):
    """What only somebody on site can say of a new report."""
    if said.on_guard and not holds(by, Action.VERIFY):
        raise NotYours(_("Only a collector stays on site."), "not_yours")
    if not said.self_disposed:
        return
    if said.on_guard:
        raise given_inputs.wrong("on_guard", _("What has been put right needs nobody to stay."))
    if not holds(by, SELF_DISPOSE):
        raise NotYours(_("Your post cannot put matters right on site."), "not_yours")
    if not {"before", "after"} <= {picture.photo_type for picture in pictures}:
        raise given_inputs.wrong("photos", _("Photos of before and after the work are needed."))


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


def _check_source(by, source):
    """A patrol report is filed without verification, so only collectors may give that source.

    A program has a source of its own and reports under no other.
    """
    if by is None:
        allowed = source.group == "public"
    elif by.kind == by.Kind.SERVICE:
        allowed = source.code == by.service.source
    elif source.group == "collector":
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
        reason = _("Name the kind too.") if rows else _("Unknown class code.")
        raise given_inputs.wrong("class_code", reason)
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
