"""Tables that offices send: read as they are meant, or refused with file, sheet, row and cell."""

import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import read_date, read_table, refuse_lines
from citymgmt.lib.reading.encodings import decode_file

WANTED = ("编码", "名称")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def text(tmp_path, words, encoding="utf-8", name="a.csv"):
    path = tmp_path / name
    path.write_bytes(words if isinstance(words, bytes) else words.encode(encoding))
    return path


def book(tmp_path, *rows, name="a.xlsx", change=None, sheets=None):
    """A workbook of one sheet of rows, or of {title: rows}; change(book) before it is saved."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, lines in (sheets or {"Sheet": rows}).items():
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
    if change:
        change(made)
    made.save(tmp_path / name)
    return tmp_path / name


def rewritten(path, member, *pairs):
    """The archive with words of one member changed, as other programs write them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in pairs:
        assert old.encode() in parts[member], parts[member][:400]
        parts[member] = parts[member].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def values(path, wanted=WANTED, **how):
    return [tuple(line.fields.values()) for line in read_table(path, wanted, **how).lines]


def refused(path, wanted=WANTED, **how):
    with pytest.raises(BadInput) as error:
        read_table(path, wanted, **how)
    assert path.name in error.value.detail
    return error.value.detail


HEAD, LAMP = ["编码", "名称"], ["0101", "路灯"]
SHEET = "xl/worksheets/sheet1.xml"


# --- letters ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_text_is_read_in_the_letters_it_has(tmp_path, encoding):
    path = text(tmp_path, "编码,名称\n0101,路灯甲\n", encoding)
    assert values(path) == [("0101", "路灯甲")]


@given(
    st.text(st.characters(categories=["L", "N"], max_codepoint=0x9FFF), min_size=1, max_size=30),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_text_comes_back_from_the_encodings_that_say_so(words, encoding):
    assert decode_file(words.encode(encoding)) == words


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=40))
def test_chinese_comes_back_from_gb18030(words):
    # With a heading, as every table has one; two characters alone could be valid UTF-8 by chance.
    assert decode_file(f"名称,编码,权属单位\n{words}\n".encode("gb18030")).split("\n")[1] == words


def test_a_person_knows_better_than_the_file(tmp_path):
    path = text(tmp_path, "號碼,名稱\n1,臺北\n", "big5")
    wanted = ("號碼", "名稱")
    assert values(path, wanted, encoding="Big5") == [("1", "臺北")]
    assert "row 1: not text in utf-8" in refused(path, wanted, encoding="UTF-8")
    with pytest.raises(BadInput, match="klingon"):
        read_table(path, wanted, encoding="klingon")


@pytest.mark.parametrize(
    "noise",
    ["Â·µÆ¼×", "ÉÏË®¾®¸Ç", "è·¯ç¯", "????", "\ufffd灯", "锟斤拷", "姹℃按浜曠洊", "路\ue123"],
)
def test_noise_is_no_name(tmp_path, noise):
    (line,) = read_table(text(tmp_path, f"编码,名称\n1,{noise}\n"), WANTED).lines
    assert [fault.column for fault in line.faults] == ["名称"]


@pytest.mark.parametrize("name", ["Zürich", "Café 咖啡", "20°C", "路灯", "№5", "㙍𠮷", "A区"])
def test_names_with_rare_letters_are_names(tmp_path, name):
    assert values(text(tmp_path, f"编码,名称\n1,{name}\n")) == [("1", name)]


# --- headings and separators --------------------------------------------------------------------
@pytest.mark.parametrize(
    "head",
    [
        "编码 ,名称",
        "\ufeff编码,名 称",
        "\u200b编码,名称\u3000",
        '"编\n码",名称',
        "编码,名称,备注,备注",
    ],
)
def test_headings_are_compared_as_they_look(tmp_path, head):
    assert values(text(tmp_path, f"{head}\n0101,路灯\n")) == [("0101", "路灯")]


def test_full_width_headings_are_the_same(tmp_path):
    assert values(text(tmp_path, "ＣＯＤＥ（１）\n7\n"), ("CODE(1)",)) == [("7",)]


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_any_usual_separator_is_found(tmp_path, sign):
    assert values(text(tmp_path, f"编码{sign}名称\n01{sign}路灯\n")) == [("01", "路灯")]


