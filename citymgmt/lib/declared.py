"""What apps declare for those below them: methods of their `AppConfig`.

A lower app asks for a name; it knows neither who answers nor how many. Besides `signals.py` there
is no other road upwards.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps


def declared(name: str) -> list[Callable[[], Any]]:
    """The methods of this name, in the order of the installed apps."""
    configs = apps.get_app_configs()
    return [getattr(config, name) for config in configs if hasattr(config, name)]
