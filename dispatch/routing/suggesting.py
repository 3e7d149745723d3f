"""Who is responsible for a matter: suggestions from plain facts and rules. Pure.

Order (workflow §6, §11): what was ruled on a like case, the component's owner and maintainer, then
the rules for the role of the filing condition, then the government of the place. Every suggestion
says why; a rule that points nowhere is a suggestion without a department, for people to see and
mend.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

REASONS = {
    "ruling": _("%(name)s was ruled responsible in case %(case)s on %(day)s."),
    "owner": _("%(name)s owns this component."),
    "maintainer": _("%(name)s maintains this component."),
    "answers": _("%(name)s answers for %(matter)s in %(ground)s (since %(day)s)."),
    "fixed": _("%(name)s is in charge of this class (rule %(rule)s)."),
    "street": _("%(name)s is the street office of the place (rule %(rule)s)."),
    "rule_owner": _("%(name)s owns the component (rule %(rule)s)."),
    "rule_maintainer": _("%(name)s maintains the component (rule %(rule)s)."),
    "rule_locality": _("%(name)s governs the place (rule %(rule)s)."),
    "locality": _("It is unclear who is responsible: %(name)s coordinates at the place."),
    "no_fixed": _("Rule %(rule)s names no department in use."),
    "no_owner": _("Rule %(rule)s asks for the owner, but no component with an owner is named."),
    "no_maintainer": _(
        "Rule %(rule)s asks for the maintainer, but no component with a maintainer is named."
    ),
    "no_street": _("Rule %(rule)s asks for the street office, but the place has none."),
    "no_locality": _("Rule %(rule)s asks for the government of the place, but there is none."),
}
NAMED_BY_RULE = {
    "owner": "rule_owner", "maintainer": "rule_maintainer", "locality": "rule_locality",
}  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """A department as routing sees it."""

    pk: Hashable
    name: str


@dataclass(frozen=True)
class Precedent:
    """`models.Ruling` as routing cites it."""

    unit: Unit
    case: str  # number
    day: str


@dataclass(frozen=True)
class Facts:
    """What routing may look at. Units are None where there is none."""

    kind: str
    major: str
    matter_class: Hashable
    role: str = ""
    ruling: Precedent | None = None
    owner: Unit | None = None
    maintainer: Unit | None = None
    street: Unit | None = None
    locality: Unit | None = None
    places: tuple[Hashable, ...] = ()  # ("duty", pk) and ("area", pk), the closest first


@dataclass(frozen=True)
class Answer:
    """`models.Responsibility` as plain data: it speaks before the general rules."""

    unit: Unit
    place: Hashable  # as in `Facts.places`
    ground: str
    matter: str
    day: str
    kind: str = ""
    major: str = ""
    matter_class: Hashable | None = None
    pk: Hashable | None = None

    def matches(self, facts: Facts) -> bool:
        if self.place not in facts.places:
            return False
        if self.matter_class is not None:
            return self.matter_class == facts.matter_class
        return self.kind == facts.kind and self.major in ("", facts.major)

    def closeness(self, facts: Facts) -> tuple[int, int]:
        """The smaller ground speaks first, then the narrower matter."""
        width = 0 if self.matter_class is not None else 1 if self.major else 2
        return facts.places.index(self.place), width


@dataclass(frozen=True)
class Rule:
    """`models.RoutingRule` as plain data; empty keys match everything."""

    pk: Hashable
    resolver: str
    kind: str = ""
    major: str = ""
    matter_class: Hashable | None = None
    role: str = ""
    unit: Unit | None = None
    priority: int = 100
    name: str = ""  # its matter, in words

    def matches(self, facts: Facts) -> bool:
        keys = (
            (self.kind, facts.kind), (self.major, facts.major),
            (self.matter_class, facts.matter_class), (self.role, facts.role),
        )  # fmt: skip
        return all(key in ("", None, fact) for key, fact in keys)

    @property
    def looseness(self) -> int:
        """How many keys are left open: the closest rule speaks first among equals."""
        return [self.matter_class or "", self.role, self.major, self.kind].count("")


@dataclass(frozen=True)
class Reason:
    """A sentence in the reader's language; `key` and `values` for programs."""

    key: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)
    rule: Hashable | None = field(default=None, compare=False)  # pk of the rule it comes from
    answer: Hashable | None = field(default=None, compare=False)  # or of who answers there

    def __str__(self) -> str:
        return str(REASONS[self.key]) % self.values


@dataclass(frozen=True)
class Suggestion:
    """A department (its pk) and why; without a department, what is wrong with a rule."""

    department: Hashable | None
    reason: Reason

    @property
    def broken(self) -> bool:
        return self.department is None


def suggest(
    facts: Facts, rules: Iterable[Rule], answers: Iterable[Answer] = ()
) -> list[Suggestion]:
    """Best first, each department once; the broken rules among them keep their place."""
    seen: set[Hashable] = set()
    found = []
    for suggestion in _all(facts, rules, answers):
        if suggestion.department not in seen or suggestion.broken:
            seen.add(suggestion.department)
            found.append(suggestion)
    return found


def _all(facts: Facts, rules: Iterable[Rule], answers: Iterable[Answer]) -> Iterator[Suggestion]:
    if ruling := facts.ruling:
        values = {"name": ruling.unit.name, "case": ruling.case, "day": ruling.day}
        yield Suggestion(ruling.unit.pk, Reason("ruling", values))
    for key in ("owner", "maintainer"):
        if unit := getattr(facts, key):
            yield Suggestion(unit.pk, Reason(key, {"name": unit.name}))
    for one in sorted((a for a in answers if a.matches(facts)), key=lambda a: a.closeness(facts)):
        values = {
            "name": one.unit.name, "matter": one.matter, "ground": one.ground, "day": one.day,
        }  # fmt: skip
        yield Suggestion(one.unit.pk, Reason("answers", values, answer=one.pk))
    matching = [rule for rule in rules if rule.matches(facts)]
    for rule in sorted(matching, key=lambda r: (r.priority, r.looseness)):
        yield _resolve(rule, facts)
    if unit := facts.locality:
        yield Suggestion(unit.pk, Reason("locality", {"name": unit.name}))


def _resolve(rule: Rule, facts: Facts) -> Suggestion:
    unit = rule.unit if rule.resolver == "fixed" else getattr(facts, rule.resolver)
    if unit is None:
        values = {"rule": rule.name or rule.pk}
        return Suggestion(None, Reason(f"no_{rule.resolver}", values, rule=rule.pk))
    key = NAMED_BY_RULE.get(rule.resolver, rule.resolver)
    values = {"name": unit.name, "rule": rule.name or rule.pk}
    return Suggestion(unit.pk, Reason(key, values, rule=rule.pk))
