"""The tabs of the public site: its own, and those that apps above register at start."""

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Tab(NamedTuple):
    url_name: str
    label: Any


_tabs = [
    Tab("hotline:portal:report", _("Report")),
    Tab("hotline:portal:track", _("Track")),
    Tab("hotline:portal:around", _("Nearby")),
]


def register(url_name: str, label) -> None:
    """For `AppConfig.ready` of an app above; `label` is a lazy translation."""
    if (tab := Tab(url_name, label)) not in _tabs:
        _tabs.append(tab)


def tabs(request) -> list[dict]:
    """Dicts `url, label, active` for `public_base.html`."""
    here = request.resolver_match.view_name
    return [
        {"url": reverse(tab.url_name), "label": tab.label, "active": tab.url_name == here}
        for tab in _tabs
    ]
