"""The page of the routing rules: who reads and edits it, the way there from a suggestion."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.states import State
from cases.tests.cast import bring
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.errors import BadInput, NotYours
from dispatch.choosing import offers
from dispatch.models import Responsibility, RoutingRule
from dispatch.responsibilities import actions as responsibilities
from dispatch.routing import queries
from dispatch.routing import rules as routing_rules
from dispatch.routing.loading import load_routing

URL = "/grid/routing/"


@pytest.fixture
def rules(cast):
    load_routing()
    return cast


def sent(**changes):
    return {"matter": "class:0", "responsible_role": "", "resolver": "fixed", "department": "",
            "priority": "100", "active": "on"} | changes  # fmt: skip


# --- who ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "reads", "edits"),
    [
        ("sysadmin", 200, 200),
        ("dispatcher", 200, 403),
        ("leader", 200, 403),
        ("acceptor", 403, 403),
        ("liaison", 403, 403),
    ],
)
def test_who_reads_and_who_edits(rules, client, name, reads, edits):
    client.force_login(getattr(rules, name))
    rule = RoutingRule.objects.first()
    assert client.get(URL).status_code == reads
    assert client.get(reverse("dispatch:responsibilities")).status_code == reads
    for address in (f"{URL}{rule.pk}/", f"{URL}new/"):
        assert client.get(address).status_code == edits
        assert client.post(address, sent()).status_code == (422 if edits == 200 else 403)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_rule_has_its_row(rules, client, language):
    client.force_login(rules.dispatcher)
    page = client.get(URL, headers={"accept-language": language}).content.decode()
    assert all(f'id="rule-{rule.pk}"' in page for rule in RoutingRule.objects.all())
    assert f"{URL}new/" not in page
    assert "<textarea" not in page


def test_rules_are_found_by_department_class_and_role(rules, client):
    client.force_login(rules.dispatcher)
    for words, found in (("供水单位", True), ("water_supply", True), ("没有", False)):
        page = client.get(URL, {"q": words}).content.decode()
        rule = RoutingRule.objects.get(responsible_role="water_supply")
        assert (f'id="rule-{rule.pk}"' in page) == found, words


# --- editing --------------------------------------------------------------------------------
def test_a_rule_is_made_changed_and_recorded(rules, client):
    client.force_login(rules.sysadmin)
    matter = f"class:{rules.cover.pk}"
    given = sent(matter=matter, department=str(rules.gas.pk), priority="7")
    answer = client.post(f"{URL}new/", given)
    rule = RoutingRule.objects.get(priority=7)
    assert answer.headers["Location"] == f"{URL}#rule-{rule.pk}"
    assert (rule.matter_class, rule.department) == (rules.cover, rules.gas)
    case = bring(rules, State.TO_DISPATCH)
    case.component = None
    assert queries.suggestions_for(case)[0].department == rules.gas
    client.post(f"{URL}{rule.pk}/", given | {"active": ""})
    assert queries.suggestions_for(case)[0].department != rules.gas
    marks = AuditEvent.objects.filter(verb="save_routing_rule").order_by("id")
    assert [mark.by for mark in marks] == [rules.sysadmin] * 2
    assert marks[1].data["before"] != marks[1].data["after"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"department": ""}, "department"),
        ({"resolver": "street", "department": "gas"}, "department"),
        ({"priority": "-1"}, "priority"),
        ({"matter": "class:999999"}, "matter"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(rules, client, changes, wrong):
    client.force_login(rules.sysadmin)
    given = sent(matter="", department=str(rules.gas.pk)) | changes
    if given["department"] == "gas":
        given["department"] = str(rules.gas.pk)
    answer = client.post(f"{URL}new/", given)
    assert answer.status_code == 422
    assert wrong in answer.context["form"].errors


def test_two_rules_for_the_same_are_refused(rules):
    twin = RoutingRule.objects.get(responsible_role="water_supply")
    values = {name: getattr(twin, name) for name in routing_rules.FIELDS}
    with pytest.raises(BadInput) as refusal:
        routing_rules.save(row=RoutingRule(), by=rules.sysadmin, **values)
    assert list(refusal.value.fields) == ["priority"]
    with pytest.raises(NotYours):
        routing_rules.save(row=twin, by=rules.dispatcher, **values)


# --- from a suggestion ----------------------------------------------------------------------
def test_a_suggestion_leads_to_its_rule(rules, client):
    case = bring(rules, State.TO_DISPATCH)
    rule = RoutingRule.objects.get(responsible_role="water_supply")
    case.component = None
    found = {choice.label: choice.source for choice in offers.departments(case, rules.dispatcher)}
    assert found[str(rules.water)] == f"{URL}#rule-{rule.pk}"
    assert {choice.source for choice in offers.departments(case, rules.liaison)} == {""}
    client.force_login(rules.dispatcher)
    form = client.get(f"/cases/{case.number}/do/dispatch/").content.decode()
    assert f'href="{URL}#rule-{rule.pk}"' in form


def test_who_answers_on_the_ground_is_named_by_its_own_page(rules, client):
    responsibilities.answer(
        department=rules.gas, area=rules.street, matter_class=rules.cover,
        valid_from=timezone.localdate(), by=rules.sysadmin,
    )  # fmt: skip
    case = bring(rules, State.TO_DISPATCH)
    case.component = None
    first = offers.departments(case, rules.dispatcher)[0]
    row = Responsibility.objects.get()
    assert first.source == reverse("dispatch:responsibility", args=[row.pk])
    client.force_login(rules.dispatcher)
    page = client.get(first.source)
    assert page.status_code == 200
    assert page.context["form"] is None
    assert client.post(first.source, {"on": "2030-01-01"}).status_code == 403
