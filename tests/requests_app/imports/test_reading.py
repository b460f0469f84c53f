"""Files as people have them: encodings, delimiters, workbooks, and those that are not what they say."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from requests_app.file_types import NotTaken
from requests_app.imports import reading
from requests_app.imports.problems import NotRead
from tests.requests_app.imports import csv_file, xlsx_file

HEADINGS = ["Microsoft ID", "公司名稱", "Domain"]
ROWS = [["a-1", "維多利亞牙醫診所", "victoria.example"], ["a-2", "海港書店", "harbour.example"]]


def read(file, **how):
    content = file.read()
    assumed = reading.assumed(file.name, content) | how
    table = reading.table(file.name, content, assumed)
    return assumed, table.headings, [(line.number, line.cells) for line in table.lines]


@pytest.mark.parametrize(
    ("encoding", "assumed"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16"), ("utf-16-be", "utf-16"),
     ("cp950", "cp950")],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_encoding_and_delimiter_are_found(encoding, assumed, delimiter):
    if encoding in ("utf-16-le", "utf-16-be"):
        file = csv_file(["id", "name", "d"], ["a-1", "Victoria", "v"], encoding=encoding, delimiter=delimiter)
        found, headings, lines = read(file)
        assert (headings, lines) == (["id", "name", "d"], [(2, ["a-1", "Victoria", "v"])])
    else:
        found, headings, lines = read(csv_file(HEADINGS, *ROWS, encoding=encoding, delimiter=delimiter))
        assert (headings, lines) == (HEADINGS, [(2, ROWS[0]), (3, ROWS[1])])
    assert found == {"encoding": assumed, "delimiter": delimiter}


def test_latin_1_is_not_taken_for_chinese():
    rows = [["Société Générale d’Énergie", "Zürich"], ["Käse & Brötchen", "Málaga"]]
    found, _headings, lines = read(csv_file(["Name", "Città"], *rows, encoding="cp1252"))
    assert (found["encoding"], [cells for _n, cells in lines]) == ("cp1252", rows)


def test_encoding_that_was_chosen_wrongly_is_refused():
    with pytest.raises(NotRead) as error:
        read(csv_file(HEADINGS, *ROWS, encoding="cp950"), encoding="utf-8")
    assert error.value.code == "encoding"


def test_title_and_empty_lines_are_passed_over_and_lines_keep_their_numbers():
    file = csv_file(["Customer list"], "", HEADINGS, ROWS[0], "", ",,", ROWS[1])
    _found, headings, lines = read(file)
    assert (headings, lines) == (HEADINGS, [(4, ROWS[0]), (7, ROWS[1])])


def test_cells_with_line_breaks_do_not_move_the_numbers():
    _found, _headings, lines = read(csv_file(["a", "b"], ["1", "two\nlines"], ["3", "4"]))
    assert lines == [(2, ["1", "two\nlines"]), (4, ["3", "4"])]


@pytest.mark.parametrize(
    ("lines", "code"),
    [(['a,b', '1,"open', "2,3"], "quotes"), (["a,b", '1,"x"y'], "quotes"), (["a,b"], "no_lines"), (["", ",,"], "no_heading")],
    ids=["open", "inside", "heading only", "nothing"],
)  # fmt: skip
def test_text_that_makes_no_table_is_refused(lines, code):
    with pytest.raises(NotRead) as error:
        read(csv_file(*lines))
    assert error.value.code == code


def test_excels_own_word_about_its_delimiter_is_heard():
    found, headings, lines = read(csv_file("sep=;", "a;b", "1,5;2"))
    assert (found["delimiter"], headings, lines) == (";", ["a", "b"], [(3, ["1,5", "2"])])


def test_too_many_lines_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(reading, "MAX_LINES", 3)
    with pytest.raises(NotRead) as error:
        read(csv_file(["a", "b"], *[["1", "2"]] * 4))
    assert (error.value.code, error.value.details) == ("lines", {"limit": "3"})


def test_two_hundred_thousand_lines_are_refused():
    content = b"a,b\n" + b"1,2\n" * 200_000
    table = reading.table("x.csv", content, reading.assumed("x.csv", content))
    with pytest.raises(NotRead) as error:
        list(table.lines)
    assert error.value.code == "lines"


# --- Workbooks ---


def test_workbook_is_read_with_its_types():
    _found, headings, lines = read(xlsx_file(HEADINGS, ["a-1", "海港書店", 25], [None, None, None], ["a-2", "x", 1.5]))
    assert (headings, lines) == (HEADINGS, [(2, ["a-1", "海港書店", 25]), (4, ["a-2", "x", 1.5])])


def test_formulas_and_errors_are_told_apart_from_text():
    _found, _headings, lines = read(xlsx_file(["a", "b"], ["=1+1", "#N/A"]))
    assert [type(cell) for cell in lines[0][1]] == [reading.Formula, reading.CellError]


def test_merged_cells_below_the_headings_are_refused():
    def merge(book):
        book.active.merge_cells("A3:A4")

    with pytest.raises(NotRead) as error:
        read(xlsx_file(["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"], change=merge))
    assert (error.value.code, error.value.details) == ("merged", {"cells": "A3:A4"})


def test_merged_title_above_the_headings_is_no_harm():
    def merge(book):
        book.active.merge_cells("A1:B1")

    _found, headings, lines = read(xlsx_file(["Customers", None], ["a", "b"], ["1", "2"], change=merge))
    assert (headings, lines) == (["a", "b"], [(3, ["1", "2"])])


def test_hidden_sheet_is_not_the_one():
    def hide(book):
        book.active.sheet_state = "hidden"
        other = book.create_sheet("Seen")
        other.append(["a", "b"])
        other.append(["1", "2"])

    found, headings, _lines = read(xlsx_file(["secret", "x"], change=hide))
    assert (found, headings) == ({"sheet": "Seen"}, ["a", "b"])


def test_size_that_a_sheet_claims_is_not_believed():
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_file(["a", "b"], ["1", "2"], ["3", "4"]).read())) as old,
        zipfile.ZipFile(content, "w") as new,
    ):
        for part in old.infolist():
            text = old.read(part).replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1:A1"')
            new.writestr(part, text)
    table = reading.table("x.xlsx", content.getvalue(), {"sheet": "Sheet"})
    assert [line.cells for line in table.lines] == [["1", "2"], ["3", "4"]]


def bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        parts.writestr("xl/workbook.xml", b" " * 50_000_000)
    return content.getvalue()


def without_its_sheet():
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_file(["a", "b"]).read())) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.infolist():
            new.writestr(part, b"<no" if part.filename.startswith("xl/worksheets/") else old.read(part))
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0" + b"\0" * 100, bomb(), b"a,b\n1,2\n", b"PK\x03\x04 cut short", b""],
    ids=["password", "bomb", "text", "cut", "empty"],
)
def test_file_that_is_no_workbook_is_not_taken(content):
    with pytest.raises(NotTaken):
        reading.assumed("x.xlsx", content)


def test_workbook_with_a_broken_sheet_is_damaged():
    with pytest.raises(NotRead) as error:
        list(reading.table("x.xlsx", without_its_sheet(), {"sheet": "Sheet"}).lines)
    assert error.value.code == "damaged"


@pytest.mark.parametrize("name", ["x.pdf", "x", "x.xls", "x.csv.exe"])
def test_other_types_are_refused(name):
    with pytest.raises(NotRead) as error:
        reading.assumed(name, b"a,b\n1,2\n")
    assert error.value.code == "type"


def test_text_with_nul_is_no_text():
    with pytest.raises(NotRead) as error:
        read(csv_file(["a", "b"], ["1\0", "2"]))
    assert error.value.code == "binary"


def test_workbook_that_is_wider_than_any_export_is_refused():
    book = Workbook()
    book.active.append([str(n) for n in range(300)])
    book.active.append(["1"] * 300)
    content = io.BytesIO()
    book.save(content)
    with pytest.raises(NotRead) as error:
        reading.table("x.xlsx", content.getvalue(), {"sheet": "Sheet"})
    assert error.value.code == "width"
