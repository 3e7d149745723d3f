"""The one writer of CSV and XLSX: what a spreadsheet program, another program and paper get."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.utils.encoding import iri_to_uri

from citymgmt.lib import downloads, sheets
from citymgmt.lib.printable import one_line, printable
from citymgmt.lib.reading import read_table
from citymgmt.lib.sheets import DAY, LONG, MOMENT, NUMBER, SECONDS, TEXT, Table, by_place

NUMBER_20 = "62010520261128000001"
AT = datetime(2026, 11, 28, 1, 5, 40, 315000, tzinfo=UTC)  # 09:05:40 in Shanghai
LABELS = ["案件编号", "说明", "时间", "时刻", "日期", "数"]
KINDS = [TEXT, LONG, MOMENT, SECONDS, DAY, NUMBER]
ROW = [NUMBER_20, "井盖破损，行人有危险", AT, AT, date(2026, 5, 1), Decimal("12.50")]


def table(*rows, notes=("期间：2026-11-01 – 2026-11-28", "筛选：培黎街道"), title="案件清单"):
    return Table(title, by_place(LABELS, KINDS), rows, notes)


def cells(*values):
    """A table of one row of text."""
    return Table(
        "t", by_place([str(n) for n in range(len(values))], [TEXT] * len(values)), [values]
    )


def csv_of(written):
    with sheets.write("csv", written) as file:
        body = file.read()
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def book_of(written):
    with sheets.write("xlsx", written) as file:
        return openpyxl.load_workbook(io.BytesIO(file.read()))


# --- XLSX -----------------------------------------------------------------------------------
def test_a_file_says_what_it_is_above_its_head():
    page = book_of(table(ROW)).active
    assert [page.cell(row, 1).value for row in (1, 2, 3)] == [
        "案件清单", "期间：2026-11-01 – 2026-11-28", "筛选：培黎街道",
    ]  # fmt: skip
    assert page.title == "案件清单"
    assert page["A1"].font.bold


def test_the_head_is_bold_stays_in_view_and_filters():
    page = book_of(table(ROW, ROW)).active
    assert [cell.value for cell in page[4]] == LABELS
    assert all(cell.font.bold for cell in page[4])
    assert page.freeze_panes == "A5"
    assert page.auto_filter.ref == "A4:F6"


def test_paper_is_a4_landscape_one_page_wide_with_the_head_on_each():
    page = book_of(table(ROW)).active
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.print_title_rows == "$4:$4"
    assert "&P" in page.oddFooter.right.text


def test_a_table_too_wide_for_a_page_takes_several_each_with_its_names():
    many = by_place([f"第{n}列" for n in range(60)], [NUMBER] * 60)
    page = book_of(Table("t", many, [range(60)])).active
    assert page.page_setup.fitToWidth == 3
    assert page.print_title_cols == "$A:$B"


def test_columns_beyond_those_of_the_page_come_last_and_not_on_paper():
    more, shown = by_place(["more", "shown"], [TEXT, TEXT])
    written = Table("t", (replace(more, page=False), shown), [("a", "b")])
    page = book_of(written).active
    assert [cell.value for cell in page[2]] == ["shown", "more"]
    assert [cell.value for cell in page[3]] == ["b", "a"]
    assert page.print_area.endswith("$A$1:$A$3")
    assert csv_of(written) == [["shown", "more"], ["b", "a"]]


def test_text_numbers_days_and_instants_keep_their_kind():
    row = book_of(table(ROW)).active[5]
    assert [cell.data_type for cell in row] == ["s", "s", "d", "d", "d", "n"]
    assert row[0].value == NUMBER_20
    assert row[2].value == datetime.fromisoformat("2026-11-28T09:05:40")  # local, without a zone
    assert row[2].number_format == "yyyy-mm-dd hh:mm"
    assert row[3].number_format == "yyyy-mm-dd hh:mm:ss"
    assert (row[4].value.date(), row[4].number_format) == (date(2026, 5, 1), "yyyy-mm-dd")
    assert row[5].value == 12.5


def test_columns_are_as_wide_as_chinese_is():
    width = book_of(table(ROW)).active.column_dimensions
    assert width["A"].width >= len(NUMBER_20) + 2
    assert width["B"].width >= 2 * len("井盖破损，行人有危险")
    assert width["C"].width >= len("2026-11-28 09:05")
    long = [*ROW[:1], "很长" * 200, *ROW[2:]]
    page = book_of(table(long)).active
    assert page.column_dimensions["B"].width <= 60
    assert page["B5"].alignment.wrap_text


def test_a_number_stands_under_its_head_and_apart_from_the_text_after_it():
    page = book_of(table(ROW)).active
    head, number = page["F4"].alignment, page["F5"].alignment
    assert (head.horizontal, head.indent) == (number.horizontal, number.indent) == ("right", 1)
    assert page["A4"].alignment.horizontal is None


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("井盖", 4), ("ＡＢ", 4), ("a\n井盖b", 5), ("e\u0301", 1)],
)
def test_the_width_of_text(text, width):
    assert sheets.measure(text) == width


@pytest.mark.parametrize("title", ["a/b\\c?d*e[f]g:h", "很长的名称" * 20, "'"])
def test_any_title_names_a_page(title):
    assert len(book_of(table(ROW, title=title)).active.title) <= 31


def test_an_empty_list_is_a_file_with_a_head():
    page = book_of(table()).active
    assert page.max_row == 4
    assert csv_of(table()) == [LABELS]


def test_text_longer_than_a_cell_says_so():
    (value,) = (cell.value for cell in book_of(cells("长" * 40_000)).active[3])
    assert len(value) == 32_767
    assert "40000" in value[-40:]


# --- what must not come out -----------------------------------------------------------------
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("code", [*range(0x20), 0xD800, 0xFFFE, 0xFFFF])
def test_no_character_makes_a_file_impossible(form, code):
    text = f"不属本单位{chr(code)}请改派"
    with sheets.write(form, cells(text)) as file:
        body = file.read()
    if form == "csv":
        (value,) = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))[1]
    else:
        value = openpyxl.load_workbook(io.BytesIO(body)).active["A3"].value
    assert value.startswith("不属本单位")
    assert value.endswith("请改派")
    assert (chr(code) in value) == (code in (0x09, 0x0A))


@pytest.mark.parametrize(
    ("text", "clean"),
    [("a\x0bb", "a\nb"), ("a\x0cb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb", "a\nb"),
     ("a\u2028b", "a\nb"), ("a\x00b", "ab"), ("a\ud83db", "ab"), ("𠮷 😀\t", "𠮷 😀\t")],
)  # fmt: skip
def test_a_line_break_stays_one_and_nothing_else_is_lost(text, clean):
    assert printable(text) == clean
    assert one_line(text) == clean.replace("\n", " ").strip()


BAD = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    " =1",
    "＝1",
    "＠x",
    "=cmd|'/c'!A1",
]


@pytest.mark.parametrize("text", BAD)
def test_data_is_never_a_formula(text):
    (value,) = csv_of(cells(text))[1]
    assert value.startswith("'")
    cell = book_of(cells(text)).active["A3"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "TRUE", "1e5", "0012", "2026-05-01"])
def test_text_stays_text_in_xlsx(text):
    cell = book_of(cells(text)).active["A3"]
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("text", ["型号 _x000D_ 的井盖", "_x005F_x000D_", "_x12_"])
def test_what_looks_like_a_coded_character_is_read_as_it_was_written(text, tmp_path):
    path = tmp_path / "list.xlsx"
    with sheets.write("xlsx", cells(text)) as file:
        path.write_bytes(file.read())
    assert text in str(read_table(path, header_row=2).lines[0].fields)


def test_titles_and_notes_are_no_formulas():
    with sheets.write("xlsx", table(ROW, title="=1+1", notes=("=2+2",))) as file:
        page = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page


# --- CSV ------------------------------------------------------------------------------------
def test_csv_has_its_head_first_and_dates_that_programs_read():
    head, row = csv_of(table(ROW))
    assert head == LABELS
    assert row == [
        "620105-20261128-000001", "井盖破损，行人有危险", "2026-11-28 09:05", "2026-11-28 09:05:40",
        "2026-05-01", "12.50",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (NUMBER_20, "620105-20261128-000001"),
        ("6201050101000001", "620105-0101-000001"),
        ("620105001001004", "620105-001-001-004"),
        ("620105001001", "620105-001-001"),
        ("0101", "\t0101"),
        ("1234567890123456789", "\t1234567890123456789"),
        ("1E5", "\t1E5"),
        ("1.5e+03", "\t1.5e+03"),
        ("3-1", "\t3-1"),
        ("5-1999", "\t5-1999"),
        ("10:30:00", "\t10:30:00"),
        ("１２-１", "\t１２-１"),
        ("2026-05-01", "\t2026-05-01"),
        ("13893101234", "13893101234"),
        ("138****1234", "138****1234"),
        ("0931-7654321", "0931-7654321"),
        ("上水井盖", "上水井盖"),
    ],
)
def test_no_text_is_mistaken_for_a_number(text, written):
    """Excel keeps 15 digits, drops leading zeros and takes 3-1 for a day."""
    assert csv_of(cells(text))[1] == [written]


# --- the answer -----------------------------------------------------------------------------
def test_a_chinese_name_reaches_every_browser():
    said = downloads.disposition("案件清单-20261128.xlsx")
    assert said == (
        'attachment; filename="20261128.xlsx"; '
        f"filename*=UTF-8''{iri_to_uri('案件清单')}-20261128.xlsx"
    )
    assert downloads.disposition('a"\r\nb.csv') == (
        "attachment; filename=\"ab.csv\"; filename*=UTF-8''a%22%0D%0Ab.csv"
    )


@pytest.mark.django_db  # an answer that ends looks after the connections
def test_rows_are_read_once_and_not_held(monkeypatch):
    """A large file waits on the disk and is sent in pieces."""
    monkeypatch.setattr(sheets, "IN_MEMORY", 10_000)
    alive = most = 0

    class Row(list):
        def __init__(self, values):
            nonlocal alive, most
            super().__init__(values)
            alive += 1
            most = max(most, alive)

        def __del__(self):
            nonlocal alive
            alive -= 1

    rows = (Row([NUMBER_20, f"第{n}行", AT, AT, AT.date(), n]) for n in range(10_000))
    answer = downloads.table("csv", Table("清单", by_place(LABELS, KINDS), rows), "清单")
    assert most <= 2
    assert answer.streaming
    body = b"".join(answer.streaming_content)
    assert len(body) == int(answer.headers["Content-Length"])
    assert body.count(b"\r\n") == 10_001
    answer.close()


def test_a_failing_row_is_an_error_and_not_half_a_file():
    def rows():
        yield ROW
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        downloads.table("csv", Table("t", by_place(LABELS, KINDS), rows()), "t")
