"""The counting of the drill: what was acknowledged against what is there."""

from dataclasses import replace

from citymgmt.drill.counting import Act, Stored, faults, gaps

REPORT = Act("report", "62010520261130000001", "a mark")
STEP = Act("accept", "62010520261130000001", "another mark")
PHOTO = Act("photo", "62010520261130000001", "a third mark")
CLOSE = Act("close", "62010520261130000001", "a fourth mark")
WHOLE = Stored(
    acts=[REPORT, STEP, PHOTO],
    closed=[],
    contents=["5ab1"],
    places=[2, 1],
    head=2,
    named={"photos/1.jpg"},
    files={"photos/1.jpg"},
)


def figures(acknowledged=(REPORT, STEP, PHOTO), **other):
    """What is not 0, by its name."""
    found = faults(acknowledged, replace(WHOLE, **other))
    return {name: len(lines) for name, lines in found.items() if lines}


def test_where_all_is_there_once_nothing_is_counted():
    assert figures() == {}


def test_what_was_done_without_an_answer_is_no_fault():
    assert figures(acknowledged=[REPORT]) == {}


def test_what_was_acknowledged_and_is_not_there_is_missing():
    assert figures(acts=[REPORT, PHOTO]) == {"missing": 1}
    assert figures(files=set()) == {"missing": 1}


def test_what_is_there_under_another_case_is_missing_where_it_belongs():
    assert figures(acts=[REPORT, PHOTO, replace(STEP, case="62010520261130000002")]) == {
        "missing": 1
    }


def test_what_is_there_again_is_doubled_as_often_as_it_is_too_much():
    other = replace(REPORT, case="62010520261130000002")
    assert figures(acts=[*WHOLE.acts, other]) == {"doubled": 1}
    assert figures(acts=[*WHOLE.acts, STEP, STEP]) == {"doubled": 2}
    assert figures(contents=["5ab1", "5ab1"]) == {"doubled": 1}


def test_what_was_closed_is_closed_and_nothing_else():
    acts, number = [*WHOLE.acts, CLOSE], CLOSE.case
    assert figures([REPORT, CLOSE], acts=acts, closed=[number]) == {}
    assert figures([REPORT, CLOSE], acts=acts) == {"unclosed": 1}
    assert figures([REPORT], acts=acts, closed=[number]) == {"unclosed": 1}
    assert figures([REPORT, CLOSE], closed=[number]) == {"missing": 1}


def test_a_file_that_no_row_names_is_an_orphan():
    assert figures(files={"photos/1.jpg", "photos/2.jpg"}) == {"orphans": 1}


def test_the_feed_is_whole_from_the_first_place_to_its_head():
    assert gaps([3, 1, 2], 3) == []
    assert gaps([1, 3, None], 3) == ["place 2 is empty", "a row without a place"]
    assert gaps([1, 2], 1) == ["place 2 is beyond the head"]
    assert gaps([], 0) == []
