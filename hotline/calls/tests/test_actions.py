"""Take a call, report without an account, call back: what happens, and what is refused."""

import uuid
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from cases.ledgers import queries as ledgers
from cases.ledgers import registry
from cases.models import Case
from cases.states import State
from cases.tests import cast as town
from citymgmt.lib.errors import BadInput, NotNow, NotYours
from hotline.calls import actions
from hotline.citizens import queries
from hotline.conftest import HERE, PHONE
from hotline.models import Call, CallBack, Citizen, PublicReport
from hotline.portal.queries import tracked

pytestmark = pytest.mark.django_db


# --- calls ----------------------------------------------------------------------------------
def test_a_complaint_makes_a_case_of_its_line(cast, complain):
    call = complain(source="hotline_12345", urgent=True, address="校门口")
    case = call.case
    assert (case.state, case.source.code, case.reporter) == (
        "registered", "hotline_12345", cast.acceptor,
    )  # fmt: skip
    assert (case.urgent, case.address, case.community) == (True, "校门口", cast.community)
    assert (call.caller.phone, call.caller.name) == (PHONE, "张三")


def test_a_consultation_is_answered_at_once_and_makes_no_case(cast, complain):
    call = complain(kind="consult", answer="周一至周五", reply_required=False)
    assert call.case is None
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "consult", "answer": " "}, "answer"),
        ({"content": " "}, "content"),
        ({"kind": "chat"}, "kind"),
        ({"phone": ""}, "phone"),
        ({"phone": "abc"}, "phone"),
        ({"source": "web"}, "source"),
        ({"matter_class": None}, "matter_class"),
        ({"lon": "", "lat": ""}, "address"),
        ({"lon": 104.9, "lat": 36.1}, "lon"),
        ({"attach_to": "6201052026030299"}, "attach_to"),
        ({"client_uuid": "no"}, "client_uuid"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_kept(complain, values, field):
    with pytest.raises(BadInput) as refused:
        complain(**values)
    assert field in refused.value.fields
    assert not Call.objects.exists()
    assert not Case.objects.exists()
    assert not Citizen.objects.exists()


def test_all_that_is_missing_is_named_at_once(complain):
    with pytest.raises(BadInput) as refused:
        complain(content="", matter_class=None, lon="", lat="")
    assert set(refused.value.fields) == {"content", "matter_class", "address"}


@pytest.mark.parametrize("post", ["collector", "dispatcher", "liaison", "handler", "sysadmin"])
def test_only_who_takes_calls_takes_one(cast, complain, post):
    with pytest.raises(NotYours):
        complain(by=getattr(cast, post))


def test_a_withheld_number_is_no_citizen(complain):
    assert complain(phone="", reply_required=False).caller is None


def test_the_same_call_twice_is_one(cast, complain):
    key = uuid.uuid4()
    first, again = complain(client_uuid=key), complain(client_uuid=str(key))
    assert first == again
    assert Call.objects.count() == Case.objects.count() == 1
    with pytest.raises(NotNow):
        complain(client_uuid=key, by=cast.shift_leader)


def test_a_call_joins_a_case_that_one_may_see(cast, complain):
    case = town.report(cast)
    call = complain(attach_to=case.number, matter_class=None, lon="", lat="")
    assert call.case == case
    assert Case.objects.count() == 1


def test_a_case_elsewhere_cannot_be_joined(cast, complain):
    case = town.report(cast)
    with pytest.raises(BadInput):
        complain(by=cast.outsider, attach_to=case.number)


def test_a_known_number_keeps_its_name_until_another_is_told(complain):
    complain()
    complain(name="", sex="f")
    citizen = Citizen.objects.get()
    assert (citizen.name, citizen.sex) == ("张三", "f")


# --- the public -----------------------------------------------------------------------------
def send(cast, **values):
    given = {"matter_class": cast.cover, "lon": HERE[0], "lat": HERE[1], "at": cast.now}
    return actions.public_report(**given | values)


def test_a_report_without_account_or_number(cast):
    report, created = send(cast, photos=[town.photo()])
    assert created
    assert report.citizen is None
    assert (report.case.source.code, report.case.reporter) == ("web", None)
    assert report.case.attachments.count() == 1


def test_the_same_report_twice_has_one_code(cast):
    key = uuid.uuid4()
    (first, _), (again, created) = send(cast, client_uuid=key), send(cast, client_uuid=key)
    assert (first, first.code, created) == (again, again.code, False)
    assert Case.objects.count() == 1


def test_the_identifier_of_an_officers_report_opens_nothing(cast):
    key = uuid.uuid4()
    town.report(cast, client_uuid=key)
    with pytest.raises(NotNow):
        send(cast, client_uuid=key)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"source": "patrol"}, "source"),
        ({"reply_required": True}, "phone"),
        ({"phone": "x"}, "phone"),
        ({"lon": 104.9, "lat": 36.1}, "lon"),
        ({"photos": [("close", b"GIF89a")]}, "photos"),
    ],
)
def test_a_wrong_report_leaves_nothing(cast, values, field):
    with pytest.raises(BadInput) as refused:
        send(cast, **values)
    assert field in refused.value.fields
    assert not PublicReport.objects.exists()
    assert not Case.objects.exists()


# --- call-back ------------------------------------------------------------------------------
def call(cast, ended, **values):
    given = {"by": cast.acceptor, "case": ended.case, "citizen": ended.citizen, "reached": True,
             "service": 100, "result": 80}  # fmt: skip
    return actions.call_back(**given | values)


