"""What everything else calls to act on a case that stands: a step, or the round of the timer."""

import logging

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.machine import identifiers
from cases.machine import inputs as given_inputs
from cases.machine.adding import sent_before
from cases.machine.reports import follow_up
from cases.machine.rules import choose
from cases.machine.situation import context
from cases.machine.transitions import follow, move, tick
from cases.models import Case, CaseEvent, Source
from cases.photos import reading as photo_store
from cases.states import Action
from citymgmt.lib.errors import BadInput, NotNow
from citymgmt.lib.transactions import retried

log = logging.getLogger(__name__)


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

    `given`: raw inputs by name; `photos` and `made` as in `reports.report`; a photo without a type
    is of the usual one of the step. `source`: where a case that follows this one comes from. Raises
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
                follow_up(event, by, told, ctx.fixed(event.at))
    except (IntegrityError, NotNow):
        # The same step came in twice at once: the other one did it.
        if identifier and (done := _done(identifier, case, action)):
            return done
        raise
    return event


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
