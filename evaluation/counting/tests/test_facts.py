from decimal import Decimal

import pytest

from evaluation.counting.facts import fold
from evaluation.counting.tests.logs import END, SET_UP, WORK, at, case, fact, log

LATE = {"overdue": True}


def move(action, source, target, **more):
    return (action, {"state_from": source, "state_to": target, **more})


def approve(kind, source="to_dispose", target="to_dispose", **more):
    return move("approve", source, target, request_kind=kind, granted=True, **more)


def test_an_empty_log_is_refused():
    with pytest.raises(ValueError, match="2026030200001 has an empty log"):
        fold(case(), [])


def test_a_smooth_case():
    done = fact(*SET_UP, *WORK, *END, reporter_id=5, district_id=3)
    assert (done.state, done.district_id, done.reporter_id) == ("closed", 3, 5)
    assert (done.reported_at, done.accepted_at, done.filed_at) == (at(0), at(10), at(20))
    assert (done.dispatched_at, done.disposed_at, done.closed_at) == (at(30), at(60), at(100))
    assert (done.acceptor_id, done.shift_leader_id, done.dispatcher_id) == (101, 102, 103)
    assert (done.handler_id, done.check_sender_id, done.checker_id) == (105, 108, 109)
    assert (done.closer_id, done.close_step_on_time) == (110, True)
    assert done.first_department_id == done.last_department_id == 7
    assert done.should_dispose
    assert not done.overdue
    assert not done.should_send_verify
    assert done.voided_at is None


@pytest.mark.parametrize(
    ("action", "flag"),
    [
        ("accept", "accepted_on_time"),
        ("file", "filed_on_time"),
        ("dispatch", "dispatched_on_time"),
        ("send_check", "check_sent_on_time"),
        ("check", "checked_on_time"),
        ("close", "close_step_on_time"),
    ],
)
def test_a_late_step_clears_its_own_flag_only(action, flag):
    rows = [*SET_UP, *WORK, *END]
    flags = [name for name in fact(*rows).__slots__ if name.endswith("_on_time")]
    before = fact(*rows)
    after = fact(*[(row, LATE) if row == action else row for row in rows])
    assert [name for name in flags if getattr(before, name) != getattr(after, name)] == [flag]


def test_disposal_is_judged_by_the_row_that_left_it():
    late = {"overdue": True, "used_seconds": 5400, "limit_seconds": 3600, "due_at": at(45)}
    done = fact(*SET_UP, *WORK[:-1], ("feedback", late), *END)
    assert done.overdue
    assert done.due_at == at(45)
    assert done.overdue_multiple == Decimal("0.50")


def test_the_multiple_waits_for_closing_and_needs_a_limit():
    late = {"overdue": True, "used_seconds": 3700, "limit_seconds": 0}
    assert fact(*SET_UP, *WORK[:-1], ("feedback", late), *END).overdue_multiple == 0
    late["limit_seconds"] = 3000
    assert fact(*SET_UP, *WORK[:-1], ("feedback", late)).overdue_multiple == 0
    assert fact(*SET_UP, *WORK[:-1], ("feedback", late), *END).overdue_multiple == Decimal("0.23")


def test_handing_the_result_back_reopens_disposal():
    back = fact(*SET_UP, *WORK, move("send_back", "feedback_in", "to_dispose"))
    assert back.disposed_at is None
    assert back.should_dispose
    assert back.due_at == at(600)


def test_a_public_report_is_verified_first():
    known = fact("report", "send_verify", "verify", source_group="public", needs_verify=True)
    assert known.should_send_verify
    assert (known.verify_sent_at, known.verified_at) == (at(10), at(20))
    assert (known.verify_sender_id, known.verifier_id) == (101, 102)
    assert known.verified_exists
    assert known.state == "registered"


def test_a_second_verify_task_opens_the_question_again():
    unsure = ("verify", {"result": "cannot_tell"})
    again = fact("report", "send_verify", unsure, "send_verify", needs_verify=True, holder_id=9)
    assert (again.verify_sent_at, again.verified_at) == (at(30), None)
    assert again.verifier_id == 9
    assert not again.verified_exists


def test_nothing_is_to_be_verified_in_a_report_refused_unseen():
    assert not fact("report", "reject", needs_verify=True).should_send_verify
    assert fact("report", "send_verify", "verify", "reject").should_send_verify


@pytest.mark.parametrize(
    ("rows", "origin"),
    [
        (["report", "reject"], "reject"),
        (["report", "merge"], "merge"),
        (["report", "accept", "decline"], "decline"),
        (
            [
                "report",
                "accept",
                move("decline", "to_file", "decline_review"),
                move("approve", "decline_review", "void"),
            ],
            "decline",
        ),
        ([*SET_UP, approve("void", "to_dispatch", "void")], "void"),
    ],
)
def test_the_step_that_cancelled_the_case_is_kept(rows, origin):
    gone = fact(*rows)
    assert (gone.state, gone.void_origin) == ("void", origin)
    assert gone.voided_at == at(10 * (len(rows) - 1))


def test_back_to_the_acceptor_undoes_acceptance_and_filing():
    back = fact(*SET_UP, move("send_back", "to_dispatch", "registered"))
    assert (back.accepted_at, back.filed_at, back.filed_on_time) == (None, None, False)
    again = fact(*SET_UP, move("send_back", "to_dispatch", "registered"), "accept", "file")
    assert (again.accepted_at, again.filed_at) == (at(40), at(50))


