"""What a leader should look at first."""

from datetime import datetime

from django.db import models
from django.db.models import Q, When

from cases.time.overdue import is_overdue, overdue
from dispatch.command.scope import Scope


def alarms(scope: Scope, now: datetime, number: int = 6) -> list[dict]:
    """What is late, urgent cases first, the longest late first; then urgent cases in time."""
    rows = (
        scope.open.filter(Q(urgent=True) | overdue(now))
        .select_related("matter_class", "community", "department")
        .defer("community__geometry", "description", "address")
        .annotate(in_time=models.Case(When(overdue(now), then=0), default=1))
        .order_by("in_time", "-urgent", "due_at", "pk")[:number]
    )
    return [
        {
            "number": row.number, "class": row.matter_class.name, "place": row.community.name,
            "department": row.department.name if row.department else "",
            "state": row.state, "state_name": str(row.get_state_display()),
            "urgent": row.urgent, "overdue": is_overdue(row.state, row.due_at, now),
            "due": row.due_at.isoformat() if row.due_at else None,
            "warn": row.warn_at.isoformat() if row.warn_at else None,
        }
        for row in rows
    ]  # fmt: skip
