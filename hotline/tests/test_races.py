"""One telephone number at once at the hotline and on the public page: no one waits for ever."""

import pytest
from django.utils import timezone

from cases.models import Case
from cases.tests.cast import SOUTH, STEP, WEST, make_city
from cases.tests.racers import racers
from hotline.models import Citizen

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}
PHONE = "13912345678"
TIMES = 30


def call(meeting, cover):
    from citymgmt.accounts.models import User
    from hotline.calls.actions import take_call

    by = User.objects.get(username="acceptor")
    meeting.wait()  # before the transaction: in it, one database has room for one writer
    take_call(
        by=by, kind="complaint", content="井盖破损",
        phone=PHONE, name="王", matter_class=cover_of(cover), **PLACE,
    )  # fmt: skip


def report(meeting, cover):
    from hotline.calls.actions import public_report

    meeting.wait()
    public_report(matter_class=cover_of(cover), phone=PHONE, name="王某", **PLACE)


def cover_of(pk):
    from inventory.models import MatterClass

    return MatterClass.objects.get(pk=pk)


def test_races_a_call_and_a_report_of_the_same_citizen(tmp_path):
    city = make_city()
    given = {"cover": city.cover.pk}
    with racers(tmp_path) as pair:
        for _ in range(TIMES):
            deeds = ((__name__, name, given) for name in ("call", "report"))
            assert pair.run(*deeds) == ["done", "done"]
    assert Citizen.objects.count() == 1
    numbers = sorted(Case.objects.values_list("number", flat=True))
    assert [int(number[-6:]) for number in numbers] == list(range(1, 2 * TIMES + 1))
    assert numbers[0][6:14] == timezone.localdate().strftime("%Y%m%d")
