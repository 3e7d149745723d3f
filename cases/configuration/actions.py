"""The one way to change a setting: checked as a whole, and on record with old and new values."""

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from cases.configuration.switches import SWITCHES
from cases.machine.process import process
from cases.models import ProcessSwitch
from citymgmt.accounts.audit import record
from citymgmt.accounts.models import AuditEvent
from citymgmt.accounts.posts import MANAGE_STANDARDS
from citymgmt.accounts.rules import holds
from citymgmt.lib.errors import BadInput, NotNow, NotYours

VERB = "change_setting"
SHOWN = 10


def _need(by):
    if not holds(by, MANAGE_STANDARDS):
        raise NotYours(_("This is not yours to do."), "not_yours")


def values_of(row) -> dict:
    """Field → value as text, for the record."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return {field.name: str(getattr(row, field.attname)) for field in fields}


def save(*, section, row, by, request=None):
    """Create or change one row of a section. BadInput where all rows together make no sense."""
    _need(by)
    known = section.model.objects.filter(pk=row.pk).first()
    old, new = values_of(known) if known else {}, values_of(row)
    try:
        with transaction.atomic():
            section.before(row)
            row.save()
            section.check(row)
            changed = {n: [old.get(n, ""), v] for n, v in new.items() if old.get(n) != v}
            _record(section.code, row, changed, by, request)
    except IntegrityError as error:
        raise BadInput(_("There is such a row already."), "twice") from error
    except ValueError as error:
        raise BadInput(str(error), "nonsense") from error
    return row


def delete(*, section, row, by, request=None):
    _need(by)
    old = values_of(row)
    name = str(row)
    try:
        with transaction.atomic():
            row.delete()
            section.check(row)
            _record(section.code, name, {n: [v, ""] for n, v in old.items()}, by, request)
    except ProtectedError as error:
        raise NotNow(_("Something else still uses it."), "in_use") from error
    except ValueError as error:
        raise BadInput(str(error), "nonsense") from error


def switch(*, values, by, request=None) -> list[str]:
    """Set process switches {key: value}; the keys that changed. All or nothing."""
    _need(by)
    now = process()
    changed = {k: v for k, v in values.items() if getattr(now, k) != v}
    with transaction.atomic():
        for key, value in changed.items():
            stored = SWITCHES[key].stored(value)
            ProcessSwitch.objects.update_or_create(key=key, defaults={"value": stored})
        if changed:
            data = {k: [str(getattr(now, k)), str(v)] for k, v in changed.items()}
            _record("process", ", ".join(changed), data, by, request)
        process()
    return list(changed)


def _record(code, row, changed, by, request):
    record(verb=VERB, subject=f"{code}: {row}", by=by, data=changed, request=request)


def history(code):
    """The last changes of a section, newest first."""
    rows = AuditEvent.objects.filter(verb=VERB, subject__startswith=f"{code}: ")
    return rows.select_related("by").order_by("-id")[:SHOWN]