def test_rework_is_the_same_department_after_a_check():
    failed = [*SET_UP, *WORK, "pass_check", "send_check", ("check", {"result": "fail"}), "rework"]
    waiting = fact(*failed)
    assert (waiting.rework_times, waiting.disposed_at) == (0, None)
    again = fact(*failed, "dispatch")
    assert (again.rework_times, again.rework_at) == (1, at(110))
    assert again.dispatched_at == at(30)
    twice = fact(*failed, *WORK, *failed[7:], "dispatch")
    assert twice.rework_times == 2


def test_a_case_that_was_not_solved_is_closed_no_more_and_its_next_round_is_rework():
    told = [*SET_UP, *WORK, *END, move("unsolved", "closed", "to_dispatch")]
    open_again = fact(*told)
    assert (open_again.closed_at, open_again.close_step_at, open_again.closer_id) == (None,) * 3
    assert (open_again.state, open_again.disposed_at) == ("to_dispatch", None)
    assert fact(*told, "dispatch").rework_times == 1
    assert fact(*told, *SET_UP[-1:], *WORK, *END).closed_at > fact(*SET_UP, *WORK, *END).closed_at


def test_a_case_that_is_followed_stays_closed():
    told = fact(*SET_UP, *WORK, *END, move("unsolved", "closed", "closed"))
    assert told.closed_at == at(100)


def test_rework_by_another_department_is_not_rework():
    failed = [*SET_UP, *WORK, "pass_check", "send_check", ("check", {"result": "fail"}), "rework"]
    other = fact(*failed, ("dispatch", {"department_id": 8}))
    assert other.rework_times == 0
    assert (other.first_department_id, other.last_department_id) == (7, 8)


def test_a_returned_case_is_nobodys_work_until_dispatched_again():
    rows = [*SET_UP, "dispatch", approve("return_", "to_dispose", "to_dispatch")]
    back = fact(*rows)
    assert (back.returned_times, back.returned_department_id) == (1, 7)
    assert not back.should_dispose
    same = fact(*rows, "dispatch")
    assert same.should_dispose
    assert same.rework_times == 0


def test_a_refused_return_is_shirking_and_other_refusals_are_not():
    refused = move("refuse", "to_dispose", "to_dispose", request_kind="return_")
    assert fact(*SET_UP, "dispatch", refused).shirked_times == 1
    refused = move("refuse", "to_dispose", "to_dispose", request_kind="extend")
    plain = fact(*SET_UP, "dispatch", refused)
    assert (plain.shirked_times, plain.extended_times) == (0, 0)


def test_extensions_add_up_and_end_with_the_department():
    longer = [*SET_UP, "dispatch", approve("extend", seconds=5400), approve("extend", seconds=1800)]
    here = fact(*longer)
    assert (here.extended_times, here.extended_hours, here.extended_at) == (2, 2, at(50))
    back = approve("return_", "to_dispose", "to_dispatch")
    there = fact(*longer, back, ("dispatch", {"department_id": 8}))
    assert (there.extended_times, there.extended_hours, there.extended_at) == (0, 0, None)


def test_suspension_lasts_until_resumed():
    hard = approve("suspend_hard", "to_dispose", "suspended")
    out = fact(*SET_UP, "dispatch", hard)
    assert (out.state, out.suspended_at, out.hard_suspended_at) == ("suspended", at(40), at(40))
    back = fact(*SET_UP, "dispatch", hard, "resume")
    assert (back.state, back.suspended_at, back.hard_suspended_at) == ("to_dispose", None, None)


def test_a_suspension_within_the_department_is_no_hard_one():
    soft = approve("suspend", "to_dispose", "suspended")
    out = fact(*SET_UP, "dispatch", soft)
    assert (out.state, out.suspended_at, out.hard_suspended_at) == ("suspended", at(40), None)


def test_a_merge_that_was_undone_leaves_no_trace():
    rows = ["report", "merge", move("unmerge", "void", "registered")]
    back = fact(*rows, needs_verify=True)
    assert (back.state, back.voided_at, back.void_origin) == ("registered", None, "")
    assert back.should_send_verify
    done = fact(*rows, "accept")
    assert (done.state, done.accepted_at) == ("to_file", at(30))


def test_a_case_closed_by_force_is_judged_by_its_closing():
    early = fact(*SET_UP, move("force_close", "to_dispatch", "closed"), due_at=None)
    assert (early.disposed_at, early.overdue, early.close_step_at) == (None, False, None)
    late = fact(*SET_UP, move("force_close", "to_dispatch", "closed"), due_at=at(29))
    assert late.overdue
    prompt = fact(*SET_UP, move("force_close", "to_dispatch", "closed"), due_at=at(30))
    assert not prompt.overdue


def test_closing_out_of_disposal_ends_disposal():
    done = fact(*SET_UP, "dispatch", move("force_close", "to_dispose", "closed", overdue=True))
    assert (done.disposed_at, done.closed_at, done.overdue) == (at(40), at(40), True)


def test_the_city_review_does_not_move_the_shift_leaders_step():
    up = move("close", "to_close", "close_review", user_id=55)
    done = fact(
        *SET_UP, *WORK, *END[:-1], up, move("close", "close_review", "closed", overdue=True)
    )
    assert (done.close_step_at, done.closed_at) == (at(100), at(110))
    assert done.close_step_on_time
    assert done.closer_id == 55


def test_a_log_cut_short_shows_the_case_as_it_stood():
    steps = log(*SET_UP, *WORK, *END)
    early = fold(case(), [step for step in steps if step.at <= at(30)])
    assert (early.state, early.disposed_at, early.closed_at) == ("to_dispose", None, None)
