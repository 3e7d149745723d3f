import json
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.counting.counts import INDICATORS
from evaluation.counting.indicators import POSTS, RATES, quotient
from evaluation.counting.settings import Settings
from evaluation.scoring.scheme_json import from_json, to_json
from evaluation.scoring.schemes import Part, Scheme, SchemeError, Step, rank, score
from evaluation.scoring.shipped import SCHEME_A, SCHEME_B, SCHEME_C, SCHEMES

PLAIN = Settings()


def counts(**given):
    return {**dict.fromkeys(INDICATORS, 0), **given}


DEPARTMENT = counts(
    filed=120,
    should_dispose=100,
    disposed=95,
    disposed_on_time=90,
    should_close=98,
    closed=93,
    closed_on_time=88,
    rework=4,
    extended=5,
    overdue_undisposed=3,
)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (
            "collector",
            {
                "reported": 200,
                "valid_reported": 180,
                "missed": 9,
                "filed": 180,
                "should_verify": 40,
                "verified_on_time": 38,
                "should_check": 50,
                "checked_on_time": 50,
            },
            36 + 20 * Fraction(180, 189) + 19 + 20,
        ),
        (
            "acceptor",
            {
                "accepted": 501,
                "should_send_verify": 10,
                "verify_sent_on_time": 9,
                "should_send_check": 4,
                "check_sent_on_time": 3,
            },
            Fraction(75 * 25 + 90 * 40 + 75 * 35, 100),
        ),
        (
            "shift_leader",
            {
                "filed": 50,
                "filed_on_time": 49,
                "filed_accurate": 48,
                "close_step": 20,
                "close_step_on_time": 19,
            },
            Fraction(98 * 25 + 96 * 40 + 95 * 35, 100),
        ),
        (
            "dispatcher",
            {
                "dispatched": 2001,
                "should_dispatch": 2010,
                "dispatched_on_time": 2001,
                "dispatched_accurate": 1990,
            },
            20 + Fraction(40 * (2001 + 1990), 2010),
        ),
        (
            "department",
            {
                "filed": 120,
                "disposed_on_time": 90,
                "should_close": 98,
                "closed": 93,
                "rework": 4,
            },
            Fraction(75, 10) + 30 * Fraction(93 + 90, 98) + 30 * (1 - Fraction(4, 98)),
        ),
        (
            "area",
            {
                "filed": 8,
                "public_verified": 2,
                "should_close": 7,
                "closed": 6,
                "closed_on_time": 5,
                "unit_grids": 1,
            },
            Fraction(75, 10) + 8 + 30 * Fraction(6, 7) + 40 * Fraction(5, 7),
        ),
    ],
)
def test_scheme_a(kind, given, expected):
    value = score(SCHEME_A, kind, counts(**given), PLAIN).value
    assert abs(Fraction(value) - expected) < Fraction(1, 10**20)


def test_scheme_b():
    value = score(SCHEME_B, "department", DEPARTMENT, PLAIN).value
    expected = (
        30 * Fraction(95, 100)
        + 20 * Fraction(90, 100)
        + 20 * (1 - Fraction(4, 98))
        + 20 * Fraction(97, 100)
        + 10 * Fraction(95, 100)
    )
    assert abs(Fraction(value) - expected) < Fraction(1, 10**20)


def test_scheme_c_rounds_each_part():
    parts = score(SCHEME_C, "department", DEPARTMENT, PLAIN)
    # 40·0.95, 40·90/95, 10·0.97, 10·(1 − 4/95)
    expected = ["38.00", "37.89", "9.70", "9.58"]
    assert [str(part.contribution) for part in parts.parts] == expected
    assert parts.value == Decimal("95.17")


@pytest.mark.parametrize(("missed", "points"), [(0, 10), (3, 7), (10, 0), (14, 0)])
def test_scheme_c_takes_a_point_for_every_missed_report(missed, points):
    work = {"should_verify": 1, "verified": 1, "verified_on_time": 1, "missed": missed}
    assert score(SCHEME_C, "collector", counts(**work), PLAIN).value == 90 + points


def test_denominators_of_scheme_c_do_not_follow_the_settings():
    other = Settings(denominators={"dispose_on_time_rate": "should_dispose"})
    assert score(SCHEME_C, "department", DEPARTMENT, other) == score(
        SCHEME_C, "department", DEPARTMENT, PLAIN
    )
    disposed = Settings(denominators={"dispose_on_time_rate": "disposed"})
    here = score(SCHEME_A, "department", DEPARTMENT, disposed)
    assert here.value > score(SCHEME_A, "department", DEPARTMENT, PLAIN).value


