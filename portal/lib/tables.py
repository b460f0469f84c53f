"""Rows as files for a spreadsheet: CSV and XLSX, without a cell that would be run, in memory that stays flat.

A spreadsheet runs a cell of a CSV that starts as a formula does, whoever wrote it: an apostrophe in front makes it a
text, and :func:`as_typed` takes it away again where such a file comes back. In XLSX a cell has a type, so that a text
is a text as it stands; it carries the mark that Excel itself gives to what was typed behind an apostrophe.
"""

import csv
import datetime
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import IO, Any

from django.db import models
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.csp import CSP, build_policy
from django.utils.http import content_disposition_header

type Value = str | int | float | Decimal | datetime.datetime | datetime.date | None
type Row = Sequence[Value]

MOST_ROWS_OF_XLSX = 100_000
"""Of one file: it is made as a whole before it leaves."""

CHUNK = 1 << 16
"""Characters of a CSV that leave at a time."""

EXACT_DIGITS = 15
"""A spreadsheet's numbers are exact up to here: a longer one is written as a text."""

MOST_CHARACTERS = 32_767
"""Of a cell of XLSX; what is longer is cut there."""

NOTHING_ALLOWED: dict[str, list[str]] = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "sandbox": [""]}
"""A browser that shows the file after all runs nothing in it and gives it no origin."""

_RUNS = re.compile(r"'*(?:[\s\ufeff\u200b-\u200f]*[=+\-@＝＋－＠]|[\t\r\n])")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Format(models.TextChoices):
    """What a table is written as."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class TooManyRows(Exception):
    """More rows than an XLSX file takes here."""


def starts_a_formula(text: str) -> bool:
    """Return whether a spreadsheet might run this text, or would take away the apostrophe in front of such a one."""
    return _RUNS.match(text) is not None


def as_text(text: str) -> str:
    """Return a text as a CSV holds it so that no spreadsheet runs it: with an apostrophe in front, where it needs one."""
    return f"'{text}" if starts_a_formula(text) else text


def as_typed(text: str) -> str:
    """Return what :func:`as_text` was given: without the apostrophe that it has put in front."""
    return text[1:] if text.startswith("'") and starts_a_formula(text[1:]) else text


def answer(file_format: Format, name: str, headings: Sequence[Any], rows: Iterable[Row]) -> HttpResponseBase:
    """Return the answer that hands out a table as ``name.csv`` or ``name.xlsx``, in the reader's language.

    CSV leaves while it is made: its rows are asked for after the view and its transaction have ended, so that they must
    not be read before, and ``ActingMiddleware`` says then who is acting. XLSX is made here, in a temporary file that has
    no name and is gone with the answer. Raises TooManyRows.
    """
    if file_format == Format.CSV:
        response: HttpResponseBase = StreamingHttpResponse(
            csv_chunks(headings, rows, language=translation.get_language(), zone=timezone.get_current_timezone()),
            content_type="text/csv; charset=utf-8",
        )
    else:
        response = _of_file(headings, rows)
    response.headers[CSP.HEADER_ENFORCE.value] = build_policy(NOTHING_ALLOWED)
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.{file_format}") or ""
    return response


def _of_file(headings: Sequence[Any], rows: Iterable[Row]) -> FileResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    try:
        write_xlsx(file, headings, rows)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = FileResponse(
        file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_attachment=True
    )
    response.headers["Content-Length"] = str(size)
    return response


# --- CSV ---


def csv_chunks(
    headings: Sequence[Any], rows: Iterable[Row], *, language: str | None = None, zone: datetime.tzinfo | None = None
) -> Iterator[bytes]:
    """Yield a table as CSV, in UTF-8 with the mark that Excel recognises it by.

    Texts stand in quotation marks, numbers do not, days and moments (in UTC) are those of ISO 8601. ``language`` and
    ``zone``: in which the rows are made, because a stream is read when the request has ended.
    """
    buffer = io.StringIO("\ufeff")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer, quoting=csv.QUOTE_STRINGS)
    with translation.override(language), timezone.override(zone):
        writer.writerow([as_text(str(heading)) for heading in headings])
        for row in rows:
            writer.writerow([_in_csv(value) for value in row])
            if buffer.tell() >= CHUNK:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()


def _in_csv(value: Value) -> Value:
    if isinstance(value, bool) or value is None:
        return None if value is None else int(value)
    if isinstance(value, datetime.datetime):
        return _utc(value).isoformat(timespec="seconds") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value if isinstance(value, (int, float, Decimal)) else as_text(str(value))


def _utc(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment in UTC without saying so: a cell of XLSX knows no time zones."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)


# --- XLSX ---


def write_xlsx(file: IO[bytes], headings: Sequence[Any], rows: Iterable[Row]) -> None:
    """Write a table to ``file`` as XLSX, row by row. Days and moments (in UTC) are dates, texts are never formulas.

    Raises TooManyRows behind row :data:`MOST_ROWS_OF_XLSX`.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - few need it, and it is large

    workbook = Workbook(write_only=True)
    sheet: Any = workbook.create_sheet("1")
    sheet.freeze_panes = "A2"
    try:
        sheet.append([_in_xlsx(sheet, str(heading)) for heading in headings])
        for number, row in enumerate(rows):
            if number == MOST_ROWS_OF_XLSX:
                raise TooManyRows
            sheet.append([_in_xlsx(sheet, value) for value in row])
        workbook.save(file)
    except BaseException:
        _remove_what_was_written(sheet)
        raise


def _remove_what_was_written(sheet: Any) -> None:
    """Remove the file that openpyxl gathers the rows in: by itself it does so once they are saved, or the process ends."""
    if sheet._writer is not None:
        with suppress(Exception):
            sheet.close()
        with suppress(OSError, ValueError):  # it is gone already
            sheet._writer.cleanup()


def _in_xlsx(sheet: Any, value: Value) -> Any:
    if isinstance(value, datetime.datetime):
        return _utc(value)
    if value is None or isinstance(value, (datetime.date, float)):
        return value
    if isinstance(value, (int, Decimal)):
        return value if abs(value) < 10**EXACT_DIGITS else str(value)
    return _text_cell(sheet, _NOT_IN_XML.sub("\ufffd", str(value))[:MOST_CHARACTERS])


def _text_cell(sheet: Any, text: str) -> Any:
    """Return a text as a cell that stays one: openpyxl takes "=…" for a formula, and "#REF!" for an error."""
    if not starts_a_formula(text) and not text.startswith("#"):
        return text
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above

    cell: Any = WriteOnlyCell(sheet)
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
