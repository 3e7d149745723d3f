"""Tables with the ways of office programs: hidden parts, formats, apostrophes, damage."""

import zipfile
from datetime import date

import openpyxl
import pytest
from django.utils import translation

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import read_date, read_table
from citymgmt.lib.reading.cells import text_cell, value_cell
from citymgmt.lib.reading.encodings import choose

WANTED = ("编码", "名称")
HEAD, LAMP = list(WANTED), ["0101", "路灯"]
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def book(tmp_path):
    """book(*rows, change): a workbook; change(workbook) before it is saved."""

    def make(*rows, change=None):
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        if change:
            change(made)
        made.save(tmp_path / "a.xlsx")
        return tmp_path / "a.xlsx"

    return make


@pytest.fixture
def text(tmp_path):
    def make(words):
        path = tmp_path / "a.csv"
        path.write_text(words, encoding="utf-8")
        return path

    return make


def values(path, **how):
    return [tuple(line.fields.values()) for line in read_table(path, WANTED, **how).lines]


def reasons(path):
    lines = read_table(path, WANTED).lines
    return [(line.number, fault.column, fault.reason) for line in lines for fault in line.faults]


def hidden_copy(state):
    def change(made):
        copy = made.create_sheet("旧")
        copy.append(HEAD)
        copy.append(["0102", "井盖"])
        copy.sheet_state = state

    return change


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_by_its_name_only(book, state):
    path = book(HEAD, LAMP, change=hidden_copy(state))
    assert values(path) == [("0101", "路灯")]
    assert values(path, sheet="旧") == [("0102", "井盖")]
    with pytest.raises(BadInput, match="lacks the columns"):
        values(book(["说明"], change=hidden_copy(state)))


def test_hidden_rows_are_rows_and_named(book):
    def hide(made):
        made.active.row_dimensions[3].hidden = True

    table = read_table(book(HEAD, LAMP, ["0102", "井盖"], change=hide), WANTED)
    assert ([line.number for line in table.lines], table.hidden) == ([2, 3], [3])


@pytest.mark.parametrize("number", ["2", "1", "0"])
def test_two_rows_of_one_number_are_damage(book, number):
    path = book(HEAD, LAMP, ["0102", "井盖"])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[SHEET] = parts[SHEET].replace(b'<row r="3"', f'<row r="{number}"'.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(BadInput, match=f"row {number} stands there twice"):
        values(path)


@pytest.mark.parametrize(
    ("value", "pattern", "shown"),
    [
        (137, "0000", "0137"),
        (6201050137, "000000-0000", "620105-0137"),
        (123456789, "000-0000", "12345-6789"),
        (7, '"A"000', "A007"),
        (7, r"000\-\B", "007-B"),
        (0.5, "0%", "50%"),
        (0.125, "0.0%", "12.5%"),
        (12, "0%", "1200%"),
        (12, "0", "12"),
        (12, "General", "12"),
        (12, "#,##0", "12"),
    ],
)
def test_a_number_is_read_as_its_format_shows_it(book, value, pattern, shown):
    def look(made):
        made.active["A2"].number_format = pattern

    assert values(book(HEAD, [value, "a"], change=look)) == [(shown, "a")]


def test_characters_that_xml_cannot_hold_come_back(book):
    assert values(book(HEAD, ["0101", "路灯_x000D_\n甲"])) == [("0101", "路灯\n甲")]


@pytest.mark.parametrize("typed", ["'0101", "’0101", "＇0101", "'0101-02", "'-甲"])
def test_an_apostrophe_that_marks_text_comes_off(typed):
    assert text_cell(typed).text == typed[1:]


@pytest.mark.parametrize("name", ["'s", "'0101号", "’甲’"])
def test_other_apostrophes_stay(name):
    assert text_cell(name).text == name


@pytest.mark.parametrize("number", ["6.2E+09", "1.04E+02", "6.20105E+15", "1E+05"])
def test_a_number_shown_short_has_lost_digits(number):
    assert "shortened" in text_cell(number).fault


@pytest.mark.parametrize("number", ["1.037005E+02", "1e5", "1.5E-05", "36.1005"])
def test_a_number_with_all_its_digits_has_not(number):
    assert not text_cell(number).fault


@pytest.mark.parametrize("value", [b"x", ["a", "b"], {"a": 1}])
def test_a_value_that_is_no_text_is_told(value):
    assert value_cell(value).fault


def test_a_line_break_of_a_word_processor_stays_one():
    assert text_cell("a\x0bb\u2028c").text == "a\nb\nc"


# --- rows -----------------------------------------------------------------------------------
def test_a_row_wider_than_its_heading_has_moved(text):
    path = text("编码,名称\n0101,建宁路,东段\n0102,井盖,,\n")
    assert [(line, column) for line, column, _why in reasons(path)] == [(2, "名称")]


def test_cells_beside_a_workbooks_table_are_none_of_its_rows(book):
    assert reasons(book(HEAD, [*LAMP, None, "旁注"])) == []


@pytest.mark.parametrize("word", ["合计", "汇总", "总 计：", "Total"])
def test_a_row_of_totals_holds_figures_only(text, word):
    found = read_table(text(f"编码,名称,数\n0101,路灯,2\n{word},,2\n"), WANTED)
    assert [number for number, _first in found.left_out] == [3]


def test_somebody_called_sum_is_no_total(text):
    path = text("账号,姓名,电话\nsum,孙某,\n")
    table = read_table(path, ("账号", "姓名", "电话"))
    assert ([line.fields["姓名"] for line in table.lines], table.left_out) == (["孙某"], [])


# --- letters ----------------------------------------------------------------------------------
@pytest.mark.parametrize("hint", ["big5", "euc_kr", "shift_jis", "gb18030", None])
def test_a_statement_that_fits_by_chance_is_not_believed(hint):
    texts = [word.encode("gbk") for word in ("路灯甲号", "供电公司", "建宁路")]
    assert choose(texts, hint=hint) == "gb18030"


def test_a_statement_that_is_true_is_believed():
    texts = [word.encode("big5") for word in ("路燈甲號", "供電公司", "建寧路")]
    assert choose(texts, hint="big5") == "big5"


# --- dates ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "written",
    [
        "2026年5月1日星期五",
        "2026年5月1日 周五",
        "2026/5/1 8:30 AM",
        "2026-5-1 上午 8:30",
        "2026/5/1 下午8:30:15",
        "2026年5月1日 8时30分",
        "2026年5月1日8时",
        "二〇二六年五月一日",
        "二○二六年五月一日 星期五",
    ],
)
def test_a_day_is_read_as_office_programs_show_it(written):
    assert read_date(written) == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("二〇二六年十月十日", date(2026, 10, 10)),
        ("二〇二六年十二月三十一日", date(2026, 12, 31)),
        ("二零二六年十一月二十日", date(2026, 11, 20)),
    ],
)
def test_chinese_numerals(written, day):
    assert read_date(written) == day


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-01 24:00",
        "2026/5/1 25:00",
        "20260501 99:99",
        "二〇二六年五月",
        "二〇二六年十三月一日",
    ],
)
def test_a_moment_that_cannot_be_is_refused(written):
    with pytest.raises(ValueError, match="not a date"):
        read_date(written)
