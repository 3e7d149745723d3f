"""Tables of strangers: what would grow without end is refused before it does."""

import zipfile

import openpyxl
import pytest
from django.utils import translation

from citymgmt.lib.errors import BadInput
from citymgmt.lib.reading import read_table
from citymgmt.lib.reading.jsons import load_json

PARTS = ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml",
         "_rels/.rels", "[Content_Types].xml", "docProps/core.xml")  # fmt: skip


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def book(tmp_path, rows=((1, 2),)):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    path = tmp_path / "a.xlsx"
    made.save(path)
    return path


def changed(path, part, change):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts.get(part, b"<sst/>"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return path


def refusal(path):
    with pytest.raises(BadInput) as refused:
        read_table(path)
    return str(refused.value.detail)


def entities(secret):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return {
        "grow": f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>',
        "name a file": f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>',
        "are elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    }


@pytest.mark.parametrize("kind", ["grow", "name a file", "are elsewhere"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", PARTS)
def test_a_workbook_declares_no_entities(tmp_path, kind, codec, part):
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    head = f'<?xml version="1.0" encoding="{codec}"?>{entities(secret)[kind]}<x>&l9;&s;</x>'
    said = refusal(changed(book(tmp_path), part, lambda _body: head.encode(codec)))
    assert "entities" in said
    assert "the secret" not in said


def test_a_workbook_of_too_many_cells_is_refused(tmp_path, settings):
    settings.TABLE_MAX_CELLS = 50
    assert len(read_table(book(tmp_path, [("a", "b")] + [(1, 2)] * 20)).lines) == 20
    assert "50 cells" in refusal(book(tmp_path, [("a", "b")] + [(1, 2)] * 30))


def test_a_text_of_too_many_cells_is_refused(tmp_path, settings):
    settings.TABLE_MAX_CELLS = 50
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 20)
    assert len(read_table(path).lines) == 20
    path.write_text("a,b\n" + "1,2\n" * 30)
    assert "50 cells" in refusal(path)
    path.write_text("a,b\n" + "," * 100)
    assert "50 cells" in refusal(path)


def test_merged_cells_cover_no_more_than_a_table_may_have(tmp_path, settings):
    settings.TABLE_MAX_CELLS = 300
    path = book(tmp_path, [("a", "b", "c")] + [(n, n, n) for n in range(60)])
    ranges = b"".join(b'<mergeCell ref="A%d:C61"/>' % n for n in range(2, 30))
    end = b"</sheetData><mergeCells>" + ranges + b"</mergeCells>"
    changed(path, PARTS[2], lambda body: body.replace(b"</sheetData>", end))
    assert "merged" in refusal(path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, b"[" * 100_000])
def test_json_without_a_bottom_is_a_wrong_value(text):
    with pytest.raises(ValueError, match="deeply"):
        load_json(text)