def test_a_spreadsheet_names_its_separator(tmp_path):
    table = read_table(text(tmp_path, "sep=;\n编码;名称\n01;路灯\n"), WANTED)
    assert [(line.number, line.fields["名称"]) for line in table.lines] == [(3, "路灯")]


def test_titles_above_the_heading_are_passed(tmp_path):
    words = "安宁区部件普查表,\n制表：王,\n编码,名称\n01,路灯\n"
    (line,) = read_table(text(tmp_path, words), WANTED).lines
    assert line.number == 4
    assert values(text(tmp_path, words), header_row=3) == [("01", "路灯")]
    assert "编码" in refused(text(tmp_path, words), header_row=1)


def test_a_heading_twice_is_refused_where_it_matters(tmp_path):
    assert "twice" in refused(text(tmp_path, "编码,名称,名 称\n1,a,b\n"))


def test_missing_headings_are_named(tmp_path):
    detail = refused(text(tmp_path, "编码,称\n1,a\n"))
    assert detail == "a.csv lacks the columns: 名称"


# --- rows -----------------------------------------------------------------------------------
def test_blank_rows_totals_and_repeated_headings_are_no_rows(tmp_path):
    words = "编码,名称\n01,路灯\n,\n \u3000,\u200b\n编码,名称\n02,井盖\n合计：,\n总 计,,2\n"
    table = read_table(text(tmp_path, words), WANTED)
    assert [line.number for line in table.lines] == [2, 6]
    assert table.left_out == [(7, "合计："), (8, "总 计")]


def test_a_row_that_is_full_is_no_total(tmp_path):
    assert values(text(tmp_path, "编码,名称\n合计,路灯\n")) == [("合计", "路灯")]


def test_an_open_quotation_mark_swallows_nothing(tmp_path):
    assert "row 3" in refused(text(tmp_path, '编码,名称\n01,路灯\n02,"井盖\n03,路灯\n'))


def test_what_a_spreadsheet_puts_around_text_comes_off(tmp_path):
    path = text(tmp_path, '编码,名称\n"=""0101""",\'-甲\n\t0102,乙\n')
    assert values(path) == [("0101", "-甲"), ("0102", "乙")]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("6.20105E+15", "shortened"),
        ("#N/A", "#N/A"),
        ("#REF!", "#REF!"),
        ("########", "narrow"),
    ],
)
def test_what_a_spreadsheet_lost_is_no_text(tmp_path, cell, why):
    table = read_table(text(tmp_path, f"编码,名称\n{cell},a\n"), WANTED)
    (fault,) = table.lines[0].faults
    assert why in fault.reason
    with pytest.raises(BadInput, match="line 2: cell A2"):
        refuse_lines(table, [])


# --- workbooks ----------------------------------------------------------------------------------
@pytest.mark.parametrize("said", ["A1", "A1:B2", "A1:XFD1048576", "C9:C9"])
def test_what_a_workbook_says_of_its_size_is_not_believed(tmp_path, said):
    path = book(tmp_path, HEAD, LAMP, LAMP, LAMP)
    rewritten(path, SHEET, ('<dimension ref="A1:B4"', f'<dimension ref="{said}"'))
    assert values(path) == [tuple(LAMP)] * 3


def test_merged_cells_count_for_every_row_they_cover(tmp_path):
    def merge(made):
        made["Sheet"].merge_cells("B2:B4")
        made["Sheet"].merge_cells("C2:D2")

    path = book(tmp_path, HEAD, ["01", "路灯"], ["02"], ["03"], ["04", "井盖"], change=merge)
    rewritten(path, SHEET, ('ref="C2:D2"', 'ref="C2:XFD1048576"'))
    assert values(path) == [("01", "路灯"), ("02", "路灯"), ("03", "路灯"), ("04", "井盖")]


def test_a_merged_cell_makes_no_rows_of_its_own(tmp_path):
    path = book(tmp_path, HEAD, LAMP, change=lambda made: made["Sheet"].merge_cells("A2:A9"))
    assert values(path) == [tuple(LAMP)]


