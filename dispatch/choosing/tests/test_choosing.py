"""What a form of dispatch or assignment tells of those one can choose."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.desk.forms import ActionForm
from cases.machine import actions, choices
from cases.machine.rules import offers
from cases.models import Case
from cases.states import State
from cases.tests.cast import act, bring, person
from citymgmt.accounts.models import Department
from dispatch.choosing.candidates import handlers_for
from dispatch.choosing.loads import Load, last_here, loads
from grid.models import Position


def now():
    return timezone.now() - timedelta(hours=2)


def form_of(case, user, action):
    moves = offers(user, actions.context().situation(case))
    return ActionForm(case, next(move for move in moves if move.action == action), user)


def everything(form, name="department"):
    field = form.fields[name]
    return [*field.likely, *field.others]


@pytest.fixture
def waiting(cast):
    return bring(cast, State.TO_DISPATCH, at=now())


def test_each_department_shows_its_load_its_punctuality_and_its_returns(cast, waiting):
    bring(cast, State.DISPOSING, at=now())
    bring(cast, State.FEEDBACK_IN, at=now())
    back = bring(cast, State.TO_DISPOSE, at=now())
    act(cast, back, "return_", "liaison", at=now() + timedelta(minutes=9), opinion="非本单位")
    act(cast, back, "approve", "shift_leader", at=now() + timedelta(minutes=10))
    assert loads(timezone.now())[cast.water.pk] == Load(open=1, disposed=1, in_time=1, returns=1)
    found = {
        choice.value: choice for choice in everything(form_of(waiting, cast.dispatcher, "dispatch"))
    }
    assert found["water_supply"].figures == "1 件在办 · 30 天按时 100 % · 退回 1 次"
    assert found["gas"].figures == "0 件在办"


def test_a_late_disposal_counts_unless_it_is_exempt(cast):
    case = bring(cast, State.FEEDBACK_IN, at=now() - timedelta(days=3), minutes=100,
                 filing_condition=cast.cover_open)  # fmt: skip
    assert case.disposal_overdue
    assert loads(timezone.now())[cast.water.pk].in_time == 0
    Case.objects.update(exempt=True)
    assert loads(timezone.now())[cast.water.pk].in_time == 1


def test_the_department_that_was_here_last_is_named(cast, waiting):
    before = bring(cast, State.FEEDBACK_IN, at=now())
    assert last_here(waiting) == before
    found = everything(form_of(waiting, cast.dispatcher, "dispatch"))
    assert [c.value for c in found if "上次由其处置" in c.note] == ["water_supply"]


def test_the_collectors_company_is_not_offered_anywhere(cast, waiting):
    company = Department.objects.create(
        code="scouts", name_zh="信息采集公司", kind="contractor", parent=cast.government
    )
    person(cast, "scout", "collector", company)
    person(cast, "workman", "handler", Department.objects.create(
        code="sweepers", name_zh="环卫公司", kind="contractor", parent=cast.government
    ))  # fmt: skip
    form = form_of(waiting, cast.dispatcher, "dispatch")
    for name in ("department", "assist"):
        offered = {choice.value for choice in everything(form, name)}
        assert "scouts" not in offered
        assert {"sweepers", "water_supply", "gas"} <= offered


def test_departments_stand_in_groups_the_districts_own_before_streets(cast, waiting):
    found = [c.group for c in choices.departments(waiting, cast.dispatcher)]
    assert found == sorted(found, key=found.index)
    assert [*dict.fromkeys(found)] == ["区政府", "街道办", "公用事业"]


def test_the_form_of_dispatch_names_the_filing_condition_and_the_limit(cast, client, waiting):
    client.force_login(cast.dispatcher)
    address = f"/cases/{waiting.number}/do/dispatch/"
    body = client.get(address, headers={"HX-Request": "true"}).text
    assert 'class="filed-as"' in body
    assert "破损" in body
    assert "2 工作日" in body.replace("\xa0", " ")
    assert "<select" in body  # without a script it can be chosen from all the same


def test_the_form_costs_the_same_however_many_departments_there_are(cast, waiting):
    form_of(waiting, cast.dispatcher, "dispatch")
    with CaptureQueriesContext(connection) as few:
        form_of(waiting, cast.dispatcher, "dispatch")
    for n in range(30):
        Department.objects.create(code=f"d{n}", name_zh=f"单位{n}", kind="utility")
    bring(cast, State.DISPOSING, at=now())
    with CaptureQueriesContext(connection) as many:
        form_of(waiting, cast.dispatcher, "dispatch")
    assert len(many) == len(few)


def test_handlers_come_with_their_department_and_distance_the_own_ones_first(cast):
    person(cast, "above", "handler", cast.government)
    case = bring(cast, State.TO_DISPOSE, at=now())
    Position.objects.create(user=cast.handler, point=case.point, at=timezone.now())
    found = handlers_for(case)
    assert [c.department for c in found] == [cast.water, cast.water, cast.government]
    assert {c.user: c.distance_m for c in found}[cast.handler] == pytest.approx(0, abs=1)
    notes = {c.value: c.note for c in everything(form_of(case, cast.liaison, "assign"), "handler")}
    assert notes["handler"].startswith("供水单位 · ")
    assert "距 0 米" in notes["handler"]
    assert notes["above"].startswith("区政府 · ")
