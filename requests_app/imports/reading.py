"""From bytes to lines of cells: what encoding and delimiter a text file has, and what a workbook holds."""

import codecs
import csv
import io
import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from portal.lib.tables import as_typed
from requests_app import file_types
from requests_app.imports.problems import NotRead, plain

MAX_SIZE = 25 * 1024 * 1024
MAX_LINES = 100_000
MAX_ROWS = 200_000
MAX_COLUMNS = 200
"""Bytes of a file, lines with something in them, rows of a sheet (empty ones included), and columns."""
HEADING_WITHIN = 20
"""Among how many first lines the headings are looked for: titles and empty lines may stand above them."""

type Cell = Any
"""Text of a text file; of a workbook also a number, a date, yes or no. None or "" where there is nothing."""

ENCODINGS: dict[str, Any] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp950": _("Big5 (Traditional Chinese, CP950)"),
    "cp1252": _("Western European (Windows-1252, Latin-1)"),
}
DELIMITERS: dict[str, Any] = {",": _("comma ,"), ";": _("semicolon ;"), "\t": _("tab")}


class Formula(str):
    """What stands in a cell that is computed: nobody here can compute it."""

    __slots__ = ()


class CellError(str):
    """An error of the workbook's own, such as #N/A."""

    __slots__ = ()


@dataclass(frozen=True)
class Line:
    """One line below the headings; ``number`` is where its reader finds it in the file."""

    number: int
    cells: list[Cell]


@dataclass
class Table:
    """A file that has been looked at: its headings, and its lines, which can be read once."""

    headings: list[str]
    lines: Iterator[Line]
    sheets: list[str] = field(default_factory=list)


