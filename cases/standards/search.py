"""Finding a class by words: the exact name first, then what begins so, then what is frequent."""

from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone

from cases.models import Case
from citymgmt.lib import writing
from citymgmt.lib.search import matching
from inventory.models import MatterClass

COUNTED = timedelta(days=90)  # what was frequent lately
KEPT_SECONDS = 600
NAMES = ("name_zh", "name_en", "major_zh", "major_en")


def find_classes(text: str, limit: int | None = 20) -> list[MatterClass]:
    """Classes in use that hold every word in code or name, the likeliest first.

    A text without words finds all classes, the most frequent first.
    """
    rows = MatterClass.objects.in_use().filter(matching(text, contains=NAMES, starts=("code",)))
    counts = frequency()
    asked = writing.plain(text).lower()
    found = sorted(rows, key=lambda row: (rank(row, asked), -counts.get(row.pk, 0), row.code))
    return found[:limit]


def rank(row: MatterClass, asked: str) -> int:
    """0: this is its code or name; 1: one of them begins so; 2: the words stand elsewhere."""
    names = [row.code, row.name_zh.lower(), row.name_en.lower()]
    if asked in names:
        return 0
    return 1 if any(name.startswith(asked) for name in names) else 2


def frequency() -> dict[int, int]:
    """Class → cases reported lately; counted once in ten minutes."""
    return cache.get_or_set("class-frequency", _count, KEPT_SECONDS)


def _count():
    recent = Case.objects.filter(reported_at__gte=timezone.now() - COUNTED)
    return dict(recent.order_by().values_list("matter_class").annotate(Count("pk")))
