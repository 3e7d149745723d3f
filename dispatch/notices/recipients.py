"""Whom a rule means on a case. People of a post are read once for all cases of a round."""

from cases.machine.rules import oversees
from cases.states import HOLDER, State
from citymgmt.accounts.models import Membership, User
from citymgmt.accounts.rules import handled_departments
from dispatch.models import EscalationRule

Scope = EscalationRule.Scope
# In these states one person has the task.
PERSON = {
    State.VERIFYING: "collector", State.CHECKING: "collector", State.DISPOSING: "handler",
}  # fmt: skip
OF_DEPARTMENT = ("liaison", "handler")


class People:
    """Active people by post, with what they oversee and handle for kept on them."""

    def __init__(self):
        self._of: dict[str, list[User]] = {}

    def holding(self, post: str) -> list[User]:
        if post not in self._of:
            current = Membership.objects.current().filter(post__code=post).order_by()
            rows = User.objects.filter(is_active=True, pk__in=current.values("user"))
            self._of[post] = list(rows.order_by("id"))
        return self._of[post]

    def told(self, rule, event) -> list[User]:
        """Those whom the rule means for a row of the log, once each."""
        if rule.scope == Scope.HOLDER:
            found = self._holders(event.case, event.state_to)
        elif rule.scope == Scope.DECIDER:
            found = self._of_scope(event.data.get("asked", ""), Scope.AREA, event.case)
        else:
            found = self._of_scope(rule.post.code, rule.scope, event.case)
        return [user for user in found if user.on_duty or not rule.on_duty_only]

    def _holders(self, case, state):
        person = getattr(case, PERSON[state]) if state in PERSON else None
        if person:
            return [person] if person.is_active else []
        post = HOLDER.get(state)
        if post is None:
            return []
        return self._of_scope(post, Scope.DEPT if post in OF_DEPARTMENT else Scope.AREA, case)

    def _of_scope(self, post, scope, case):
        people = self.holding(post)
        if scope == Scope.AREA:
            return [user for user in people if oversees(user, case)]
        if scope == Scope.DEPT:
            return [user for user in people if case.department_id in handled_departments(user)]
        return people
