"""The main case is found by words or the end of its number, and seen beside the duplicate."""

from datetime import timedelta

import pytest

from cases.duplicates import merging
from cases.machine.actions import strike
from cases.models import Case
from cases.presenting import words as presenting
from cases.states import State
from cases.tests.cast import MORNING, act, bring, photo, report
from citymgmt.lib.errors import BadInput


@pytest.fixture
def pair(cast):
    """(the duplicate, its main case)"""
    return report(cast, description="路口井盖坏了"), report(cast, cell=1, description="井盖下沉")


def merge(cast, case, main, by="acceptor"):
    return act(cast, case, "merge", by, main_case=main)


@pytest.mark.parametrize("cut", [0, 6, 14, 17])
def test_the_last_digits_name_the_main_case(cast, pair, cut):
    case, main = pair
    assert merge(cast, case, main.number[cut:]).merged_into == main


@pytest.mark.parametrize("written", ["short", "wide", "blanks"])
def test_the_number_is_read_as_people_copy_it(cast, pair, written):
    case, main = pair
    short = presenting.short_number(main)
    wide = short.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    text = {"short": short, "wide": wide.replace("-", "－"), "blanks": f"​ {short} "}[written]
    assert merge(cast, case, text).merged_into == main


def test_digits_that_fit_two_cases_are_refused_with_a_reason(cast, pair):
    case, main = pair
    twin = report(cast, cell=2)
    Case.objects.filter(pk=twin.pk).update(number=f"{main.number[:12]}99{main.number[14:]}")
    with pytest.raises(BadInput) as refused:
        merge(cast, case, main.number[14:])
    assert "多输入几位" in refused.value.fields["main_case"][0]
    assert merge(cast, case, main.number[10:]).merged_into == main


@pytest.mark.parametrize("text", ["", "1", "01", "井盖", "999999", "x"])
def test_what_names_no_case_is_refused(cast, pair, text):
    with pytest.raises(BadInput):
        merge(cast, pair[0], text)


def test_itself_a_closed_one_and_one_elsewhere_are_no_main_case(cast, pair):
    case, _main = pair
    closed = bring(cast, State.CLOSED)
    for number in (case.number, closed.number):
        with pytest.raises(BadInput):
            merge(cast, case, number)


def test_words_find_the_nearest_cases_that_hold_them(cast, pair):
    case, main = pair
    far = report(cast, cell=3, description="井盖 下沉 严重")
    assert [m.case for m in merging.found(cast.acceptor, case, "下沉")] == [main, far]
    assert [m.case for m in merging.found(cast.acceptor, case, "严重")] == [far]
    assert [m.case for m in merging.found(cast.acceptor, case, "")] == [main, far]
    assert merging.found(cast.acceptor, case, "下沉")[0].away == pytest.approx(90, abs=15)
    assert merging.found(cast.outsider, case, "下沉") == []


def test_the_list_and_the_pair_are_for_those_who_may_merge(cast, client, pair):
    case, main = pair
    for who, status in (("acceptor", 200), ("dispatcher", 403), ("outsider", 404)):
        client.force_login(getattr(cast, who))
        for part in ("mains", "beside"):
            assert client.get(f"/cases/{case.number}/{part}/").status_code == status
    client.force_login(cast.acceptor)
    [row] = client.get(f"/cases/{case.number}/mains/", {"q": "下沉"}).json()["results"]
    assert row["value"] == main.number
    assert row["label"].startswith(presenting.short_number(main))
    assert row["photo"].endswith("/thumb/")
    body = client.get(f"/cases/{case.number}/beside/", {"main_case": main.number[14:]}).text
    assert "路口井盖坏了" in body
    assert "井盖下沉" in body
    assert body.count("<img") == 2
    assert "<img" not in client.get(f"/cases/{case.number}/beside/").text


def test_the_panel_keeps_its_heading_and_offers_a_search_when_nothing_is_near(cast, client):
    case = report(cast, photos=[photo()])
    client.force_login(cast.acceptor)
    body = client.get(f"/cases/{case.number}/").text
    assert "是否已有上报？" in body
    assert "data-find-main" in body


def test_a_merged_case_is_never_late(cast):
    """Found in other systems: a case merged away went on escalating. Only the main case may."""
    main = bring(cast, State.TO_FILE)
    other = bring(cast, State.TO_FILE, at=MORNING + timedelta(minutes=5))
    merged_at = MORNING + timedelta(minutes=20)
    act(cast, other, "merge", "acceptor", main_case=main.number, opinion="同一问题", at=merged_at)
    for hours in (1, 24, 72):
        strike(at=MORNING + timedelta(hours=hours))
    other.refresh_from_db()
    main.refresh_from_db()
    assert (other.due_at, other.overdue_at, other.next_at) == (None, None, None)
    assert main.overdue_at is not None
