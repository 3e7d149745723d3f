"""Who may know of a case."""

import pytest
from django.contrib.auth.models import AnonymousUser
from guardian.shortcuts import assign_perm, remove_perm

from cases.machine.rules import oversees
from cases.models import Case
from cases.states import State
from cases.tests.cast import act, bring, person, report
from cases.tests.scenes import NOW, PEOPLE, new_report
from citymgmt.accounts.models import User
from grid.models import Area

CENTER = {"acceptor", "shift_leader", "dispatcher", "inspector", "leader"}


def sees(user, case):
    """As at the next request: rights are kept for the time of one request."""
    fresh = User.objects.get(pk=user.pk) if user.pk else user
    return Case.objects.visible_to(fresh).filter(pk=case.pk).exists()


def witnesses(city, case):
    return {name for name in PEOPLE if sees(getattr(city, name), case)}


def test_visible_to_the_center_and_the_reporter_at_first(cast):
    assert witnesses(cast, report(cast)) == CENTER | {"collector"}
    assert witnesses(cast, report(cast, by="collector2")) == CENTER | {"collector2"}


def test_visible_a_public_report_is_the_centers_alone(cast):
    assert witnesses(cast, new_report(cast)) == CENTER


def test_visible_with_the_task(cast):
    case = new_report(cast)
    act(cast, case, "send_verify", "acceptor", at=NOW, collector=cast.collector2)
    assert witnesses(cast, case) == CENTER | {"collector2"}


def test_visible_to_the_department_that_has_it(cast):
    case = bring(cast, State.TO_DISPOSE)
    assert witnesses(cast, case) == CENTER | {"collector", "liaison", "handler"}
    act(cast, case, "redispatch", "dispatcher", at=NOW, opinion="错", department=cast.street_office)
    street = {"street_liaison", "street_handler"}
    assert witnesses(cast, case) == CENTER | {"collector"} | street


def test_visible_to_whoever_handles_for_a_department_above(cast):
    person(cast, "district_liaison", "liaison", cast.government)
    assign_perm("accounts.handle_department", cast.district_liaison, cast.government)
    for department in (cast.water, cast.street_office):
        case = bring(cast, State.TO_DISPOSE, department=department)
        assert sees(cast.district_liaison, case)


def test_visible_to_the_handler_by_the_task_alone(cast):
    """Named as handler, without a grant on the department."""
    person(cast, "worker", "handler", cast.water)
    case = bring(cast, State.TO_DISPOSE)
    assert not sees(cast.worker, case)
    act(cast, case, "assign", "liaison", at=NOW, handler=cast.worker)
    assert sees(cast.worker, case)
    act(cast, case, "unassign", "liaison", at=NOW)
    assert not sees(cast.worker, case)


def test_visible_for_good_to_the_person_who_filed_it(cast):
    case = bring(cast, State.TO_DISPATCH)
    remove_perm("grid.oversee_area", cast.shift_leader, cast.district)
    assert sees(cast.shift_leader, case)
    assert not sees(cast.shift_leader, report(cast))
    assert sees(cast.shift_leader, bring(cast, State.CLOSED, case=case))


@pytest.mark.parametrize("level", ["district", "street", "community"])
def test_visible_by_a_grant_on_each_level_of_area(cast, level):
    case = report(cast)
    assign_perm("grid.oversee_area", cast.evaluator, getattr(cast, level))
    assert sees(cast.evaluator, case)
    assert oversees(User.objects.get(pk=cast.evaluator.pk), case)
    remove_perm("grid.oversee_area", cast.evaluator, getattr(cast, level))
    assert not sees(cast.evaluator, case)


def test_visible_by_a_grant_on_the_whole_city(cast):
    """Areas below a granted one are implied."""
    city = Area.objects.create(code="6201", name="兰州市", level="city")
    Area.objects.filter(pk=cast.district.pk).update(parent=city)
    case = report(cast)
    assign_perm("grid.oversee_area", cast.evaluator, city)
    assert sees(cast.evaluator, case)
    assert oversees(User.objects.get(pk=cast.evaluator.pk), case)
    assert not sees(cast.outsider, case)


@pytest.mark.parametrize("state", [State.REGISTERED, State.DISPOSING, State.CLOSED])
def test_visible_nothing_to_the_outsider(cast, state):
    assert not sees(cast.outsider, bring(cast, state))
    assign_perm("grid.oversee_area", cast.outsider, cast.elsewhere)
    assert Case.objects.visible_to(cast.outsider).count() == 0


def test_visible_nothing_without_signing_in_or_when_out_of_service(cast):
    case = report(cast)
    assert not sees(AnonymousUser(), case)
    User.objects.filter(pk=cast.leader.pk).update(is_active=False)
    assert not sees(cast.leader, case)


def test_visible_a_superuser_has_no_way_in_of_its_own(cast):
    person(cast, "root", [], cast.center)
    User.objects.filter(pk=cast.root.pk).update(is_superuser=True, is_staff=True)
    assert not sees(cast.root, report(cast))


def test_visible_each_case_once(cast):
    """A person with several reasons at once."""
    assign_perm("grid.oversee_area", cast.leader, cast.street)
    assign_perm("accounts.handle_department", cast.leader, cast.water)
    bring(cast, State.TO_DISPOSE)
    assert Case.objects.visible_to(User.objects.get(pk=cast.leader.pk)).count() == 1