def test_a_heading_of_two_rows(tmp_path):
    def merge(made):
        made["Sheet"].merge_cells("A1:A2")
        made["Sheet"].merge_cells("B1:C1")

    rows = (["编码", "坐标"], [None, "经度", "纬度"], ["01", 103.5, 36.1])
    path = book(tmp_path, *rows, change=merge)
    assert values(path, ("编码", "经度", "纬度")) == [("01", "103.5", "36.1")]


def test_a_formula_never_calculated_is_told_with_its_cell(tmp_path):
    path = book(tmp_path, HEAD, ["01", "=A2"])
    table = read_table(path, WANTED)
    (fault,) = table.lines[0].faults
    assert (table.cell(table.lines[0], fault.column), table.sheet) == ("B2", "Sheet")
    assert "never calculated" in fault.reason
    with pytest.raises(BadInput, match=r"a.xlsx \[Sheet\]: line 2: cell B2: .*never calculated"):
        refuse_lines(table, [])


def test_a_calculated_formula_is_its_value_even_an_empty_one(tmp_path):
    path = book(tmp_path, HEAD, ["01", "=A2"], ["02", "=A3"])
    rewritten(
        path,
        SHEET,
        ('<c r="B2"><f>A2</f><v /></c>', '<c r="B2" t="str"><f>A2</f><v>甲</v></c>'),
        ('<c r="B3"><f>A3</f><v /></c>', '<c r="B3" t="str"><f>A3</f><v></v></c>'),
    )
    assert values(path) == [("01", "甲"), ("02", "")]


def test_an_error_cell_is_no_name(tmp_path):
    (line,) = read_table(book(tmp_path, HEAD, ["01", "#N/A"]), WANTED).lines
    assert "#N/A" in line.faults[0].reason


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12, "12"),
        (12.0, "12"),
        (103.70051, "103.70051"),
        (True, "TRUE"),
        ("0137", "0137"),
        (datetime.combine(date(2026, 5, 1), time()), "2026-05-01"),
        (datetime.combine(date(2026, 5, 1), time(8, 30)), "2026-05-01 08:30:00"),
        (date(2026, 5, 1), "2026-05-01"),
        (123456789012345, "123456789012345"),
        (" 甲\u200b ", "甲"),
    ],
)
def test_values_are_read_as_they_are_shown(tmp_path, value, shown):
    assert values(book(tmp_path, HEAD, [value, "a"])) == [(shown, "a")]


@pytest.mark.parametrize("number", [6201050137000001, 6.2010501370000006e15, 10**15, -(10**16)])
def test_numbers_of_more_digits_than_a_workbook_keeps_are_refused(tmp_path, number):
    (line,) = read_table(book(tmp_path, HEAD, [number, "a"]), WANTED).lines
    assert "more digits" in line.faults[0].reason


def test_zeros_that_the_format_shows_are_read(tmp_path):
    def formatted(made):
        made["Sheet"]["A2"].number_format = "0000"

    assert values(book(tmp_path, HEAD, [137, "a"], change=formatted)) == [("0137", "a")]


def test_the_sheet_that_has_the_columns_is_read(tmp_path):
    sheets = {"说明": [["填表说明"]], "部件": [HEAD, LAMP], "空表": [HEAD]}
    table = read_table(book(tmp_path, sheets=sheets), WANTED)
    assert (table.sheet, len(table.lines)) == ("部件", 1)


def test_several_sheets_that_fit_are_named_and_one_can_be_chosen(tmp_path):
    path = book(tmp_path, sheets={"东": [HEAD, LAMP], "西": [HEAD, ["0102", "井盖"]]})
    assert "东, 西" in refused(path)
    assert values(path, sheet="西") == [("0102", "井盖")]
    assert "东, 西" in refused(path, sheet="南")


def test_a_workbook_of_the_1904_system_says_so(tmp_path):
    def mac(made):
        made.epoch = CALENDAR_MAC_1904

    table = read_table(book(tmp_path, HEAD, [44681, "a"], change=mac), WANTED)
    assert table.since_1904
    assert read_date(table.lines[0].fields["编码"], since_1904=True) == date(2026, 5, 1)


# --- other kinds of files -----------------------------------------------------------------------
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600


