"""The menu: each app registers its entries at start; a person sees those their verbs open."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `verbs`: any of them opens it; empty means everybody signed in."""

    url_name: str
    label: str
    icon: str
    verbs: frozenset[str] = frozenset()
    order: int = 50


_entries: list[Entry] = []


def register(url_name, label, icon, verbs=(), order=50):
    """For `AppConfig.ready`; `label` is a lazy translation, `icon` a Bootstrap icon name."""
    entry = Entry(url_name, label, icon, frozenset(verbs), order)
    if entry not in _entries:
        _entries.append(entry)
        _entries.sort(key=lambda e: e.order)


def entries(user, path):
    """Dicts `url, label, icon, active` for the templates."""
    seen = []
    for entry in _entries:
        if entry.verbs and not entry.verbs & user.verbs:
            continue
        url = reverse(entry.url_name)
        active = path == url or (url != "/" and path.startswith(url))
        seen.append({"url": url, "label": entry.label, "icon": entry.icon, "active": active})
    return seen
