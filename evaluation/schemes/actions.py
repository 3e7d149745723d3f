"""An edited scheme becomes the next version of its code."""

from datetime import date

from django.db import transaction

from citymgmt.accounts.audit import record
from citymgmt.accounts.posts import EVALUATE
from citymgmt.lib.errors import BadInput
from evaluation.counting.settings import Settings, SettingsError
from evaluation.models import SchemeRow
from evaluation.rules import need
from evaluation.scoring.scheme_json import from_json
from evaluation.scoring.schemes import SchemeError


@transaction.atomic
def save_scheme(*, scheme, settings, effective_from: date, by, request=None) -> SchemeRow:
    """Store an edited scheme as the next version of its code; older figures keep theirs."""
    need(by, EVALUATE)
    try:
        parsed, choices = from_json(scheme), Settings.from_json(settings)
    except SchemeError as error:
        raise BadInput(str(error), "scheme", {"scheme": [str(error)]}) from error
    except SettingsError as error:
        raise BadInput(str(error), "settings", {"settings": [str(error)]}) from error
    newest = SchemeRow.objects.filter(code=parsed.code).order_by("-version").first()
    row = SchemeRow(
        code=parsed.code, version=newest.version + 1 if newest else 1, scheme=scheme,
        settings=choices.to_json(), effective_from=effective_from, by=by,
    )  # fmt: skip
    row.save()
    record(verb="save_scheme", subject=str(row), by=by, request=request)
    return row
