"""Cases brought to any state through real steps; the inputs that each step needs."""

from datetime import timedelta

from django.utils import timezone

from cases.models import Campaign, ProcessSwitch
from cases.states import State
from cases.tests.cast import AFTER, MORNING, act, bring, photo, report

NOW = MORNING + timedelta(minutes=20)  # after every step of `stand`
PEOPLE = (
    "collector", "collector2", "acceptor", "shift_leader", "dispatcher", "inspector", "leader",
    "evaluator", "sysadmin", "liaison", "handler", "street_liaison", "street_handler", "outsider",
)  # fmt: skip


def switch(key, value):
    """Set a process switch as an administrator does."""
    ProcessSwitch.objects.update_or_create(key=key, defaults={"value": value})


def stand(city, state, **overrides):
    """A case in any state. Reviews of the city are switched on where the state needs them."""
    if state in (State.DECLINE_REVIEW, State.CLOSE_REVIEW):
        switch("two_level", True)
    before, step = AFTER_BRING.get(state, (state, None))
    case = bring(city, before, **overrides)
    for action, who, given in step(city) if step else ():
        act(city, case, action, who, at=NOW - timedelta(minutes=5), **given)
    assert case.state == state
    return case


AFTER_BRING = {
    State.VERIFYING: (
        State.REGISTERED, lambda c: [("send_verify", "acceptor", {"collector": c.collector})],
    ),
    State.DECLINE_REVIEW: (
        State.TO_FILE, lambda c: [("decline", "shift_leader", {"opinion": "不属城管"})],
    ),
    State.CLOSE_REVIEW: (
        State.TO_CLOSE, lambda c: [("close", "shift_leader", {"closing_met": True})],
    ),
    State.SUSPENDED: (State.TO_DISPOSE, lambda c: [
        ask("suspend"), ("forward", "dispatcher", {}), ("approve", "leader", {}),
    ]),
    State.VOID: (
        State.REGISTERED,
        lambda c: [("reject", "acceptor", {"reject_reason": "invalid", "opinion": "重复"})],
    ),
}  # fmt: skip


def ask(kind):
    """(action, who, inputs) of a request."""
    given = {"opinion": "待料"}
    if kind == "suspend":
        given["until"] = MORNING + timedelta(days=10)
    return kind, "dispatcher" if kind == "void" else "liaison", given


def answers(city, action="", **given):
    """Valid values for every input a row may need."""
    return {
        "opinion": "现场情况", "collector": city.collector2, "handler": city.handler,
        "department": city.street_office if action == "redispatch" else city.water,
        "filing_condition": city.cover_worn, "verify_result": "exists", "check_result": "pass",
        "reject_reason": "invalid", "closing_met": True, "until": MORNING + timedelta(days=9),
        "return_kind": "other", "assist": [city.street_office], "locality": city.street_office,
        "supervise_type": "leader", "reply_by": MORNING + timedelta(days=1), "defective": True,
        "campaign": "none", **given,
    }  # fmt: skip


def campaign(city, **given):
    """A campaign of the town that has begun a day before its time: the class `cover`, anywhere."""
    day = timezone.localdate(MORNING)
    values = {
        "name_zh": "井盖专项整治", "name_en": "Manhole drive", "first_day": day - timedelta(days=1),
        "last_day": day + timedelta(days=8), "by": city.shift_leader,
    }  # fmt: skip
    classes, areas = given.pop("classes", [city.cover]), given.pop("areas", [])
    row = Campaign.objects.create(**{**values, **given})
    row.classes.set(classes)
    row.areas.set(areas)
    return row


def pictures(needs):
    if "after_photos" in needs:
        return AFTER
    return [photo()] if "photos" in needs else []


def new_report(city, **given):
    """A public report, which must be verified before it is accepted."""
    return report(city, by="acceptor", source="hotline_12319", photos=(), **given)