def archive(**members):
    def make(path):
        with zipfile.ZipFile(path, "w") as made:
            for name, data in members.items():
                made.writestr(name.replace("__", "/"), data)

    return make


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.xls", OLE, "save it as .xlsx"),
        ("a.xlsx", OLE, "save it as .xlsx"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("a.xlsx", "编码,名称\n".encode(), "ends in .csv"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table>", "web page"),
        ("a.csv", b"\xef\xbb\xbf<?xml version='1.0'?>", "web page"),
        ("a.xlsx", b"PK\x03\x04 cut off", "cut off"),
        ("a.csv", b"", "empty"),
        ("a.xlsx", b"\x00\x01\x02\x03" * 9, "no workbook"),
    ],
)
def test_a_file_of_another_kind_is_told_what_to_do(tmp_path, name, data, told):
    assert told in refused(text(tmp_path, data, name=name))


@pytest.mark.parametrize(
    ("name", "make", "told"),
    [
        ("a.ods", archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"), ".ods"),
        ("a.xlsb", archive(**{"xl/workbook.bin": ""}), ".xlsb"),
        ("a.xlsx", archive(lamps_shp="x"), "archive"),
        ("a.xlsx", archive(**{"xl/workbook.xml": "<workbook"}), "damaged"),
    ],
)
def test_an_archive_that_is_no_workbook_is_told_what_to_do(tmp_path, name, make, told):
    make(tmp_path / name)
    assert told in refused(tmp_path / name)


def test_a_workbook_under_the_name_of_text_is_named(tmp_path):
    path = book(tmp_path, HEAD, LAMP)
    assert ".xlsx" in refused(path.rename(tmp_path / "a.csv"))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_workbook_cut_off_is_refused_in_words(tmp_path, share):
    path = book(tmp_path, HEAD, *[LAMP] * 50)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "cut off or damaged" in refused(path)


def test_damaged_xml_is_refused_in_words(tmp_path):
    path = rewritten(book(tmp_path, HEAD, LAMP), SHEET, ("</sheetData>", "</sheetDate>"))
    assert "cut off or damaged" in refused(path)


def test_a_workbook_that_unpacks_without_end_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("citymgmt.lib.reading.kinds.MOST_BYTES", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b" " * 2_000_000)
    assert path.stat().st_size < 10_000
    assert "unpacked" in refused(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "none.csv" in refused(tmp_path / "none.csv")


# --- dates ------------------------------------------------------------------------------------
DAY = date(2026, 5, 1)


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-01",
        "2026-5-1",
        "2026/5/1",
        "2026/05/01",
        "2026.05.01",
        "2026.5.1",
        "20260501",
        "2026年5月1日",
        "2026年05月01日",
        "2026 年 5 月 1 日",
        "2026年5月1号",
        "46143",
        "46143.0",
        "46143.354",
        "2026-05-01 00:00:00",
        "2026/5/1 0:00",
        "2026-05-01T08:30:15.250",
        "２０２６年５月１日",
        " 2026-05-01\u3000",
        "2026-05-01T10:00:00+08:00",
        "2026-04-30T16:30:00Z",
        "20260501 08:00",
    ],
)
def test_a_day_is_read_as_people_and_programs_write_it(written):
    assert read_date(written) == DAY


@pytest.mark.parametrize(
    "written",
    [
        "5/1/26",
        "1/5/2026",
        "05-01-2026",
        "26-5-1",
        "26年5月1日",
        "2026-02-30",
        "2026/13/1",
        "20261301",
        "2026年5月",
        "202605",
        "2026",
        "4614",
        "461430",
        "yesterday",
        "2026-5/1",
        "0026-05-01",
        "9999-01-01",
        "TRUE",
        "2026-05-01至2026-06-01",
        "1e4",
    ],
)
def test_a_day_that_cannot_be_meant_is_refused(written):
    with pytest.raises(ValueError, match="not a date"):
        read_date(written)


@given(st.dates(date(1930, 1, 1), date(2100, 12, 31)))
def test_a_day_comes_back_from_every_spelling(day):
    serial = (day - date(1899, 12, 30)).days
    mac = (day - date(1904, 1, 1)).days
    for written in (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day} 0:00",
        str(serial),
    ):
        assert read_date(written) == day
    assert mac < 10_000 or read_date(str(mac), since_1904=True) == day
