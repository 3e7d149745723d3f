"""How reports come in when a city is simulated: by call, by public report, or straight as a case.

The real actions are used; only who calls and what they answer is made up. The numbers are of a
range that no operator gives out (1400000 0000 and up).
"""

from collections.abc import Callable
from datetime import datetime
from random import Random

from cases.machine.reports import Report
from cases.machine.reports import report as enter_report
from cases.models import Case
from citymgmt.accounts.models import User
from citymgmt.accounts.posts import TAKE_CALLS
from citymgmt.accounts.rules import holds
from hotline.calls import actions
from hotline.citizens.queries import to_call, waiting
from hotline.models import Call, CallBack, Satisfaction

CALLERS = 400  # people who call: now and then the same one calls again
WITHHELD, WISHES_REPLY, MAY_TEXT, REACHED = 0.05, 0.6, 0.7, 0.85  # shares
NAMES = "王李张刘陈杨赵黄周吴"
ANSWERS = ((Satisfaction.VERY_GOOD, 30), (Satisfaction.GOOD, 48), (Satisfaction.FAIR, 14),
           (Satisfaction.BAD, 6), (Satisfaction.VERY_BAD, 2))  # fmt: skip
A_DAY = 60  # call-backs that the desk makes in a day


def call(*, rng: Random, by, source, class_code, description, urgent, within, **place) -> Case:
    """A complaint on one of the lines."""
    taken, _created = actions.take_call(
        by=by, kind=Call.Kind.COMPLAINT, content=description, source=source.code,
        matter_class=class_code, urgent=urgent, lon=place["lon"], lat=place["lat"],
        address=place["address"], at=within.now, **_person(rng),
    )  # fmt: skip
    return taken.case


def report(*, rng: Random, source, class_code, description, photos, within, **place) -> Case:
    """A report without an account."""
    entered, _created = actions.public_report(
        matter_class=class_code, lon=place["lon"], lat=place["lat"], description=description,
        address=place["address"], photos=photos, source=source.code, at=within.now,
        **_person(rng),
    )  # fmt: skip
    return entered.case


def _person(rng):
    if rng.random() < WITHHELD:
        return {}
    number = rng.randrange(CALLERS)
    return {
        "phone": f"1400000{number:04d}", "name": f"{NAMES[number % len(NAMES)]}某",
        "reply_required": rng.random() < WISHES_REPLY, "may_text": rng.random() < MAY_TEXT,
    }  # fmt: skip


def straight(*, rng: Random, by, photos, within, class_code, **place) -> Case:
    """A report that no desk takes first."""
    said = Report(matter_class=class_code, **place)
    case, _created = enter_report(said, by=by, photos=photos, within=within)
    return case


def intake(source: str) -> Callable[..., Case]:
    """How a report of this source comes in: `enter(rng=, by=, class_code=, lon=, lat=, source=,
    within=, ...)` answers the case."""
    if source in actions.LINES:
        return call
    return report if source in actions.PUBLIC_SOURCES else straight


def call_back(*, now: datetime, rng: Random, people: list[User]) -> int:
    """Try everybody who waits, by one who takes calls; how many were tried."""
    desk = [person for person in people if holds(person, TAKE_CALLS)]
    if not desk:
        return 0
    by = rng.choice(desk)
    rows = to_call(waiting(by)[:A_DAY])
    for row in rows:
        _try(row, by, now, rng)
    return len(rows)


def _try(row, by, now, rng) -> CallBack:
    reached = rng.random() < REACHED
    service, result = (_answer(rng), _answer(rng)) if reached else (None, None)
    return actions.call_back(
        by=by, case=row["case"], citizen=row["citizen"], reached=reached, service=service,
        result=result, at=now,
    )  # fmt: skip


def _answer(rng):
    answers, weights = zip(*ANSWERS, strict=True)
    return rng.choices(answers, weights)[0]
