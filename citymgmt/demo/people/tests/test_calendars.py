"""The demonstration's street cleaners work every day; everybody else has the center's days."""

from datetime import date

import pytest
from guardian.shortcuts import assign_perm

from cases.machine.calendars import calendars
from cases.models import Calendar, DepartmentCalendar
from citymgmt.accounts.models import Department
from citymgmt.demo.people.duty import CLEANERS, settle_people

pytestmark = pytest.mark.django_db
SPRING_FESTIVAL, SUNDAY = date(2026, 2, 17), date(2026, 3, 8)


def test_who_cleans_streets_works_through_weekends_and_holidays(cast):
    cleaners = [
        Department.objects.create(
            code=code, name_zh=code, kind="utility", parent=cast.government
        ).pk
        for code in CLEANERS
    ]
    assign_perm("grid.oversee_area", cast.leader, cast.elsewhere)
    people = {post: [getattr(cast, post)] for post in ("acceptor", "shift_leader", "leader")}
    settle_people(people)
    settle_people(people)

    assert DepartmentCalendar.objects.count() == len(CLEANERS)
    assert Calendar.objects.get(active=True).name != "环卫作业"
    found = calendars()
    for pk in cleaners:
        own = found.of(pk)
        assert (own.name, own.minutes_per_day) == ("环卫作业", 480)
        for day in (SPRING_FESTIVAL, SUNDAY):
            assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in own.day(day).slots] == [
                "06:00-12:00", "14:00-18:00",
            ]  # fmt: skip
            assert not found.of(cast.water.pk).day(day).slots
