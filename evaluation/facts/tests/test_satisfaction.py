"""One definition of satisfaction: call-backs and ratings, one voice for each reporter."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from cases.tests.scenes import switch
from evaluation.facts.queries import fold_cases, refresh_facts, stale
from evaluation.models import CaseFact
from hotline.calls import actions
from hotline.citizens import answers, satisfaction
from hotline.citizens.satisfaction import CALLED, RATED, Voice, one_each

HERE = (town.WEST + town.STEP / 2, town.SOUTH + town.STEP / 2)
PHONE = "13893101234"

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
WHO, OTHER = ("citizen", 1), ("report", 1)


def voice(who, way, minutes, score):
    return Voice(who, way, NINE + timedelta(minutes=minutes), score)


def test_of_one_reporter_the_later_word_counts():
    called, rated = voice(WHO, CALLED, 0, 100), voice(WHO, RATED, 5, 0)
    assert one_each([called, rated]) == one_each([rated, called]) == [rated]


def test_the_way_does_not_matter():
    rated, called = voice(WHO, RATED, 0, 0), voice(WHO, CALLED, 5, 100)
    assert one_each([rated, called]) == [called]


def test_everybody_has_a_voice():
    said = [voice(WHO, CALLED, 0, 100), voice(OTHER, RATED, 0, 50)]
    assert one_each(said) == said


# --- of cases -------------------------------------------------------------------------------
@pytest.fixture
def closed(cast):
    """A report by somebody who wants a reply, closed just now."""
    return close(cast, send(cast))


def send(cast, phone=PHONE, at=None):
    return actions.public_report(
        matter_class=cast.cover, lon=HERE[0], lat=HERE[1], phone=phone,
        reply_required=bool(phone), at=at,
    )[0]  # fmt: skip


def close(cast, report, at=None):
    """In ten minutes from `at`; without it they have just passed."""
    Case.objects.filter(pk=report.case_id).update(verify_result="exists")
    report.case.refresh_from_db()
    at = at or timezone.now() - timedelta(minutes=11)
    report.case = town.bring(cast, State.CLOSED, case=report.case, at=at)
    return report


def call(cast, report, result, at=None):
    return actions.call_back(
        by=cast.acceptor, case=report.case, citizen=report.citizen, reached=True, service=100,
        result=result, at=at,
    )  # fmt: skip


def said_of(report):
    main = Case.objects.get(pk=report.case.main.pk)
    return sorted((v.way, v.score) for v in satisfaction.voices([main.pk])[main.pk, main.round])


def fact_of(case):
    [(_last, fact)] = fold_cases([case.pk])
    return fact.called, fact.rated


@pytest.mark.django_db
def test_the_later_of_call_and_rating_is_the_voice(cast, closed):
    call(cast, closed, 100)
    assert fact_of(closed.case) == ((100,), ())
    answers.rate(report=closed, stars=2)
    assert said_of(closed) == [(RATED, 0)]
    assert fact_of(closed.case) == ((), (0,))


@pytest.mark.django_db
def test_a_later_call_back_wins_over_a_rating(cast, closed):
    answers.rate(report=closed, stars=1)
    call(cast, closed, 80)
    assert said_of(closed) == [(CALLED, 80)]


@pytest.mark.django_db
def test_reporters_of_merged_cases_have_voices_about_the_main_one(cast):
    main, second, third = send(cast), send(cast, "13993102222"), send(cast, "")
    for report in (second, third):
        town.act(
            cast, report.case, "merge", "acceptor", at=timezone.now(), main_case=main.case.number
        )
    close(cast, main)
    for report in (second, third):
        report.case.refresh_from_db()
    call(cast, main, 50)
    call(cast, second, 100)
    answers.rate(report=third, stars=1)
    assert said_of(third) == [(CALLED, 50), (CALLED, 100), (RATED, -100)]
    assert fact_of(main.case) == ((50, 100), (-100,))


@pytest.mark.django_db
def test_a_new_round_is_judged_by_what_is_said_of_its_own_closing(cast):
    switch("unsolved_goes_back", True)
    begin = timezone.now() - timedelta(hours=4)
    once, twice, again = (begin + timedelta(hours=n) for n in (1, 2, 3))
    report = close(cast, send(cast, at=begin), at=begin)
    answers.rate(report=report, stars=1, at=once)
    answers.object_to(report=report, at=twice)
    close(cast, report, at=twice)
    assert fact_of(report.case) == ((), ())
    answers.rate(report=report, stars=5, at=again)
    assert fact_of(report.case) == ((), (100,))
    # As things stood before, the first closing and what was said of it.
    [(_last, then)] = fold_cases([report.case.pk], once)
    assert then.rated == (-100,)


@pytest.mark.django_db
def test_an_answer_makes_the_stored_fact_stale(cast, closed):
    refresh_facts()
    assert stale() == []
    answers.rate(report=closed, stars=4)
    assert stale() == [closed.case.pk]
    refresh_facts()
    assert stale() == []
    assert CaseFact.objects.get(pk=closed.case.pk).data["rated"] == [80]


@pytest.mark.django_db
def test_nothing_is_said_of_a_case_of_which_nobody_spoke(closed):
    assert satisfaction.voices([closed.case.pk]) == {}
    assert satisfaction.heard([closed.case.pk]) == {}
