"""Which files are taken, and whether a file is what its name says: told by its content, without unpacking it."""

import codecs
import io
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

NAME_LENGTH = 150
MAX_ENTRIES = 2000
MAX_DIRECTORY = 512 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
"""What a workbook may hold: parts, bytes of their list, bytes unpacked, and how many times as much as packed."""


class NotTaken(Exception):
    """A file that is not taken; its text is a sentence for the reader, with the file's name and what to do."""


@dataclass(frozen=True)
class FileType:
    """A type of files: its name for readers, what it is served as, and what complains about content that is not it."""

    label: str
    content_type: str
    check: Callable[[bytes], str | None]


# --- What each type looks like -----------------------------------------------------------------------------------


def _damaged(label: str) -> str:
    return _("“%(name)s” is damaged or incomplete. Open it, save it as %(type)s once more and choose it again.") % {
        "name": "%(name)s",
        "type": label,
    }


def _something_else(label: str) -> str:
    return _(
        "“%(name)s” is not what its name says: its content is not %(type)s. Save it as %(type)s, then choose it again."
    ) % {"name": "%(name)s", "type": label}


def _pdf(content: bytes) -> str | None:
    if not content.startswith(b"%PDF-"):
        return _something_else("PDF")
    return None if b"%%EOF" in content[-4096:] else _damaged("PDF")


def _png(content: bytes) -> str | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _something_else("PNG")
    at = 8
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if (kind == b"IHDR") != (at == 8):
            break
        at += 12 + length
        if kind == b"IEND" and at <= len(content):
            return None
    return _damaged("PNG")


def _jpeg(content: bytes) -> str | None:
    if not content.startswith(b"\xff\xd8\xff"):
        return _something_else("JPEG")
    return None if b"\xff\xd9" in content[3:] else _damaged("JPEG")


CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
BINARY = (b"%PDF-", b"PK\x03\x04", b"GIF8")
"""Beginnings of other types that would pass as text."""


def _text(content: bytes) -> str | None:
    if content.startswith(BINARY):
        return _something_else(_("plain text"))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp950")  # Excel in Taiwan still writes Big5
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not CONTROLS.search(text):
            return None
    return _("“%(name)s” cannot be read as text. Save it as UTF-8 text and choose it again.")


# --- Workbooks -----------------------------------------------------------------------------------------------------

END_OF_DIRECTORY = b"PK\x05\x06"
CONTENT_TYPES, WORKBOOK = "[Content_Types].xml", "xl/workbook.xml"


def _xlsx(content: bytes) -> str | None:
    if content.startswith(b"\xd0\xcf\x11\xe0"):  # what Office wraps around a workbook with a password, and old .xls
        return _(
            "“%(name)s” is protected with a password, or of an old format. Save it without a password as XLSX and "
            "choose it again."
        )
    if not content.startswith(b"PK\x03\x04"):
        return _something_else("XLSX")
    if _directory_is_too_long(content):
        return _unpacks_to_too_much()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return _complaint_about_parts(parts)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, struct.error, OSError, ValueError):
        return _damaged("XLSX")


def _directory_is_too_long(content: bytes) -> bool:
    """Return whether the list of parts is longer than any workbook's: it would be read into memory as a whole."""
    at = content.rfind(END_OF_DIRECTORY, max(len(content) - 65_557, 0))
    if at < 0 or at + 22 > len(content):
        return False  # no archive at all: told as damaged
    entries, size = struct.unpack_from("<HI", content, at + 10)
    return entries > MAX_ENTRIES or size > MAX_DIRECTORY


def _complaint_about_parts(parts: zipfile.ZipFile) -> str | None:
    infos = parts.infolist()
    names = [info.filename for info in infos]
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if len(infos) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
        return _unpacks_to_too_much()
    if any(info.flag_bits & 0x1 for info in infos):
        return _("“%(name)s” is protected with a password. Save it without one and choose it again.")
    if len(set(names)) < len(names) or any(name.startswith("/") or ".." in name.split("/") for name in names):
        return _damaged("XLSX")
    if CONTENT_TYPES not in names or WORKBOOK not in names:
        return _something_else("XLSX")
    if any(info.file_size > MAX_DIRECTORY for info in infos if info.filename == CONTENT_TYPES):
        return _unpacks_to_too_much()
    types = parts.read(CONTENT_TYPES).lower()
    if b"macro" in types or b"vbaproject" in types or any(_is_macro(name) for name in names):
        return _("“%(name)s” holds macros. Save it as a workbook without macros (XLSX) and choose it again.")
    return None


def _is_macro(name: str) -> bool:
    return "vbaproject" in name.lower() or name.lower().startswith("xl/macrosheets/")


def _unpacks_to_too_much() -> str:
    return _("“%(name)s” unpacks to far more than a workbook of its size. Save its data anew and choose that file.")


# --- Names ---------------------------------------------------------------------------------------------------------

PDF, PNG, JPEG = (
    FileType("PDF", "application/pdf", _pdf),
    FileType("PNG", "image/png", _png),
    FileType("JPEG", "image/jpeg", _jpeg),
)
TYPES = {
    ".pdf": PDF,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".txt": FileType("TXT", "text/plain", _text),
    ".csv": FileType("CSV", "text/csv", _text),
    ".xlsx": FileType("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
}
"""What is taken, by the end of the name."""


def plain_name(name: str) -> str:
    """Return a file's name as one line without a path, without characters that are not seen, of bounded length."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(" " if char.isspace() else char for char in name)
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    name = " ".join(name.split()).rstrip(". ")
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    ending = f"{dot}{ending}"[:20]
    return (stem.strip(". ") or _("file"))[: NAME_LENGTH - len(ending)].rstrip(". ") + ending


def type_of(name: str, content: bytes) -> FileType:
    """Return the type of a file, whose name is plain already. Raises NotTaken where the content is another one."""
    found = TYPES.get(PurePosixPath(name).suffix.lower())
    if found is None:
        raise NotTaken(
            _("“%(name)s” cannot be attached. What can: PDF, PNG, JPEG, TXT, CSV and XLSX.") % {"name": name}
        )
    complaint = found.check(content)
    if complaint is not None:
        raise NotTaken(complaint % {"name": name})
    return found