def is_workbook(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() == ".xlsx"


def assumed(name: str, content: bytes) -> dict[str, Any]:
    """Return how a file seems to be written: its encoding and delimiter, or its first sheet. Raises NotRead."""
    if is_workbook(name):
        complaint = file_types.TYPES[".xlsx"].check(content)
        if complaint is not None:
            raise file_types.NotTaken(complaint % {"name": name})
        return {"sheet": _sheets(content)[0]}
    if PurePosixPath(name).suffix.lower() not in (".csv", ".txt", ".tsv"):
        raise NotRead("type", name=name)
    encoding = _encoding(content)
    return {"encoding": encoding, "delimiter": _delimiter(_decoded(content, encoding))}


def table(name: str, content: bytes, how: dict[str, Any]) -> Table:
    """Return the headings and lines of a file. Raises NotRead, while lines are read, too."""
    if is_workbook(name):
        sheets = _sheets(content)
        rows = _rows_of_workbook(content, how.get("sheet") or sheets[0])
    else:
        sheets = []
        rows = _rows_of_text(_decoded(content, how.get("encoding", "utf-8")), how.get("delimiter", ","))
    head = list(itertools.islice(rows, HEADING_WITHIN))
    at = next((position for position, row in enumerate(head) if _filled(row) > 1), None)
    if at is None:
        at = next((position for position, row in enumerate(head) if _filled(row)), None)
    if at is None:
        raise NotRead("no_heading")
    headings = [heading_of(cell) for cell in head[at].cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > MAX_COLUMNS:
        raise NotRead("width", limit=MAX_COLUMNS)
    return Table(headings, _below(itertools.chain(head[at + 1 :], rows)), sheets)


def heading_of(cell: Cell) -> str:
    """Return a heading as it is shown and compared: one line of visible characters."""
    return " ".join(str(plain("" if cell is None else str(cell))).split())


def _filled(row: Line) -> int:
    return sum(not is_empty(cell) for cell in row.cells)


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _below(rows: Iterator[Line]) -> Iterator[Line]:
    """Yield the lines that have something in them. Raises NotRead beyond the longest file."""
    lines = 0
    for row in rows:
        if _filled(row):
            lines += 1
            if lines > MAX_LINES:
                raise NotRead("lines", limit=f"{MAX_LINES:,}")
            yield row
    if not lines:
        raise NotRead("no_lines")


# --- Text ----------------------------------------------------------------------------------------------------------


def _encoding(content: bytes) -> str:
    """Return the encoding of a text: by its mark, else by what it can be; Big5 and Latin-1 differ in their pairs."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    begin = content[:2000]
    if begin and begin.count(0) > len(begin) // 4:
        return "utf-16"
    for encoding in ("utf-8", "cp950"):
        try:
            _decoded(content, encoding)
        except NotRead:
            continue
        if encoding == "utf-8" or _is_in_pairs(content):
            return encoding
    return "cp1252"


def _is_in_pairs(content: bytes) -> bool:
    """Return whether bytes beyond ASCII come in pairs, as those of Chinese do; in Latin-1 most stand alone."""
    alone = len(re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", content[:200_000]))
    beyond = len(re.findall(rb"[\x80-\xff]", content[:200_000]))
    return beyond > 2 * alone


def _decoded(content: bytes, encoding: str) -> str:
    if encoding not in ENCODINGS:
        raise NotRead("encoding", encoding=encoding)
    codec = {"utf-8": "utf-8-sig", "utf-16": _utf_16(content)}.get(encoding, encoding)
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        raise NotRead("encoding", encoding=str(ENCODINGS[encoding])) from error
    if "\0" in text:
        raise NotRead("binary")
    return text.removeprefix("\ufeff")


def _utf_16(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"


def _delimiter(text: str) -> str:
    """Return what separates the cells: what makes the most columns of the first lines, alike in most of them."""
    stated = re.match(r"sep=(.)\r?\n", text)
    if stated and stated[1] in DELIMITERS:
        return stated[1]
    begin = "\n".join(text[:50_000].splitlines()[:50])

    def columns(delimiter: str) -> int:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(begin), delimiter=delimiter) if len(row) > 1]
        except csv.Error:
            return 0
        return max((width * widths.count(width) for width in set(widths)), default=0)

    return max(DELIMITERS, key=columns)


def _rows_of_text(text: str, delimiter: str) -> Iterator[Line]:
    if delimiter not in DELIMITERS:
        raise NotRead("no_heading")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = 1
    try:
        for cells in reader:
            if not (first == 1 and len(cells) <= 2 and cells and cells[0].startswith("sep=")):
                yield Line(first, [as_typed(cell) for cell in cells])
            first = reader.line_num + 1
    except csv.Error as error:
        raise NotRead("quotes", line=first) from error


# --- Workbooks -----------------------------------------------------------------------------------------------------


def _workbook(content: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that are none of our business
        try:
            return load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        except Exception as error:  # whatever a library says to a file that somebody has made up
            raise NotRead("damaged") from error


def _sheets(content: bytes) -> list[str]:
    """Return the names of the sheets that can be seen."""
    book = _workbook(content)
    try:
        names = [sheet.title for sheet in book.worksheets if getattr(sheet, "sheet_state", "visible") == "visible"]
    finally:
        book.close()
    if not names:
        raise NotRead("no_sheet")
    return names


def _rows_of_workbook(content: bytes, name: str) -> Iterator[Line]:
    book = _workbook(content)
    try:
        sheet = next((one for one in book.worksheets if one.title == name), None)
        if sheet is None:
            raise NotRead("no_sheet")
        merged = _merged(content, sheet)
        begun = False
        sheet.reset_dimensions()  # what a file says about its own size may be wrong
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, cells in enumerate(_cells(sheet), 1):
                if number > MAX_ROWS:
                    raise NotRead("lines", limit=f"{MAX_LINES:,}")
                row = Line(number, cells)
                if not begun and _filled(row) > 1:
                    begun = True
                    _refuse_merged(merged, number)
                yield row
    finally:
        book.close()


def _cells(sheet: Any) -> Iterator[list[Cell]]:
    rows = sheet.iter_rows()
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as above: anything
            raise NotRead("damaged") from error
        cells = [_value(cell) for cell in row]
        while cells and is_empty(cells[-1]):
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise NotRead("width", limit=MAX_COLUMNS)
        yield cells


def _value(cell: Any) -> Cell:
    if cell.data_type == "f":
        return Formula(cell.value)
    if cell.data_type == "e":
        return CellError(cell.value)
    return cell.value


MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:$]{1,40})"')


def _merged(content: bytes, sheet: Any) -> list[tuple[str, int, int]]:
    """Return the merged cells of a sheet, and their first and last row: openpyxl's quick reader passes them over."""
    found: list[tuple[str, int, int]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        try:
            part = parts.open(sheet._worksheet_path)  # openpyxl has no public name for it
        except KeyError:
            return found
        rest = b""
        with part:
            while piece := part.read(1 << 20):
                text = rest + piece
                found += [_rows_of(one) for one in MERGED.findall(text)]
                rest = text[-200:] if not text.endswith(b">") else b""
                rest = rest[rest.rfind(b"<") :] if b"<" in rest else b""
    return found


def _rows_of(reference: bytes) -> tuple[str, int, int]:
    cells = reference.decode("ascii").replace("$", "")
    try:
        _left, top, _right, bottom = range_boundaries(cells)
    except ValueError as error:
        raise NotRead("damaged") from error
    return cells, int(top or 0), int(bottom or 0)


def _refuse_merged(merged: list[tuple[str, int, int]], heading: int) -> None:
    for cells, _top, bottom in merged:
        if bottom >= heading:
            raise NotRead("merged", cells=cells)
