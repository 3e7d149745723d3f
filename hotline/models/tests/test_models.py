"""What must be true is refused by the database itself."""

import pytest
from django.db import IntegrityError, transaction

from cases.models import Source
from hotline.models import Call, CallBack, Citizen, PublicReport

pytestmark = pytest.mark.django_db


def breaks(name, make):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make()
    assert name in str(error.value)


@pytest.fixture
def call(cast):
    line = Source.objects.get(code="hotline_12319")
    return lambda **values: Call.objects.create(
        **{"by": cast.acceptor, "source": line, "kind": "consult", "content": "?", "answer": "!"}
        | values
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("call_consultation_is_answered", {"answer": ""}),
        ("call_complaint_has_case", {"kind": "complaint"}),
        ("call_kind_known", {"kind": "chat"}),
        ("call_reply_needs_number", {"reply_required": True}),
        ("call_has_content", {"content": ""}),
    ],
)
def test_a_call_is_whole(call, name, values):
    breaks(name, lambda: call(**values))


def test_a_number_is_digits_and_known_once(cast):
    breaks("citizen_phone_digits", lambda: Citizen.objects.create(phone="call me"))
    Citizen.objects.create(phone="13893101234")
    with pytest.raises(IntegrityError), transaction.atomic():
        Citizen.objects.create(phone="13893101234")


@pytest.mark.parametrize(
    "answers",
    [
        {"reached": True},
        {"reached": True, "service": 100},
        {"reached": True, "service": 100, "result": 60},
        {"reached": False, "service": 100, "result": 100},
    ],
)
def test_answers_come_with_a_reached_person(cast, ended, answers):
    breaks(
        "call_back_answers_when_reached",
        lambda: CallBack.objects.create(
            case=ended.case, citizen=ended.citizen, by=cast.acceptor, **answers
        ),
    )


def test_a_person_is_reached_once(cast, ended):
    def reach():
        CallBack.objects.create(
            case=ended.case, citizen=ended.citizen, by=cast.acceptor, reached=True, service=0,
            result=0,
        )  # fmt: skip

    reach()
    with pytest.raises(IntegrityError), transaction.atomic():
        reach()


def test_a_tracking_code_has_its_form_and_a_reply_a_number(ended):
    breaks(
        "public_report_code_form",
        lambda: PublicReport.objects.create(case=ended.case, code="0000000O"),
    )
    breaks(
        "public_report_reply_needs_number",
        lambda: PublicReport.objects.create(case=ended.case, reply_required=True),
    )
    codes = {PublicReport(case=ended.case).code for _n in range(50)}
    assert len(codes) == 50