BANDS = {
    ("acceptor", "accepted"): {
        0: 0, 100: 0, 101: 40, 300: 40, 301: 60, 500: 60, 501: 75,
        1200: 75, 1201: 90, 2000: 90, 2001: 100,
    },
    ("department", "filed"): {
        0: 100, 50: 100, 51: 90, 100: 90, 101: 75, 200: 75, 201: 60,
        500: 60, 501: 40, 1000: 40, 1001: 0,
    },
    ("area", "filed"): {
        0: 100, 1: 90, 2: 90, 3: 75, 4: 75, 5: 60, 6: 60, 7: 40, 8: 40, 9: 0,
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "number", "points"),
    [
        (kind, name, number, points)
        for (kind, name), steps in BANDS.items()
        for number, points in steps.items()
    ],
)
def test_bands_at_their_edges(kind, name, number, points):
    part = next(part for part in SCHEME_A.objects[kind] if part.bands)
    assert part.indicator == name
    given = counts(**{name: number}) | {"unit_grids": 1}
    assert part.points(given, PLAIN, "month") == points


@pytest.mark.parametrize(
    ("filed", "cells", "points"),
    [(0, 250, 100), (1, 250, 90), (500, 250, 90), (501, 250, 75), (1000, 250, 75), (2001, 250, 0)],
)
def test_the_band_of_an_area_is_for_one_unit_grid(filed, cells, points):
    part = next(part for part in SCHEME_A.objects["area"] if part.bands)
    given = counts(filed=filed) | {"unit_grids": cells}
    assert part.points(given, PLAIN, "month") == points


def test_an_area_without_unit_grids_has_no_value_there():
    work = counts(filed=8, should_close=7, closed=7, closed_on_time=7) | {"unit_grids": 0}
    scored = score(SCHEME_A, "area", work, PLAIN)
    assert [part.points for part in scored.parts] == [100, None, 100, 100]
    assert scored.value == 100


def test_only_bands_are_divided_and_only_by_a_known_size():
    with pytest.raises(SchemeError, match="per"):
        Part("close_rate", Decimal(100), per="unit_grids")
    with pytest.raises(SchemeError, match="per"):
        Part("filed", Decimal(100), bands={"any": (Step(None, Decimal(0)),)}, per="acres")


def test_a_band_may_be_made_for_one_kind_of_period():
    bands = {
        "any": (Step(Decimal(10), Decimal(100)), Step(None, Decimal(0))),
        "week": (Step(Decimal(2), Decimal(100)), Step(None, Decimal(50))),
    }
    part = Part("filed", Decimal(100), bands=bands)
    five = counts(filed=5)
    assert part.points(five, PLAIN, "month") == 100
    assert part.points(five, PLAIN, "week") == 50
    weekly = Part("filed", Decimal(100), bands={"week": bands["week"]})
    assert weekly.points(five, PLAIN, "month") is None


def test_rates_above_one_are_capped_on_both_sides():
    much = counts(**{**DEPARTMENT, "closed": 500, "rework": 500})
    parts = score(SCHEME_A, "department", much, PLAIN).parts
    assert [part.points for part in parts][1::2] == [100, 0]


def test_a_part_without_value_leaves_its_weight_to_the_others():
    half = counts(reported=10, valid_reported=9, filed=9, missed=0)
    found = score(SCHEME_A, "collector", half, PLAIN)
    assert found.value == Decimal(90 * 40 + 100 * 20) / 60
    assert [part.contribution is None for part in found.parts] == [False, False, True, True]


def test_no_work_is_no_score_although_few_cases_earn_points():
    assert score(SCHEME_A, "department", counts(), PLAIN).value is None
    zero = Settings(zero_denominator="zero")
    assert score(SCHEME_A, "department", counts(), zero).value == 40


def test_a_scheme_may_insist_on_every_part():
    strict = from_json({**to_json(SCHEME_A), "missing": "none"})
    half = counts(reported=10, valid_reported=9, filed=9)
    assert score(strict, "collector", half, PLAIN).value is None


def test_an_unknown_kind_of_object_is_an_error():
    with pytest.raises(KeyError):
        score(SCHEME_A, "mayor", DEPARTMENT, PLAIN)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@given(data=st.data())
def test_scores_stay_between_0_and_100(scheme, data):
    numbers = st.integers(0, 3000)
    given_counts = {name: data.draw(numbers, label=name) for name in used(scheme)}
    for kind in scheme.objects:
        value = score(scheme, kind, counts(**given_counts), PLAIN).value
        assert value is None or 0 <= value <= 100


def used(scheme):
    names = set()
    for parts in to_json(scheme)["objects"].values():
        for part in parts:
            name = part["indicator"]
            names.update(quotient(name, PLAIN) if name in RATES else name.split("/"))
    return sorted(names)


@pytest.mark.parametrize("post", [post for post in POSTS if post in SCHEME_A.objects])
@pytest.mark.parametrize("scheme", [SCHEME_A, SCHEME_C], ids=["A", "C"])
def test_a_post_is_given_every_count_its_score_needs(scheme, post):
    if post in scheme.objects:
        names = {name for names in POSTS[post].values() for name in names.split()}
        assert score(scheme, post, dict.fromkeys(names, 1), PLAIN).value is not None


