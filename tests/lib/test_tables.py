"""Tables as files: nothing in them is run by a spreadsheet, everything else comes through as it is."""

import csv
import datetime
import io
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.lib import tables

RUN = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\xa0=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
    "\ufeff=1",
]
LEFT_ALONE = ["", "Power BI", "a=1", "1-2", "x@example.com", "'tis", "–", "R-000000001", "維多利亞"]
NINE = datetime.datetime(2026, 11, 25, 17, 0, 3, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))


def in_csv(headings, rows):
    text = b"".join(tables.csv_chunks(headings, rows)).decode()
    return text, list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def in_xlsx(headings, rows):
    with tempfile.TemporaryFile() as file:
        tables.write_xlsx(file, headings, rows)
        file.seek(0)
        return [list(row) for row in load_workbook(file).worksheets[0].iter_rows()]


@pytest.mark.parametrize("text", RUN, ids=ascii)
def test_text_that_would_be_run_is_marked_as_text(text):
    _, rows = in_csv([text], [[text]])
    assert rows == [[f"'{text}"], [f"'{text}"]]
    assert tables.as_typed(f"'{text}") == text
    [[heading], [cell]] = in_xlsx([text], [[text]])
    for one in (heading, cell):
        assert (one.data_type, one.quotePrefix, one.value) == ("s", True, text.replace("\r", "\n"))


@pytest.mark.parametrize("text", LEFT_ALONE, ids=ascii)
def test_text_that_is_not_run_stays_as_it_is(text):
    assert in_csv(["x"], [[text]])[1][1] == [text]
    assert tables.as_typed(text) == text
    [_, [cell]] = in_xlsx(["x"], [[text]])
    assert (cell.value or "", bool(cell.quotePrefix)) == (text, False)


@given(st.text())
def test_apostrophe_comes_and_goes(text):
    assert tables.as_typed(tables.as_text(text)) == text
    assert tables.as_text(text).lstrip()[:1] not in tuple("=+-@＝＋－＠")


def naive(moment):
    return moment.replace(tzinfo=None)


def test_numbers_days_and_moments_stay_what_they_are():
    row = [-3, 2.5, Decimal("310.00"), datetime.date(2026, 11, 25), NINE, None, "a;=b", gettext_lazy("Home"), 10**15]
    text, _ = in_csv(["n"] * 9, [row])
    assert text.splitlines()[1] == '-3,2.5,310.00,"2026-11-25","2026-11-25T09:00:03Z",,"a;=b","Home",1000000000000000'
    [_, cells] = in_xlsx(["n"] * 9, [row])
    day = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
    assert [(cell.data_type, cell.value) for cell in cells] == [
        ("n", -3), ("n", 2.5), ("n", 310), ("d", naive(day)), ("d", naive(day.replace(hour=9, second=3))),
        ("n", None), ("s", "a;=b"), ("s", "Home"), ("s", f"{10**15}"),
    ]  # fmt: skip
    assert [cells[3].number_format, cells[4].number_format] == ["yyyy-mm-dd", "yyyy-mm-dd h:mm:ss"]


def test_csv_is_what_excel_recognises():
    text, rows = in_csv(["數量"], [['say "hi"\nand, so on']])
    assert text.startswith('\ufeff"數量"\r\n')
    assert rows == [["數量"], ['say "hi"\nand, so on']]


@pytest.mark.parametrize("text", ["#REF!", "#N/A", "#1"])
def test_text_of_xlsx_is_no_error(text):
    [_, [cell]] = in_xlsx(["x"], [[text]])
    assert (cell.data_type, cell.value) == ("s", text)


def test_characters_that_xlsx_cannot_hold_are_replaced():
    [_, [cell, long]] = in_xlsx(["x", "y"], [["a\x00b\x1fc\tz", "x" * 40_000]])
    assert cell.value == "a�b�c\tz"
    assert len(long.value) == tables.MOST_CHARACTERS


def test_csv_leaves_in_chunks_while_its_rows_are_made():
    made = []

    def rows():
        for number in range(5_000):
            made.append(number)
            yield ["x" * 50]

    chunks = tables.csv_chunks(["x"], rows())
    next(chunks)
    assert len(made) < 2_000
    assert all(len(chunk) < 2 * tables.CHUNK for chunk in chunks)
    assert len(made) == 5_000


def left_behind():
    return set(Path(tempfile.gettempdir()).glob("openpyxl.*"))


def failing(error):
    yield ["x"]
    raise error


@pytest.mark.django_db  # to close an answer looks at the connection
def test_no_file_is_left_behind(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS_OF_XLSX", 3)
    before = left_behind()
    tables.answer(tables.Format.XLSX, "name", ["x"], [["x"]] * 3).close()
    with pytest.raises(LookupError):
        tables.answer(tables.Format.XLSX, "name", ["x"], failing(LookupError()))
    with pytest.raises(tables.TooManyRows):
        tables.answer(tables.Format.XLSX, "name", ["x"], [["x"]] * 4)
    assert left_behind() == before


@pytest.mark.django_db
def test_answers_say_what_they_are():
    csv_answer = tables.answer(tables.Format.CSV, "requests-2026-11-25", ["x"], [["y"]])
    assert csv_answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert csv_answer.headers["Content-Disposition"] == 'attachment; filename="requests-2026-11-25.csv"'
    assert csv_answer.getvalue() == b'\xef\xbb\xbf"x"\r\n"y"\r\n'
    xlsx_answer = tables.answer(tables.Format.XLSX, "名單", ["x"], [["y"]])
    assert "filename*=utf-8''%E5%90%8D" in xlsx_answer.headers["Content-Disposition"]
    assert len(xlsx_answer.getvalue()) == int(xlsx_answer.headers["Content-Length"]) > 1_000
    xlsx_answer.close()
