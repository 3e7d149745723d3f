"""The clock of the page and the clock of the server turn at the same second."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.time import clock
from cases.time.overdue import is_overdue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DUE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def _ms(moment):
    return round(moment.timestamp() * 1000)


def test_page_and_server_turn_red_at_the_same_second(live_server, new_page):
    page = new_page()
    page.goto(f"{live_server.url}/public/")
    distances = [timedelta(milliseconds=ms) for ms in (-1000, -1, 0, 1, 999, 1000, 1001, 60_000)]
    moments = [DUE + distance for distance in distances]
    lights = page.evaluate(
        """async ([due, moments]) => {
            const { lightOf } = await import("/static/js/lib/clock.js");
            return moments.map((now) => lightOf({ due, warn: NaN, paused: false, now }));
        }""",
        [_ms(DUE), [_ms(moment) for moment in moments]],
    )
    assert [light == "red" for light in lights] == [
        is_overdue("to_dispose", DUE, moment) for moment in moments
    ]
    assert lights[2:5] == ["green"] * 3


@pytest.mark.parametrize("share", [-60, 0, 2880, 3600, 3660])
def test_page_and_server_show_one_light_at_every_moment(live_server, new_page, share):
    """By the two moments that are stored: the warning, so many seconds after the hour, and its
    deadline at the end."""
    page = new_page()
    page.goto(f"{live_server.url}/public/")
    warn, due = DUE + timedelta(seconds=share), DUE + timedelta(hours=1)
    around = [timedelta(milliseconds=ms) for ms in (-1000, -1, 0, 1, 999, 1000, 1001)]
    moments = [one + distance for one in (warn, due) for distance in around]
    lights = page.evaluate(
        """async ([due, warn, moments]) => {
            const { lightOf } = await import("/static/js/lib/clock.js");
            return moments.map((now) => lightOf({ due, warn, paused: false, now }));
        }""",
        [_ms(due), _ms(warn), [_ms(moment) for moment in moments]],
    )
    assert lights == [clock.light(due, warn, moment) for moment in moments]
