"""Open cases on unit grids that are about to change: they keep the cell of their report."""

from datetime import date

from cases.models import Case


def count_open(cells, on: date) -> int:
    return Case.objects.open().filter(unit_grid__in=cells).count()
