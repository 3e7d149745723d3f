"""Photos that come after the step they belong to: one by one, or over a line that breaks."""

import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.machine import identifiers
from cases.machine.inputs import wrong
from cases.machine.rules import may_add_photos
from cases.models import Case
from cases.photos import reading as photo_store
from cases.record.chain import ADDED
from cases.states import Action
from citymgmt.accounts.audit import record
from citymgmt.lib import rows
from citymgmt.lib.errors import NotNow, NotYours
from citymgmt.lib.transactions import retried


@retried
def add_photos(*, case: Case, by, photos, client_uuid=None) -> tuple[Case, bool]:
    """Add to the last step that the person took on an open case; (case, added).

    `photos` are (photo_type, file) pairs. The same `client_uuid` again adds nothing, and with
    other photos it is refused. BadInput, NotYours, NotNow.
    """
    photos = list(photos)
    identifier = identifiers.identify(client_uuid, f"photos {case.pk}", by, {}, photos)
    pictures = photo_store.read_all(photos, Action.REPORT)
    if not pictures:
        raise wrong("photos", _("At least one photo is needed."))
    try:
        return _added(case, by, pictures, identifier)
    except IntegrityError:
        # Sent twice at once: the other one won.
        if identifier and identifiers.is_known(identifier):
            return case, False
        raise


def _added(case, by, pictures, identifier):
    """Identifiers are taken before cases are locked, as every step does."""
    with transaction.atomic():
        if identifier and identifiers.is_known(identifier):
            return case, False
        identifiers.claim(identifier)
        case = Case.objects.locked(case.pk)
        if case.final:
            raise NotNow(_("No further photo is taken: the case is over."), "wrong_state")
        if not may_add_photos(by, case):
            detail = _("Only who has the task or has acted on the case adds photos.")
            raise NotYours(detail, "not_yours")
        _store(case, by, pictures, identifier and identifier.uuid)
    return case, True


def sent_before(case: Case, by) -> set[str]:
    """The types of the photos that the person has sent by themselves in the present state."""
    rows = case.attachments.filter(by=by, at__gte=case.state_since, client_uuid__isnull=False)
    return set(rows.values_list("photo_type", flat=True)) if by else set()


def _store(case, by, pictures, key):
    log = case.events.order_by("-seq")
    event = log.filter(by=by).first() or log.first()
    now = timezone.now()
    key = key or uuid.uuid4()
    made = photo_store.store(pictures, case, event, by, at=now, client_uuid=key)
    # The log does not grow by them: whoever decides meanwhile would be told that the case changed.
    data = {"row": event.seq, "photos": [str(row.uuid) for row in made]}
    record(verb=ADDED, subject=case.number, by=by, data=data)
    case.updated_at = now
    rows.update(case, ["updated_at"])
