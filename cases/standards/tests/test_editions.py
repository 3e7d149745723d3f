"""The page of the editions: what is in use, who changes it, and what no day may bring about."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import FilingCondition, StandardEdition
from cases.standards import editions
from cases.standards.editions import Stand
from cases.states import State
from cases.tests.cast import bring
from citymgmt.accounts.models import AuditEvent
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from inventory.models import ClassEdition, MatterClass

DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def national(cast):
    return ClassEdition.objects.get()


def edition(code, *codes, **values):
    made = ClassEdition.objects.create(code=code, **values)
    for one in codes:
        MatterClass.objects.create(
            edition=made, kind="event", code=one, major=one[:2], minor=one[2:], name_zh=code,
            name_en=code, major_zh="类", major_en="Kind",
        )  # fmt: skip
    return made


def line(row):
    kind = "classes" if isinstance(row, ClassEdition) else "conditions"
    return editions.line(kind, row.pk)


def test_editions_are_told_with_what_hangs_on_them(cast, national, today):
    bring(cast, State.TO_DISPOSE)
    bring(cast, State.CLOSED)
    own = edition("own", "0291", local=True, active=True, valid_from=today + DAY)
    new = edition("new", "0101", "0102")
    first, second, third = (line(row) for row in (national, own, new))
    assert (first.stand, first.rows, first.fitting, first.open_cases) == (Stand.IN_FORCE, 2, 2, 1)
    assert (second.stand, second.rows, second.fitting) == (Stand.PLANNED, 1, 0)
    assert (third.stand, third.rows, third.open_cases) == (Stand.WAITING, 2, 0)
    town = line(cast.edition)
    assert (town.stand, town.rows, town.fitting, town.open_cases) == (Stand.IN_FORCE, 3, 3, 1)
    later = StandardEdition.objects.create(code="later", valid_from=today)
    assert [line(row).stand for row in (later, cast.edition)] == [Stand.IN_FORCE, Stand.FOLLOWED]
    assert editions.line("classes", 0) is None
    assert editions.line("others", national.pk) is None


def test_conditions_of_classes_that_are_not_in_use_are_told(cast, today):
    new = edition("new", "0101", active=True, valid_from=today + DAY)
    table = StandardEdition.objects.create(code="later", valid_from=today + DAY)
    FilingCondition.objects.create(
        edition=table, matter_class=cast.cover, number=1, text_zh="破损", closing_zh="已修复",
        limit_value=1, limit_unit="working_days", responsible_role="gas",
    )  # fmt: skip
    assert (line(table).rows, line(table).fitting) == (1, 0)
    assert line(new).fitting == 0


def test_an_edition_begins_today_or_later_and_it_is_on_record(cast, today):
    new = edition("new", "0101")
    with pytest.raises(BadInput) as told:
        editions.begin(row=line(new), day=today - DAY, by=cast.sysadmin)
    assert "day" in told.value.fields
    editions.begin(row=line(new), day=today + DAY, by=cast.sysadmin)
    editions.begin(row=line(new), day=today, by=cast.sysadmin)
    assert line(new).stand == Stand.IN_FORCE
    moves = [event.data for event in AuditEvent.objects.filter(verb="begin_edition")]
    assert {"from": str(today + DAY), "to": str(today)} in moves
    with pytest.raises(NotNow):
        editions.begin(row=line(new), day=today + DAY, by=cast.sysadmin)


@pytest.mark.parametrize("who", ["acceptor", "leader", "evaluator", "secadmin"])
def test_who_does_not_manage_standards_changes_nothing(cast, client, today, who):
    new = edition("new", "0101")
    by = getattr(cast, who, cast.shift_leader)
    for deed, given in ((editions.begin, {"day": today}), (editions.withdraw, {})):
        with pytest.raises(NotYours):
            deed(row=line(new), by=by, **given)
    client.force_login(by)
    assert client.get(reverse("cases:edition", args=("classes", new.pk))).status_code == 403
    path = reverse("cases:edition_withdraw", args=("classes", new.pk))
    assert client.post(path).status_code == 403
    assert not ClassEdition.objects.get(code="new").active


def test_two_editions_in_use_never_share_a_code(cast, today):
    own = edition("own", "0101", "0291", local=True)
    with pytest.raises(BadInput, match="0101") as told:
        editions.begin(row=line(own), day=today + DAY, by=cast.sysadmin)
    assert told.value.code == "same_codes"
    assert not ClassEdition.objects.get(code="own").active
    own.classes.filter(code="0101").delete()
    editions.begin(row=line(own), day=today + DAY, by=cast.sysadmin)
    clash = edition("clash", "0291")
    with pytest.raises(BadInput, match="own"):
        editions.begin(row=line(clash), day=today, by=cast.sysadmin)
    editions.withdraw(row=line(own), by=cast.sysadmin)
    editions.begin(row=line(clash), day=today, by=cast.sysadmin)


def test_two_of_a_kind_do_not_begin_on_one_day(cast, today):
    first, second = (StandardEdition.objects.create(code=c, valid_from=today + DAY, active=False)
                     for c in ("first", "second"))  # fmt: skip
    editions.begin(row=line(first), day=today + DAY, by=cast.sysadmin)
    with pytest.raises(BadInput, match="first"):
        editions.begin(row=line(second), day=today + DAY, by=cast.sysadmin)
    for code in ("one", "other"):
        row = line(edition(code, "0101"))
        if code == "one":
            editions.begin(row=row, day=today + DAY, by=cast.sysadmin)
        else:
            with pytest.raises(BadInput, match="one"):
                editions.begin(row=row, day=today + DAY, by=cast.sysadmin)


def test_what_is_planned_is_taken_back_and_what_is_needed_is_not(cast, national, today):
    own = edition("own", "0291", local=True, active=True)
    new = edition("new", "0101", active=True, valid_from=today + DAY)
    for row in (own, new):
        editions.withdraw(row=line(row), by=cast.sysadmin)
        assert line(row).stand == Stand.WAITING
    for row in (national, cast.edition):
        with pytest.raises(NotNow):
            editions.withdraw(row=line(row), by=cast.sysadmin)
    assert AuditEvent.objects.filter(verb="withdraw_edition").count() == 2


def test_the_page_shows_all_and_offers_what_is_possible(cast, client, national, today):
    new = edition("new", "0101", "0102")
    client.force_login(cast.acceptor)
    page = client.get(reverse("cases:editions")).content.decode()
    assert national.code in page
    assert reverse("cases:edition", args=("classes", new.pk)) not in page
    client.force_login(cast.sysadmin)
    page = client.get(reverse("cases:editions")).content.decode()
    assert reverse("cases:edition", args=("classes", new.pk)) in page
    assert reverse("cases:edition", args=("classes", national.pk)) not in page
    path = reverse("cases:edition", args=("classes", new.pk))
    assert "2 个分类中只有 0 个有立案条件" in client.get(path).content.decode()
    answer = client.post(path, {"day": f"{today - DAY:%Y-%m-%d}"})
    assert answer.status_code == 422
    assert "生效日不能早于今天" in answer.content.decode()
    client.post(path, {"day": f"{today + DAY:%Y-%m-%d}"})
    assert line(new).stand == Stand.PLANNED
    client.post(reverse("cases:edition_withdraw", args=("classes", new.pk)))
    assert line(new).stand == Stand.WAITING
    assert client.get(reverse("cases:edition", args=("classes", 0))).status_code == 404


def test_the_page_costs_the_same_for_every_number_of_classes(cast, client):
    client.force_login(cast.sysadmin)
    client.get(reverse("cases:editions"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("cases:editions"))
    MatterClass.objects.bulk_create(
        MatterClass(edition=cast.cover.edition, kind="event", code=f"09{n:02}", major="09",
                    minor=f"{n:02}", name_zh="类", name_en="Kind", major_zh="类", major_en="Kind")
        for n in range(40)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("cases:editions"))
    assert len(many) == len(few)
