"""Who is responsible: facts and rules in, departments and reasons out."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from cases.states import State
from cases.tests.cast import bring, report
from dispatch.choosing.candidates import collectors_for, handlers_for
from dispatch.models import RoutingRule
from dispatch.routing.loading import load_routing
from dispatch.routing.queries import suggestions_for
from dispatch.routing.suggesting import Facts, Rule, Unit, suggest

OWNER, KEEPER, STREET, PLACE, WATER = (
    Unit(n, n) for n in ("owner", "keeper", "street", "place", "water")
)


def facts(**given):
    values = {"kind": "event", "major": "01", "matter_class": 7, "role": "water_supply"}
    return Facts(**{**values, "street": STREET, "locality": PLACE, **given})


@pytest.mark.parametrize(
    ("given", "rules", "expected"),
    [
        ({}, [], ["place"]),
        ({"owner": OWNER, "maintainer": KEEPER}, [], ["owner", "keeper", "place"]),
        ({}, [Rule(1, "fixed", role="water_supply", unit=WATER)], ["water", "place"]),
        ({}, [Rule(1, "fixed", role="gas", unit=WATER)], ["place"]),
        ({}, [Rule(1, "street")], ["street", "place"]),
        ({}, [Rule(1, "locality")], ["place"]),
        ({"owner": OWNER}, [Rule(1, "owner")], ["owner", "place"]),
        ({}, [Rule(1, "owner"), Rule(2, "street")], [None, "street", "place"]),
        ({}, [Rule(1, "fixed", role="water_supply")], [None, "place"]),
        # the lower priority number first, then the closer rule
        ({}, [Rule(1, "street", priority=9), Rule(2, "fixed", unit=WATER)],
         ["street", "water", "place"]),
        ({}, [Rule(1, "street"), Rule(2, "fixed", matter_class=7, unit=WATER)],
         ["water", "street", "place"]),
        ({}, [Rule(1, "street", kind="component"), Rule(2, "street", major="02")], ["place"]),
        ({"locality": None}, [], []),
    ],
)  # fmt: skip
def test_routing_order(given, rules, expected):
    assert [s.department for s in suggest(facts(**given), rules)] == expected


def test_routing_reasons_speak_both_languages():
    (broken, unclear) = suggest(facts(), [Rule(5, "owner")])
    assert broken.broken
    with translation.override("en"):
        assert str(broken.reason).startswith("Rule 5 asks for the owner")
        assert "place" in str(unclear.reason)


def test_routing_of_a_case(cast):
    load_routing()
    case = bring(cast, State.TO_DISPATCH)
    assert [c.department for c in suggestions_for(case)] == [cast.water, cast.government]
    part = bring(cast, State.TO_DISPATCH, case=report(cast, component=cast.component))
    assert suggestions_for(part)[0].reason.key == "owner"


def test_routing_sends_events_to_the_street_of_the_place(cast):
    load_routing()
    case = bring(
        cast, State.TO_DISPATCH, case=report(cast, class_code=cast.litter),
        filing_condition=cast.litter_found,
    )  # fmt: skip
    assert suggestions_for(case)[0].department == cast.street_office


def test_routing_flags_a_rule_whose_department_is_out_of_use(cast):
    load_routing()
    cast.water.active = False
    cast.water.save()
    first = suggestions_for(bring(cast, State.TO_DISPATCH))[0]
    assert (first.department, first.reason.key) == (None, "no_fixed")


def test_routing_is_loaded_once_and_keeps_what_was_edited(cast):
    assert load_routing() > 0
    RoutingRule.objects.filter(responsible_role="water_supply").update(department=cast.gas)
    assert load_routing() == 0
    assert RoutingRule.objects.get(responsible_role="water_supply").department == cast.gas


def test_routing_constraint(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingRule.objects.create(resolver="street", department=cast.water)


def test_routing_candidates(cast):
    case = bring(cast, State.TO_DISPOSE)
    other, own = collectors_for(case)  # who reported it comes last
    assert (own.user, own.own_grid, other.user) == (cast.collector, True, cast.collector2)
    assert [c.user for c in handlers_for(case)] == [cast.handler, cast.liaison]
    assert handlers_for(bring(cast, State.TO_DISPATCH)) == []
    bring(cast, State.DISPOSING)
    assert [c.open_tasks for c in handlers_for(case)] == [0, 1]
