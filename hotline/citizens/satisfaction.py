"""Satisfaction: what citizens said of the result when a case had closed, on the phone when called
back or on the public tracking page. The one definition; every figure of satisfaction reads it.

Everybody who reported a case, or one merged into it, has one voice for each closing. Who spoke
twice, in whichever way, is taken at the later word. A report without a number is a reporter of
its own. What is counted is the answer about the result; the one about the service is the desk's.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case as Either
from django.db.models import F, Max, Q, When
from django.db.models.functions import Coalesce

from hotline.models import CallBack, Rating

CALLED, RATED = "called", "rated"  # by call-back, on the public page


class Voice(NamedTuple):
    """One answer: by whom, in which way, when, and its score (`models.Satisfaction`)."""

    reporter: tuple[str, int]
    way: str
    at: datetime
    score: int


Voices = dict[tuple[int, int], list[Voice]]  # (case, its round) -> voices


class Heard(NamedTuple):
    """The newest call-back and rating about a case: keys, 0 for none."""

    call_back: int = 0
    rating: int = 0


def one_each(said: Iterable[Voice]) -> list[Voice]:
    """The last word of every reporter, in the order of first words; of two at once the later
    given. Pure."""
    last: dict[tuple[str, int], Voice] = {}
    for voice in said:
        known = last.get(voice.reporter)
        if known is None or voice.at >= known.at:
            last[voice.reporter] = voice
    return list(last.values())


def voices(cases: Iterable[int]) -> Voices:
    """What was said of each closing of these cases, also by those whose case was merged into one
    of them. Two queries."""
    ids = list(cases)
    said: defaultdict[tuple[int, int], list[Voice]] = defaultdict(list)
    for pk, row in _call_backs(ids):
        who = ("citizen", row.citizen_id)
        said[pk, row.round].append(Voice(who, CALLED, row.at, row.result))
    for pk, row in _ratings(ids):
        citizen = row.report.citizen_id
        who = ("citizen", citizen) if citizen else ("report", row.report_id)
        said[pk, row.round].append(Voice(who, RATED, row.at, row.result))
    return {closing: one_each(sorted(told, key=_when)) for closing, told in said.items()}


def _when(voice):
    return voice.at


def _call_backs(ids):
    rows = CallBack.objects.filter(_about("case", ids), reached=True)
    rows = rows.annotate(main=Coalesce("case__merged_into", "case")).order_by("pk")
    return [(row.main, row) for row in rows]


def _ratings(ids):
    rows = Rating.objects.filter(_about("report__case", ids)).select_related("report")
    rows = rows.annotate(main=Coalesce("report__case__merged_into", "report__case"))
    return [(row.main, row) for row in rows.order_by("pk")]


def _about(case, ids) -> Q:
    own = Q(**{f"{case}__in": ids, f"{case}__merged_into__isnull": True})
    return own | Q(**{f"{case}__merged_into__in": ids})


# --- what is new ----------------------------------------------------------------------------
def heard(cases: Iterable[int]) -> dict[int, Heard]:
    """The newest answers about each of these cases; none for one of which nothing was said."""
    ids = list(cases)
    called = _newest(CallBack.objects.filter(_about("case", ids), reached=True), "case")
    rated = _newest(Rating.objects.filter(_about("report__case", ids)), "report__case")
    return {pk: Heard(called.get(pk, 0), rated.get(pk, 0)) for pk in {*called, *rated}}


def _newest(rows, case) -> dict[int, int]:
    main = Coalesce(f"{case}__merged_into", case)
    return dict(rows.order_by().values_list(main).annotate(Max("pk")))


def unheard(call_back: str, rating: str) -> set[int]:
    """Cases about which there is an answer newer than they know of. `call_back` and `rating`: from
    a case, the fields that say up to which one."""
    return {
        *_unheard(CallBack.objects.filter(reached=True), "case", call_back),
        *_unheard(Rating.objects.all(), "report__case", rating),
    }


def _unheard(rows, case, field):
    merged = Q(**{f"{case}__merged_into__isnull": False})
    known = Either(
        When(merged, then=F(f"{case}__merged_into__{field}")), default=F(f"{case}__{field}")
    )
    rows = rows.alias(known=Coalesce(known, 0)).filter(pk__gt=F("known")).order_by()
    return rows.values_list(Coalesce(f"{case}__merged_into", case), flat=True)
