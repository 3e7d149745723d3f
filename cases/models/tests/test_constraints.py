"""What must be true is a constraint of the database: each is broken here on purpose."""

import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from cases import models as rows
from cases.models import Case, CaseEvent
from cases.states import State
from cases.tests.cast import MORNING, bring, report
from cases.tests.scenes import stand


def copy(row, **changes):
    """A second row that differs in nothing else."""
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    values.pop("id")
    return type(row).objects.create(**values | changes)


def update(row, **changes):
    type(row).objects.filter(pk=row.pk).update(**changes)


def stage_limit():
    return rows.StageLimit.objects.create(
        stage="accept", area_class="C", urgency="urgent", limit_value=1, limit_unit="minutes"
    )


def area_limit(city):
    return rows.AreaLimit.objects.create(
        condition=city.cover_open, area_class="B", limit_value=1, limit_unit="minutes"
    )


def calendar_day():
    calendar = rows.Calendar.objects.create(name="另一本", active=False)
    return rows.CalendarDay.objects.create(calendar=calendar, date="2026-03-02", works=False)


def urgent_limit(cast, **changes):
    values = {"arrival_minutes": 30, "limit_value": 2, "limit_unit": "urgent_hours"} | changes
    return rows.UrgentLimit.objects.create(condition=cast.cover_open, **values)


def active_calendars():
    rows.Calendar.objects.update(active=False)
    for name in "甲乙":
        rows.Calendar.objects.create(name=name, active=True)


def timer_round(**changes):
    values = {"pk": 1, "at": MORNING, "machine": "here", "running": 1.0} | changes
    return rows.TimerRound.objects.create(**values)


def reach(radius_m=50, **keys):
    rows.DuplicateReach.objects.all().delete()
    return rows.DuplicateReach.objects.create(radius_m=radius_m, days=1, **keys)


BREAK = {
    "timer_round_one_row": lambda c: timer_round(pk=2),
    "timer_round_stopped_for_a_reason": lambda c: timer_round(stopped_at=MORNING),
    "case_state_known": lambda c: update(report(c), state="lost"),
    "case_number_20_digits": lambda c: update(report(c), number="6201052026030200000x"),
    "case_closed_has_time_and_kind": lambda c: update(report(c), state="closed"),
    "case_void_has_origin": lambda c: update(report(c), state="void"),
    "case_with_department_names_it": lambda c: update(bring(c, State.TO_DISPOSE), department=None),
    "case_on_site_names_collector": lambda c: update(bring(c, State.CHECKING), collector=None),
    "case_disposing_names_handler": lambda c: update(bring(c, State.DISPOSING), handler=None),
    "case_filed_names_condition": lambda c: update(
        bring(c, State.TO_DISPATCH), filing_condition=None
    ),
    "case_merged_names_main": lambda c: update(report(c), merged_into=report(c, cell=1)),
    "case_void_waits_for_nothing": lambda c: update(stand(c, State.VOID), pending="void"),
    "case_stockpiled_was_hard": lambda c: update(report(c), stockpiled_at=MORNING),
    "case_reply_has_deadline": lambda c: update(report(c), supervised="to_reply"),
    "client_identifier_has_digest": lambda c: rows.ClientIdentifier.objects.create(
        uuid=uuid.uuid4(), digest="none"
    ),
    "case_event_made_somewhere_at_a_moment": lambda c: update(report(c).events.get(), made_lon=1),
    "case_event_seq": lambda c: copy(report(c).events.get(), feed=None),
    "case_event_ends_after_it_begins": lambda c: update(
        report(c).events.get(), received_at=MORNING + timedelta(seconds=1)
    ),
    "filing_condition_key": lambda c: copy(c.cover_open),
    "filing_condition_limit": lambda c: update(c.cover_open, limit_value=0),
    "urgent_limit_runs_day_and_night": lambda c: urgent_limit(c, limit_unit="working_hours"),
    "urgent_limit_positive": lambda c: urgent_limit(c, arrival_minutes=0),
    "case_arrival_was_awaited": lambda c: update(report(c), arrived_at=MORNING),
    "area_limit_key": lambda c: copy(area_limit(c)),
    "stage_limit_key": lambda c: copy(stage_limit()),
    "calendar_one_active": lambda c: active_calendars(),
    "duplicate_reach_once_per_class": lambda c: copy(reach(matter_class=c.cover)),
    "duplicate_reach_once_per_kind": lambda c: copy(reach(kind="component")),
    "duplicate_reach_class_or_kind": lambda c: reach(kind="event", matter_class=c.litter),
    "duplicate_reach_sensible": lambda c: reach(kind="event", radius_m=4),
    "calendar_day_once": lambda c: copy(calendar_day()),
}


