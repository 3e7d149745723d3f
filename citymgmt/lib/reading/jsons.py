"""JSON of others: nested so deeply that nobody can read it, it is no JSON."""

import json
from typing import Any

from django.utils.translation import gettext as _


def load_json(text: str | bytes) -> Any:
    """As `json.loads`; ValueError also for more levels than can be read."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(_("it is nested too deeply")) from error
