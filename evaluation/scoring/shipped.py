"""The schemes that come with the product: A by default, B and C as templates to copy. Pure data.

Open points of their sources, settled here and meant to be edited:
* A, area: on-time closing weighs 40, because the printed 10 leaves the sum at 70.
* A, dispatcher: the points for cases dispatched are not printed; the acceptor's band serves.
* A, area: the band is printed for one unit grid; larger areas are scored by the cases filed per
  unit grid.
* A: the bands were made for a month; a scheme for weeks needs bands of its own.
* C, patrol: "10 less one for every missed report, at least 0" is written as a band.
"""

from typing import Any

from evaluation.scoring.scheme_json import from_json
from evaluation.scoring.schemes import Scheme

_WORKLOAD = {
    "any": [[100, 0], [300, 40], [500, 60], [1200, 75], [2000, 90], [None, 100]],
}
_FILED_DEPARTMENT = {
    "any": [[50, 100], [100, 90], [200, 75], [500, 60], [1000, 40], [None, 0]],
}
_FILED_AREA = {
    "any": [[0, 100], [2, 90], [4, 75], [6, 60], [8, 40], [None, 0]],
}
_MISSED = {
    "any": [*([missed, 100 - 10 * missed] for missed in range(10)), [None, 0]],
}


def _part(indicator: str, weight: int, **more: Any) -> dict[str, Any]:
    return {"indicator": indicator, "weight": weight, **more}


def _less(indicator: str, weight: int) -> dict[str, Any]:
    """A part where lower is better."""
    return _part(indicator, weight, complement=True)


_A = {
    "collector": [
        _part("valid_report_rate", 40),
        _less("missed_rate", 20),
        _part("verify_on_time_rate", 20),
        _part("check_on_time_rate", 20),
    ],
    "acceptor": [
        _part("accepted", 25, bands=_WORKLOAD),
        _part("verify_send_rate", 40),
        _part("check_send_rate", 35),
    ],
    "shift_leader": [
        _part("file_on_time_rate", 25),
        _part("file_accurate_rate", 40),
        _part("close_step_on_time_rate", 35),
    ],
    "dispatcher": [
        _part("dispatched", 20, bands=_WORKLOAD),
        _part("dispatch_on_time_rate", 40),
        _part("dispatch_accurate_rate", 40),
    ],
    "department": [
        _part("filed", 10, bands=_FILED_DEPARTMENT),
        _part("close_rate", 30),
        _part("dispose_on_time_rate", 30),
        _less("rework_rate", 30),
    ],
    "area": [
        _less("public_valid_rate", 10),
        _part("filed", 20, bands=_FILED_AREA, per="unit_grids"),
        _part("close_rate", 30),
        _part("close_on_time_rate", 40),
    ],
}

_B = {
    "department": [
        _part("disposed/should_dispose", 30),
        _part("disposed_on_time/should_dispose", 20),
        _less("rework/should_close", 20),
        _less("overdue_undisposed/should_dispose", 20),
        _less("extended/should_dispose", 10),
    ],
}

_C = {
    "department": [
        _part("disposed/should_dispose", 40),
        _part("disposed_on_time/disposed", 40),
        _less("overdue_undisposed/should_dispose", 10),
        _less("rework/disposed", 10),
    ],
    "collector": [
        _part("verified/should_verify", 40),
        _part("verified_on_time/verified", 40),
        _less("overdue_unverified/should_verify", 10),
        _part("missed", 10, bands=_MISSED),
    ],
    "command_center": [
        _part("should_verify/reported", 30),
        _part("dispatched/filed", 40),
        _part("dispatched_on_time/dispatched", 20),
        _less("overdue_undispatched/should_dispatch", 10),
    ],
}

SCHEME_A = from_json({"code": "A", "objects": _A})
SCHEME_B = from_json({"code": "B", "objects": _B})
SCHEME_C = from_json({"code": "C", "objects": _C, "part_decimals": 2})

SCHEMES: dict[str, Scheme] = {scheme.code: scheme for scheme in (SCHEME_A, SCHEME_B, SCHEME_C)}
