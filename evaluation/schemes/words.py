"""A scheme as people read it: kinds, parts, bands and grades in words. No rows are read."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from evaluation.counting import labels
from evaluation.models import Kind
from evaluation.scoring.schemes import Band, Part, Scheme


def kind(code: str) -> str:
    """What a scheme scores, in a word."""
    return str(labels.SCORED[code] if code in labels.SCORED else Kind(code).label)


def page(scheme: Scheme) -> dict[str, Any]:
    """`parts` of every kind and `grades`, for the page of a scheme."""
    return {
        "parts": [
            (kind(code), [_part(one) for one in parts]) for code, parts in scheme.objects.items()
        ],
        "grades": [
            {
                "letter": g.letter,
                "cut": g.cut,
                "colour": g.colour,
                "word": labels.GRADES.get(g.letter, ""),
            }
            for g in scheme.grades
        ],
    }


def _part(part: Part) -> dict[str, Any]:
    bands = (part.bands or {}).items()
    return {
        "name": labels.indicator(part.indicator, part.per), "weight": part.weight,
        "complement": part.complement,
        "bands": [(labels.PERIODS[period], list(_steps(band))) for period, band in bands],
    }  # fmt: skip


def _steps(band: Band) -> Iterator[str]:
    for step in band:
        told = {"upto": step.upto, "points": step.points}
        yield (
            _("more: %(points)s") if step.upto is None else _("up to %(upto)s: %(points)s")
        ) % told