def named():
    return {
        constraint.name: constraint
        for model in apps.get_app_config("cases").get_models()
        for constraint in model._meta.constraints
        if not constraint.name.startswith(("control_area_", "campaign_"))  # in their own tests
    }


def test_constraints_all_are_broken_here():
    assert set(named()) == set(BREAK)


@pytest.mark.parametrize("name", BREAK)
def test_constraints_hold(cast, name):
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        BREAK[name](cast)
    assert says(broken.value, name)


def says(error, name):
    """Both name a check; SQLite names a unique key by its columns."""
    constraint = named()[name]
    if connection.vendor == "sqlite" and isinstance(constraint, models.UniqueConstraint):
        return "UNIQUE" in str(error) and all(field in str(error) for field in constraint.fields)
    return name in str(error)


@pytest.mark.parametrize(
    ("kind", "state", "missing"),
    [
        ("closed_at", State.CLOSED, {"closed_at": None}),
        ("closed_kind", State.CLOSED, {"closed_kind": ""}),
        ("dept_review", State.DEPT_REVIEW, {"department": None}),
    ],
)
def test_constraints_hold_in_each_half(cast, kind, state, missing):
    case = bring(cast, state)
    with pytest.raises(IntegrityError), transaction.atomic():
        update(case, **missing)


@pytest.mark.parametrize("number", ["", "1" * 19, "1" * 21, "x" * 20, "1" * 19 + " "])
def test_constraints_a_number_has_twenty_digits(cast, number):
    case = report(cast)
    with pytest.raises((IntegrityError, ValueError, transaction.TransactionManagementError)):
        _renumber(case, number)


def _renumber(case, number):
    from django.db import DataError

    try:
        with transaction.atomic():
            update(case, number=number)
    except DataError as too_long:  # PostgreSQL refuses the length first
        raise ValueError(number) from too_long


@pytest.mark.parametrize("field", ["number", "client_uuid"])
def test_constraints_a_report_is_stored_once(cast, field):
    case = report(cast, client_uuid="5b3f0cf6-5a3c-4a57-8a53-0d7b6f7b0c11")
    other = report(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        update(other, **{field: getattr(case, field)})


@pytest.mark.parametrize("field", ["client_uuid", "feed"])
def test_constraints_a_step_is_stored_and_published_once(cast, field):
    case = report(cast, client_uuid=None)
    bring(cast, State.TO_FILE, case=case)
    first, second = case.events.order_by("seq")
    update(first, client_uuid="5b3f0cf6-5a3c-4a57-8a53-0d7b6f7b0c11", feed=7)
    first.refresh_from_db()
    with pytest.raises(IntegrityError), transaction.atomic():
        update(second, **{field: getattr(first, field)})


@pytest.mark.parametrize("victim", ["events", "case", "photo_of_event", "person"])
def test_constraints_nothing_of_a_case_is_deleted_in_passing(cast, victim):
    case = report(cast)
    event = case.events.get()
    row = {"events": event, "case": case, "photo_of_event": event, "person": cast.collector}[victim]
    with pytest.raises(models.ProtectedError):
        row.delete()
    assert (Case.objects.count(), CaseEvent.objects.count()) == (1, 1)