def waiting(user):
    return [(row["case"], row["citizen"], row["tries"])
            for row in queries.to_call(queries.waiting(user))]  # fmt: skip


def test_nobody_waits_before_the_end(cast, complain):
    complain()
    assert waiting(cast.acceptor) == []


def test_not_reached_stays_on_the_list_reached_leaves_it(cast, ended):
    assert waiting(cast.acceptor) == [(ended.case, ended.citizen, 0)]
    call(cast, ended, reached=False)
    assert waiting(cast.acceptor) == [(ended.case, ended.citizen, 1)]
    done = call(cast, ended, note="谢谢")
    assert (done.service, done.result) == (100, 80)
    assert waiting(cast.acceptor) == []
    with pytest.raises(NotNow):
        call(cast, ended)


def test_each_caller_of_a_case_is_called_once(cast, complain, ended):
    complain(phone="13993107777", name="李四", attach_to=ended.case.number)
    complain(phone=PHONE, attach_to=ended.case.number)
    complain(phone="13993108888", attach_to=ended.case.number, reply_required=False)
    assert [row[1].name for row in waiting(cast.acceptor)] == ["张三", "李四"]
    call(cast, ended)
    assert [row[1].name for row in waiting(cast.acceptor)] == ["李四"]


def test_a_public_report_with_a_number_waits_too(cast):
    report, _created = send(cast, phone=PHONE, reply_required=True)
    town.act(cast, report.case, "reject", "acceptor", reject_reason="duplicate", opinion="重复")
    assert [row[1].phone for row in waiting(cast.acceptor)] == [PHONE]


def test_the_caller_of_a_merged_case_is_told_when_the_main_case_ends(cast):
    report, _created = send(cast, phone=PHONE, reply_required=True)
    main = town.report(cast, cell=1)
    town.act(cast, report.case, "merge", "acceptor", main_case=main.number)
    assert waiting(cast.acceptor) == []
    assert tracked(report.case)["status"] == tracked(main)["status"]
    town.act(cast, main, "reject", "acceptor", reject_reason="invalid", opinion="无效")
    assert [row[1].phone for row in waiting(cast.acceptor)] == [PHONE]


@pytest.mark.parametrize("values", [{"service": None}, {"result": 60}, {"result": None}])
def test_reached_needs_both_answers(cast, ended, values):
    with pytest.raises(BadInput) as refused:
        call(cast, ended, **values)
    assert set(refused.value.fields) == set(values)
    assert not CallBack.objects.exists()


def test_call_backs_refused(cast, complain, ended):
    with pytest.raises(NotYours):
        call(cast, ended, by=cast.dispatcher)
    with pytest.raises(NotYours):
        call(cast, ended, by=cast.outsider)
    with pytest.raises(NotNow):
        call(cast, ended, citizen=Citizen.objects.create(phone="10086"))
    ended.case = complain(content="another").case
    with pytest.raises(NotNow):
        call(cast, ended)
    assert not CallBack.objects.exists()


def test_the_ledger_of_call_backs_counts_attempts(cast):
    case = town.bring(cast, State.CLOSED, at=timezone.now() - timedelta(hours=1))
    citizen = Citizen.objects.create(phone="13812345678")
    for reached in (False, True):
        answers = {"service": 80, "result": 0} if reached else {}
        CallBack.objects.create(
            case=case, citizen=citizen, by=cast.shift_leader, reached=reached, **answers
        )
    today = timezone.localdate()
    ledger = registry.named("call-back")
    narrow = ledgers.Narrow(today, today)

    sums = ledgers.sums(ledger, cast.shift_leader, narrow)
    assert (sums.rows, sums.cases) == (2, 1)
    assert [number for _label, number in sums.by_status] == [1, 1]
    newest = ledgers.rows_of(ledger, cast.shift_leader, narrow)[0]
    assert "138****5678" in [column.value(newest) for column in ledger.columns]
    assert not ledgers.rows_of(ledger, cast.outsider, narrow)


def test_numbers_of_an_older_spelling_join_those_of_the_same_line(cast):
    """What the migration does with callers stored twice, once with the country's code."""
    first, _new = actions.take_call(
        by=cast.acceptor, kind="consult", content="x", answer="y", phone="13893101234"
    )
    twice = Citizen.objects.create(phone="8613893101234")
    second, _new = actions.take_call(
        by=cast.acceptor, kind="consult", content="z", answer="y", phone="0931-7654321"
    )
    second.caller = twice
    second.save()
    alone = Citizen.objects.create(phone="+869314600000")
    import_module("hotline.migrations.0002_numbers_of_citizens").one_spelling(apps, None)
    second.refresh_from_db()
    alone.refresh_from_db()
    assert second.caller == first.caller
    assert alone.phone == "09314600000"
    assert not Citizen.objects.filter(pk=twice.pk).exists()


def test_a_caller_is_one_citizen_whatever_the_spelling(cast):
    for typed in ("13893101234", "86 13893101234", "１３８９３１０１２３４", "+86-138-9310-1234"):
        actions.take_call(by=cast.acceptor, kind="consult", content="x", answer="y", phone=typed)
    assert Citizen.objects.count() == 1


def test_two_extensions_of_a_line_are_two_citizens(cast):
    for typed in ("010 8888 8888-12", "010-88888888 转 13"):
        actions.take_call(by=cast.acceptor, kind="consult", content="x", answer="y", phone=typed)
    assert set(Citizen.objects.values_list("phone", "extension")) == {
        ("01088888888", "12"), ("01088888888", "13"),
    }  # fmt: skip