@pytest.mark.parametrize(
    ("value", "letter", "colour"),
    [
        ("100", "A", "green"),
        ("90", "A", "green"),
        ("89.995", "A", "green"),
        ("89.994", "B", "blue"),
        ("75", "B", "blue"),
        ("60", "C", "yellow"),
        ("59.99", "D", "orange"),
        ("40", "D", "orange"),
        ("39.99", "E", "red"),
        ("0", "E", "red"),
    ],
)
def test_grades(value, letter, colour):
    grade = SCHEME_A.grade(Decimal(value))
    assert (grade.letter, grade.colour) == (letter, colour)


def test_no_score_no_grade():
    assert SCHEME_A.grade(None) is None


def test_equals_share_a_rank_and_the_next_is_left_out():
    scores = {"d": None, "a": "80", "b": "95.001", "c": "95.004", "e": "70"}
    items = [(key, value and Decimal(value)) for key, value in scores.items()]
    assert [(item.key, item.rank) for item in rank(items)] == [
        ("b", 1),
        ("c", 1),
        ("a", 3),
        ("e", 4),
        ("d", None),
    ]
    assert rank([]) == []


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_a_scheme_survives_its_stored_shape(scheme):
    stored = json.loads(json.dumps(to_json(scheme)))
    assert from_json(stored) == scheme


def broken(change):
    data = deepcopy(to_json(SCHEME_A))
    change(data)
    return data


def put(*path, value):
    def change(data):
        *way, last = path
        for key in way:
            data = data[key]
        data[last] = value

    return change


DEPT = ("objects", "department")
BAND = (*DEPT, 0, "bands")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("code", value=""), "no code"),
        (put("code", value=7), "code: expected text"),
        (put("objects", value={}), "no kind of object"),
        (put("objects", value=[]), "objects: expected an object"),
        (put("extra", value=1), "unknown extra"),
        (put("missing", value="zero"), "missing is not one of rescale, none"),
        (put("part_decimals", value=9), "part_decimals is not between 0 and 4"),
        (put("part_decimals", value="2"), "part_decimals: not a whole number"),
        (put(*DEPT, value=[]), "weights of 'department' sum to 0, not 100"),
        (put(*DEPT, value="x"), "objects.department: expected a list"),
        (put(*DEPT, 1, "weight", value="31"), "weights of 'department' sum to 101, not 100"),
        (put(*DEPT, 1, "weight", value="-30"), "close_rate: weight -30 is not above 0"),
        (put(*DEPT, 1, "weight", value=0.3), "weight: expected a number written as a string"),
        (put(*DEPT, 1, "weight", value="many"), "'many' is not a number"),
        (put(*DEPT, 1, "weight", value="NaN"), "'NaN' is not a finite number"),
        (put(*DEPT, 1, "indicator", value="speed"), "'speed' is neither a rate nor a quotient"),
        (put(*DEPT, 1, "indicator", value="closed/x"), "neither a rate nor a quotient"),
        (put(*DEPT, 1, "complement", value="yes"), "complement: neither true nor false"),
        (put(*DEPT, 1, value={"indicator": "close_rate"}), r"department\[1\]: weight is missing"),
        (put(*DEPT, 0, "indicator", value="close_rate"), "is not a count"),
        (put(*BAND, value={}), "bands are empty"),
        (put(*BAND, value={"decade": [[None, "1"]]}), "'decade': not one of any, day"),
        (put(*BAND, value={"any": []}), "the last step, and only it, is open"),
        (put(*BAND, value={"any": [["5", "1"]]}), "the last step, and only it, is open"),
        (put(*BAND, value={"any": [["5", "1"], ["5", "2"], [None, "3"]]}), "do not ascend"),
        (put(*BAND, value={"any": [[None, "101"]]}), "points outside"),
        (put(*BAND, value={"any": [[None]]}), r"expected \[up to, points\]"),
        (put("grades", value=[]), "must fall, and end at 0"),
        (put("grades", 4, "cut", value="1"), "must fall, and end at 0"),
        (put("grades", 4, "letter", value="A"), "two grades share a letter"),
        (lambda data: data.pop("objects"), "scheme: objects is missing"),
    ],
)
def test_a_broken_scheme_says_what_is_wrong(change, message):
    with pytest.raises(SchemeError, match=message):
        from_json(broken(change))


def test_a_scheme_is_an_object():
    with pytest.raises(SchemeError, match="scheme: expected an object"):
        from_json([1])


def test_grades_may_be_left_out():
    data = to_json(SCHEME_A)
    del data["grades"]
    assert from_json(data) == SCHEME_A
    assert isinstance(from_json(data), Scheme)
