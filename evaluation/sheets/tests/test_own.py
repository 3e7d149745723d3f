"""Those scored see their own sheet and the cases behind it, and appeal from there."""

from datetime import date

import pytest
from guardian.shortcuts import assign_perm

from cases.models import Case
from cases.states import State
from cases.tests.cast import MORNING, bring, person
from citymgmt.accounts.models import Department
from evaluation.models import MissedFinding
from evaluation.results.actions import evaluate
from evaluation.sheets import queries
from evaluation.sheets.own import may_see, own_objects

DAY = date(2026, 3, 2)


@pytest.fixture
def done(town):
    return evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)


@pytest.fixture
def contractor(town):
    company = Department.objects.create(
        code="company", name_zh="采集公司", name_en="Company", kind="contractor"
    )
    town.collector.memberships.update(department=company)
    manager = person(town, "manager", "liaison", company)
    assign_perm("accounts.handle_department", manager, company)
    return manager


def shown(client, address):
    page = client.get(address)
    return page.status_code, [label for label, _table in page.context["tables"]]


def test_own_objects_by_post(town, contractor):
    assert own_objects(town.liaison) == {("department", town.water.pk)}
    assert own_objects(town.handler) == {
        ("department", town.water.pk), ("handler", town.handler.pk),
    }  # fmt: skip
    assert own_objects(town.collector) == {("collector", town.collector.pk)}
    assert own_objects(contractor) == {
        ("contractor", contractor.memberships.get().department_id),
        ("collector", town.collector.pk),
    }  # fmt: skip


@pytest.mark.parametrize("who", ["liaison", "collector", "handler", "acceptor"])
def test_everybody_scored_sees_their_own_and_no_others(client, town, done, who):
    user = getattr(town, who)
    client.force_login(user)
    for address in ("/scores/mine/", f"/scores/mine/?ref={done.pk}"):
        assert client.get(address).status_code == 200
    page = client.get(f"/scores/mine/?ref={done.pk}")
    seen = {
        (line["result"].object_kind, line["result"].object_id)
        for _label, table in page.context["tables"]
        for group in table["groups"]
        for line in group["rows"]
    }
    assert seen
    assert seen <= own_objects(user)
    for kind, of in seen:
        assert client.get(f"/scores/{done.pk}/{kind}/{of}/").status_code == 200
    foreign = f"/scores/{done.pk}/street/{town.street.pk}/"
    assert client.get(foreign).status_code == 403
    assert client.get(f"/scores/{done.pk}/").status_code == 403
    assert client.get(f"/scores/{done.pk}/cases/?count=filed").status_code == 403


def test_the_cases_behind_their_own_numbers(client, town, done):
    client.force_login(town.liaison)
    url = f"/scores/{done.pk}/cases/?count=should_close&kind=department&of="
    page = client.get(f"{url}{town.water.pk}")
    assert {row.pk for row in page.context["rows"]} == {
        town.closed.pk, town.late.pk, town.waiting.pk,
    }  # fmt: skip
    assert client.get(f"{url}{town.gas.pk}").status_code == 403
    assert client.get(f"{url}none").status_code == 403


def test_a_contractor_sees_one_sheet_its_collectors_beneath_it(client, town, contractor):
    done = evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    company = Department.objects.get(code="company")
    client.force_login(contractor)
    page = client.get(f"/scores/mine/?ref={done.pk}")
    [(label, table)] = page.context["tables"]
    assert label == "采集公司"
    assert [group["name"] for group in table["groups"]] == ["", "监督员"]
    whole, people = ([line["result"] for line in group["rows"]] for group in table["groups"])
    assert [row.object_id for row in whole] == [company.pk]
    assert [row.object_id for row in people] == [town.collector.pk]
    assert whole[0].counts == people[0].counts
    assert whole[0].score == people[0].score
    assert client.get(f"/scores/{done.pk}/contractor/{company.pk}/").status_code == 200
    reported = f"/scores/{done.pk}/cases/?count=reported&kind=contractor&of={company.pk}"
    assert client.get(reported).context["number"] == 3
    found = queries.frozen(done.pk)
    assert not may_see(contractor, found, "collector", town.collector2.pk)
    assert not may_see(town.liaison, found, "contractor", company.pk)


def test_of_an_evaluation_without_contractors_the_collectors_are_shown(client, town, done):
    company = Department.objects.create(code="company", name_zh="公司", kind="contractor")
    manager = person(town, "manager", "liaison", company)
    assign_perm("accounts.handle_department", manager, company)
    town.collector.memberships.update(department=company)
    client.force_login(manager)
    page = client.get(f"/scores/mine/?ref={done.pk}")
    [(_label, table)] = page.context["tables"]
    [group] = table["groups"]
    assert [line["result"].object_id for line in group["rows"]] == [town.collector.pk]
    reported = f"/scores/{done.pk}/cases/?count=reported&kind=collector&of={town.collector.pk}"
    page = client.get(reported)
    assert len(page.context["rows"]) == page.context["number"] == 3
    assert client.get(page.context["rows"][0].get_absolute_url()).status_code == 200


def test_a_contractor_objects_for_its_collectors(client, town, contractor):
    case = Case.objects.get(pk=town.rejected.pk)
    finding = MissedFinding.objects.create(
        case=case, verdict="confirmed", duty_grid=town.duty_grid, collector=town.collector,
        reason="应发现未发现", by=town.evaluator,
    )  # fmt: skip
    client.force_login(contractor)
    assert [row.pk for row in client.get("/scores/mine/").context["missed"]] == [finding.pk]
    client.post(f"/scores/missed/{case.number}/object/", {"reason": "不在巡查时段"})
    said = MissedFinding.objects.first()
    assert (said.verdict, said.by, said.collector) == ("objected", contractor, town.collector)


def test_a_department_appeals_from_its_sheet(client, town):
    case = bring(town, State.CLOSED, case=town.late, at=MORNING)
    assert case.disposal_overdue
    done = evaluate(scheme="A", start=DAY, end=DAY, by=town.evaluator)
    client.force_login(town.liaison)
    link = f'href="/cases/{case.number}/do/appeal/'
    page = client.get(f"/scores/mine/?ref={done.pk}").content.decode()
    assert link in page
    listed = f"/scores/{done.pk}/cases/?count=closed_overdue&kind=department&of={town.water.pk}"
    assert link in client.get(listed).content.decode()
    form = client.get(f"/cases/{case.number}/do/appeal/?opinion=2026-03")
    assert "2026-03" in form.content.decode()
    client.force_login(town.leader)  # sees the scores, and may not appeal
    assert link not in client.get(listed).content.decode()


def test_one_who_is_not_scored_sees_nothing_of_it(client, town, done):
    client.force_login(town.sysadmin)
    assert shown(client, f"/scores/mine/?ref={done.pk}") == (200, [])
    assert client.get("/scores/mine/?ref=moon").status_code == 404
