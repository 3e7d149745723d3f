"""Nobody is left holding a case: what is shown before somebody leaves, and what is found after."""

import pytest
from django.test import Client

from cases.finding.queues import QUEUES
from cases.machine import attended
from cases.machine.actions import context
from cases.machine.process import process
from cases.models import Case, ProcessSwitch
from cases.presenting import pages as desk
from cases.states import State
from cases.tests.cast import act, bring
from citymgmt.accounts.actions import save_person
from citymgmt.accounts.held import held_by
from citymgmt.accounts.models import Membership, User
from dispatch.models import HandOver
from grid.models import Area

pytestmark = pytest.mark.django_db
LEFT = next(queue for queue in QUEUES if queue.code == "left")


def client(user):
    found = Client()
    found.force_login(user)
    return found


def held(person):
    return {row.label: row.count for row in held_by(person, person.current_memberships)}


def edit(cast, person, **more):
    data = {"username": person.username, "full_name": person.full_name, "phone": ""} | more
    return client(cast.sysadmin).post(f"/accounts/people/{person.pk}/edit/", data)


def switch_off(person):
    person.is_active = False
    save_person(person=person, by=None)


# --- before -------------------------------------------------------------------------------
def test_switching_off_shows_the_open_tasks_first(cast):
    case = bring(cast, State.CHECKING)
    answer = edit(cast, cast.collector)
    assert answer.status_code == 422
    assert "交班" in answer.content.decode()
    cast.collector.refresh_from_db()
    assert cast.collector.is_active
    assert edit(cast, cast.collector, seen="1").status_code == 302
    cast.collector.refresh_from_db()
    assert not cast.collector.is_active
    case.refresh_from_db()
    assert case.state == State.CHECKING


def test_whoever_holds_nothing_is_switched_off_at_once(cast):
    bring(cast, State.CHECKING)
    assert edit(cast, cast.collector2).status_code == 302


def test_a_change_of_name_asks_nothing(cast):
    bring(cast, State.CHECKING)
    assert edit(cast, cast.collector, is_active="on", full_name="新名").status_code == 302


def test_dismissing_shows_what_the_post_holds(cast):
    bring(cast, State.DISPOSING)
    row = cast.handler.memberships.get()
    page = f"/accounts/people/{cast.handler.pk}/dismiss/{row.pk}/"
    answer = client(cast.sysadmin).post(page)
    assert answer.status_code == 422
    assert row in Membership.objects.current()
    assert client(cast.sysadmin).post(page, {"seen": "1"}).status_code == 302
    assert row not in Membership.objects.current()


def test_the_last_one_of_a_post_is_missed_by_cases_of_its_state(cast):
    bring(cast, State.TO_DISPATCH)
    assert 1 in held(cast.dispatcher).values()
    second = User.objects.create_user("second", full_name="乙")
    row = cast.dispatcher.memberships.get()
    Membership.objects.create(
        user=second, post=row.post, department=row.department, since=row.since
    )
    assert held(cast.dispatcher)  # the second one oversees no area


def test_tasks_that_another_post_covers_are_not_asked_about(cast):
    bring(cast, State.DISPOSING)
    row = cast.handler.memberships.get()
    liaison = cast.liaison.memberships.get().post
    Membership.objects.create(
        user=cast.handler, post=liaison, department=row.department, since=row.since
    )
    assert held_by(User.objects.get(pk=cast.handler.pk), [row]) == []


@pytest.mark.parametrize(
    ("state", "who"),
    [(State.REGISTERED, "acceptor"), (State.TO_FILE, "shift_leader"),
     (State.TO_DISPOSE, "liaison"), (State.TO_CLOSE, "shift_leader")],
)  # fmt: skip
def test_each_state_knows_who_goes_on(cast, state, who):
    bring(cast, state)
    now = context()
    assert attended.unattended(now) == set()
    ids = list(getattr(cast, who).memberships.values_list("pk", flat=True))
    (group,) = attended.unattended(now, without=ids)
    assert (group.state, group.count) == (state, 1)


def test_turning_a_switch_shows_the_cases_that_nobody_could_go_on_with(cast):
    bring(cast, State.TO_DISPATCH)
    cast.district.parent = Area.objects.create(code="6201", name="兰州市", level=Area.Level.CITY)
    cast.district.save()
    values = {name: getattr(process(), name) for name in process().__dataclass_fields__}
    form = {k: v for k, v in values.items() if v is not False} | {"dispatches": "city"}
    page = client(cast.sysadmin)
    answer = page.post("/settings/process/", form)
    assert answer.status_code == 422, answer.content.decode()
    assert "待派遣" in answer.content.decode()
    assert not ProcessSwitch.objects.filter(key="dispatches").exists()
    assert page.post("/settings/process/", form | {"seen": "1"}).status_code == 302
    assert process().dispatches == "city"


def test_going_off_duty_shows_the_open_tasks_first(cast):
    bring(cast, State.CHECKING)
    page = client(cast.collector)
    assert "1 个任务" in page.post("/field/duty/", {"off": "1"}).content.decode()
    cast.collector.refresh_from_db()
    assert cast.collector.on_duty
    page.post("/field/duty/", {"off": "1", "seen": "1"})
    cast.collector.refresh_from_db()
    assert not cast.collector.on_duty


# --- after --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "holder"), [(State.CHECKING, "collector"), (State.DISPOSING, "handler")]
)
def test_tasks_of_who_has_left_are_a_queue_and_marked(cast, state, holder):
    case = bring(cast, state)
    listed = Case.objects.filter(LEFT.condition(cast.acceptor, cast.now))
    assert not listed.exists()
    switch_off(getattr(cast, holder))
    assert list(listed.all()) == [case]
    assert "停用" in client(cast.acceptor).get(f"/cases/{case.number}/").content.decode()
    assert LEFT in desk.queues_of(cast.shift_leader)


def test_who_lost_the_post_has_left_too(cast):
    case = bring(cast, State.CHECKING)
    cast.collector.memberships.all().delete()
    assert list(Case.objects.filter(LEFT.condition(cast.acceptor, cast.now))) == [case]


def test_the_acceptor_gives_a_left_task_to_another(cast):
    case = bring(cast, State.CHECKING)
    switch_off(cast.collector)
    act(cast, case, "hand_over", "acceptor", receiver="collector2")
    case.refresh_from_db()
    assert case.collector == cast.collector2


def test_all_tasks_of_who_has_left_are_handed_over_at_once(cast):
    bring(cast, State.CHECKING)
    switch_off(cast.collector)
    page = client(cast.shift_leader)
    given = {"giver": cast.collector.pk, "receiver": cast.collector2.pk}
    assert page.get(f"/hand-over/?giver={cast.collector.pk}").status_code == 200
    assert page.post("/hand-over/", given).status_code == 302
    assert HandOver.objects.get().tasks == 1
