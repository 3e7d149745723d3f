"""Where the matter of a closed case goes on that was not solved."""

from cases.models import Case


def goes_on_in(case) -> Case | None:
    """The open case that was entered because the last closing did not solve the matter."""
    since = case.followers.filter(reported_at__gte=case.closed_at).order_by("-id")
    rows = since.select_related("merged_into")
    return next((row for row in rows if not row.main.final), None)
