"""What the simulation of a city does at the hotline: real calls, reports and call-backs."""

from datetime import timedelta
from random import Random

import pytest

from cases.machine import actions as cases
from cases.models import Source
from cases.tests.cast import MORNING, act, photo
from citymgmt.demo.simulation.intake import call_back, intake
from hotline.conftest import HERE
from hotline.models import Call, CallBack, PublicReport


def enter(cast, source, *, seed, by=None, photos=()):
    return intake(source)(
        rng=Random(seed), by=by, class_code=cast.litter, lon=HERE[0],
        lat=HERE[1], source=Source.objects.get(code=source), description="路边堆着垃圾",
        address="建宁路附近", component=None, photos=photos, urgent=False,
        within=cases.context(MORNING),
    )  # fmt: skip


@pytest.mark.parametrize("source", ["hotline_12319", "hotline_12345"])
def test_call_comes_in_through_the_desk(cast, source):
    case = enter(cast, source, seed=1, by=cast.acceptor)
    call = Call.objects.get()
    assert (call.case, call.by, call.at) == (case, cast.acceptor, MORNING)
    assert case.source.code == call.source.code == source
    assert call.caller.phone.startswith("1400000")


@pytest.mark.parametrize("source", ["web", "wechat", "app"])
def test_public_report_gets_its_tracking_code(cast, source):
    case = enter(cast, source, seed=1, photos=[photo()])
    assert PublicReport.objects.get().case == case
    assert case.attachments.count() == 1


def test_other_sources_have_no_room_of_their_own(cast):
    case = enter(cast, "media", seed=1)
    assert case.source.code == "media"
    assert not Call.objects.exists()
    assert not PublicReport.objects.exists()


def test_everybody_who_waits_is_called_until_reached(cast):
    ended = []
    for seed in range(12):
        case = enter(cast, "hotline_12345", seed=seed, by=cast.acceptor)
        act(cast, case, "reject", "acceptor", reject_reason="invalid", opinion="不实")
        ended.append(case)
    wished = Call.objects.filter(reply_required=True).count()
    assert 0 < wished < 12
    for day in range(8):
        call_back(now=MORNING + timedelta(days=day), rng=Random(day), people=[cast.acceptor])
    assert CallBack.objects.filter(reached=True).count() == wished
    assert call_back(now=MORNING, rng=Random(9), people=[cast.acceptor]) == 0


def test_without_a_desk_nobody_calls(cast):
    assert call_back(now=MORNING, rng=Random(1), people=[cast.collector]) == 0
