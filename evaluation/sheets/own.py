"""What of the scores is a person's own: those scored see their sheet and the cases behind it."""

from citymgmt.accounts.models import Department, User
from citymgmt.accounts.posts import SEE_SCORES
from citymgmt.accounts.rules import contracted_collectors, handled_departments, holds
from evaluation.models import POST_KINDS, Kind
from evaluation.sheets.queries import Sheet

Own = set[tuple[str, int]]  # (kind, object id)


def own_objects(user: User, sheet: Sheet | None = None) -> Own:
    """The departments somebody handles cases for, a contractor they act for with its collectors,
    those of today and those of the sheet, and the person in each post held."""
    found: Own = {(str(kind), user.pk) for kind in POST_KINDS if kind in user.post_codes}
    handled = handled_departments(user)
    if not handled:
        return found
    kinds = dict(Department.objects.filter(pk__in=handled).values_list("pk", "kind"))
    companies = {pk for pk, kind in kinds.items() if kind == Department.Kind.CONTRACTOR}
    people, disposing = set(contracted_collectors(user)), set(kinds) - companies
    if sheet is not None:
        people.update(*(sheet.companies.get(pk, ()) for pk in companies))
        # A company that also does the work of a department is scored as one too.
        disposing |= companies & {row.object_id for row in sheet.of_kind(Kind.DEPARTMENT)}
    found |= {(str(Kind.DEPARTMENT), pk) for pk in disposing}
    found |= {(str(Kind.CONTRACTOR), pk) for pk in companies}
    return found | {(str(Kind.COLLECTOR), pk) for pk in people}


def may_see(user: User, sheet: Sheet, kind: str, of: int | None) -> bool:
    """Who sees the scores sees all of them; others see their own."""
    return holds(user, SEE_SCORES) or (of is not None and (kind, of) in own_objects(user, sheet))
