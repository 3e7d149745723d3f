"""Campaigns: which one a report joins, and the deeds of whoever runs them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models.campaigns import Campaign
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import MANAGE_CAMPAIGNS
from citymgmt.accounts.rules import holds
from citymgmt.lib.addresses import key_of
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from grid.models import Area
from inventory.models import MatterClass

AUTO = "auto"  # the report joins by its class, place and day
NONE = "none"  # what a form sends for "no campaign"
LONGEST = timedelta(days=366)


# --- what joins -----------------------------------------------------------------------------
def match(rows: Iterable[tuple[int, int | None]], lineage: Sequence[int]) -> int | None:
    """The campaign a report joins, of (campaign, area or None for everywhere).

    `lineage`: the areas of the place, the narrowest first. The narrowest campaign wins, of two
    alike the newer one.
    """
    rank = {area: n for n, area in enumerate(lineage)} | {None: len(lineage)}
    found = [(rank[area], -campaign) for campaign, area in rows if area in rank]
    return -min(found)[1] if found else None


def joined(case, at: datetime) -> int | None:
    """The key of the campaign a new report joins at this instant; one query."""
    rows = Campaign.objects.running(at).filter(classes=case.matter_class_id).order_by()
    lineage = [case.community_id, case.street_id, case.district_id, case.district.parent_id]
    return match(rows.values_list("pk", "areas"), [area for area in lineage if area])


def choices_of(at: datetime):
    """What may be set by hand on a report of that instant, the newest first."""
    return Campaign.objects.running(at)


def chosen(value, at: datetime) -> Campaign | None:
    """A running campaign by its key (or row), None for `NONE`; BadInput names the field."""
    if value == NONE:
        return None
    key = key_of(str(value.pk if isinstance(value, Campaign) else value))
    if key and (row := choices_of(at).filter(pk=key).first()):
        return row
    said = _("Choose a campaign that ran when this was reported.")
    raise BadInput(said, "invalid", {"campaign": [said]})


# --- deeds ----------------------------------------------------------------------------------
@transaction.atomic
def save(
    *, campaign: Campaign | None = None, name_zh: str, name_en: str = "", first_day: date,
    last_day: date, classes: Sequence[MatterClass], areas: Sequence[Area] = (), note: str = "",
    by: User, at: datetime | None = None, request=None,
) -> Campaign:  # fmt: skip
    """A new campaign, or a change to one that goes on. Cases that have joined stay in it."""
    row = _locked(campaign, by) if campaign else Campaign(by=by)
    now = at or timezone.now()
    _check_manager(by, areas)
    _check(name_zh, first_day, last_day, classes, timezone.localdate(now))
    row.name_zh, row.name_en, row.note = name_zh.strip(), name_en.strip(), note.strip()
    row.first_day, row.last_day = first_day, last_day
    row.save()
    row.classes.set(classes)
    row.areas.set(areas)
    data = {
        "id": row.pk, "from": first_day, "to": last_day, "classes": [str(c) for c in classes],
        "areas": [a.name for a in areas],
    }  # fmt: skip
    record(verb="save_campaign", subject=row.name_zh, by=by, data=data, request=request)
    return row


@transaction.atomic
def end(*, campaign: Campaign, by: User, at: datetime | None = None, request=None) -> Campaign:
    """Over before its last day: from this moment on nothing joins it."""
    row = _locked(campaign, by)
    now = at or timezone.now()
    if row.status(timezone.localdate(now)) == "over":
        raise NotNow(_("This campaign is over."), "over")
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    record(verb="end_campaign", subject=row.name_zh, by=by, data={"id": row.pk}, request=request)
    return row


def _locked(campaign, by) -> Campaign:
    row = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    _check_manager(by, list(row.areas.all()))
    if row.closed_at:
        raise NotNow(_("This campaign is over."), "over")
    return row


# --- rules ----------------------------------------------------------------------------------
def may_manage(user, areas: Iterable[Area]) -> bool:
    """The verb, and oversight of every area; of every district for a campaign everywhere."""
    if not holds(user, MANAGE_CAMPAIGNS):
        return False
    own = tuple(Area.objects.overseen_by(user).values_list("code", flat=True))
    wanted = [area.code for area in areas]
    if not wanted:
        wanted = Area.objects.filter(level=Area.Level.DISTRICT).values_list("code", flat=True)
    return all(code.startswith(own) for code in wanted) if own else False


def areas_of(user):
    """Districts, streets and communities the person may run a campaign in; without polygons."""
    inside = Q(pk__in=[])
    for code in Area.objects.overseen_by(user).values_list("code", flat=True):
        inside |= Q(code__startswith=code)
    rows = Area.objects.filter(inside).exclude(level=Area.Level.CITY)
    return rows.defer("geometry").order_by("code")


def _check_manager(by, areas):
    if not may_manage(by, areas):
        raise NotYours(_("This is not yours to do."), "not_yours")


def _check(name, first_day, last_day, classes, today):
    wrong = {}
    if not name.strip():
        wrong["name_zh"] = _("A name is needed.")
    if not classes:
        wrong["classes"] = _("Choose classes.")
    if last_day < first_day:
        wrong["last_day"] = _("The last day is before the first.")
    elif last_day < today:
        wrong["last_day"] = _("The last day has passed.")
    elif last_day - first_day >= LONGEST:
        wrong["last_day"] = _("A campaign lasts a year at most.")
    if wrong:
        said = {field: [why] for field, why in wrong.items()}
        raise BadInput(next(iter(wrong.values())), fields=said)
