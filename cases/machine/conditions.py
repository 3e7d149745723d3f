"""Which of several rows of the table applies: functions of a situation, named in `Move.when`."""

from cases.machine.situation import Situation, by_shift_leader


def two_level(s: Situation) -> bool:
    return s.process.reviewed_by_city


def dept_review(s: Situation) -> bool:
    return s.process.dept_review


def cannot_tell(s: Situation) -> bool:
    return s.inputs.get("check_result") == "cannot_tell"


def new_round(s: Situation) -> bool:
    """Whether a case that is not solved goes back into the flow; what was never filed has no limit
    to begin again with, and a case follows it."""
    return s.process.unsolved_goes_back and s.case.filed_at is not None


def suspended_again(s: Situation) -> bool:
    """Whether what is taken back is the end of a suspension."""
    return "until" in s.inputs


# --- the open request -----------------------------------------------------------------------
def asks(s: Situation) -> bool:
    return bool(s.case.pending)


def returning(s: Situation) -> bool:
    return s.case.pending == "return_"


def asks_return(s: Situation) -> bool:
    return returning(s) and by_shift_leader(s.case)


def asks_return_other(s: Situation) -> bool:
    return returning(s)


def to_forward(s: Situation) -> bool:
    return s.case.to_forward


def to_forward_return(s: Situation) -> bool:
    return s.case.to_forward and returning(s)


def asks_extend(s: Situation) -> bool:
    return s.case.pending == "extend"


def asks_further_extend(s: Situation) -> bool:
    return asks_extend(s) and not by_shift_leader(s.case)


def asks_suspend(s: Situation) -> bool:
    return s.case.pending == "suspend"


def asks_suspend_hard(s: Situation) -> bool:
    return s.case.pending == "suspend_hard"


def asks_void(s: Situation) -> bool:
    return s.case.pending == "void"


def asks_appeal(s: Situation) -> bool:
    return s.case.pending == "appeal"
