"""The pages under "Grid and duty": each app registers its tabs at start; a person sees own ones."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse

from citymgmt.accounts.access import login_required


@dataclass(frozen=True)
class Tab:
    """`verbs`: any of them opens the page."""

    url_name: str
    label: Any
    verbs: frozenset[str]
    order: int = 50


_tabs: list[Tab] = []


def register(url_name, label, verbs, order=50):
    """For `AppConfig.ready`; `label` is a lazy translation."""
    tab = Tab(url_name, label, frozenset(verbs), order)
    if tab not in _tabs:
        _tabs.append(tab)
        _tabs.sort(key=lambda t: t.order)


def verbs() -> set[str]:
    """Whoever holds one of these has a page here."""
    return set().union(*(tab.verbs for tab in _tabs))


def tabs_of(user, path="") -> list[dict]:
    """Dicts `url, label, active`; the active one is the longest address the path begins with."""
    rows = [(reverse(tab.url_name), tab.label) for tab in _tabs if tab.verbs & user.verbs]
    here = max((url for url, _label in rows if path.startswith(url)), key=len, default="")
    return [{"url": url, "label": label, "active": url == here} for url, label in rows]


def page(request, template, status=200, **context):
    """A page of the section, under its tabs."""
    context["section_tabs"] = tabs_of(request.user, request.path)
    return render(request, template, context, status=status)


@login_required
def index(request):
    """The first page of the section that the person may see."""
    tabs = tabs_of(request.user)
    if not tabs:
        raise PermissionDenied
    return redirect(tabs[0]["url"])
