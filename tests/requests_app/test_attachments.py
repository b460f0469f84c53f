"""Files: each lie about a type, bounds, names, where they lie, who gets them, and strays."""

import datetime
import io
import os
import struct
import uuid
import zipfile
import zlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from requests_app import attachments, tasks, workflow
from requests_app.attachments import MAX_FILES, MAX_SIZE, Upload, examined
from requests_app.file_types import NotTaken, plain_name
from requests_app.forms.conversation import MessageForm
from requests_app.models import Attachment
from tests import factories

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(20) + b"\xff\xd9"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def workbook(more=(), *, types="<Types/>", left_out=()):
    written = io.BytesIO()
    parts = {"[Content_Types].xml": types, "xl/workbook.xml": "<workbook/>", "_rels/.rels": "<r/>"}
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **dict(more)}.items():
            if name not in left_out:
                archive.writestr(name, content)
    return written.getvalue()


def encrypted(content):
    """Return an archive whose parts claim, in both of their headers, to be encrypted."""
    changed = bytearray(content)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + flags] |= 1
            at = changed.find(signature, at + 4)
    return bytes(changed)


def upload(name, content):
    return examined(SimpleUploadedFile(name, content))


# --- What is taken ---


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("order.pdf", PDF, "application/pdf"),
        ("screen.PNG", png(), "image/png"),
        ("photo.jpg", JPEG, "image/jpeg"),
        ("photo.jpeg", JPEG, "image/jpeg"),
        ("note.txt", "Grüße，訂單\r\n\tok".encode(), "text/plain"),
        ("utf16.txt", "訂單".encode("utf-16"), "text/plain"),
        ("seats.csv", "部門,授權數\r\n業務,25\r\n".encode("big5"), "text/csv"),
        ("bom.csv", "部門,25".encode("utf-8-sig"), "text/csv"),
        ("seats.xlsx", workbook([("xl/worksheets/sheet1.xml", "<x/>" * 1000)]), XLSX),
    ],
    ids=["pdf", "png", "jpg", "jpeg", "utf-8", "utf-16", "big5", "bom", "xlsx"],
)
def test_files_that_are_what_they_say_are_taken(name, content, content_type):
    taken = upload(name, content)
    assert (taken.name, taken.content_type, taken.content) == (name, content_type, content)


BOMB = workbook([("xl/worksheets/sheet1.xml", b"0" * 60_000_000)])
SOMETHING_ELSE = "“{}” is not what its name says: its content is not {}. Save it as {}, then choose it again."
DAMAGED = "“{}” is damaged or incomplete. Open it, save it as {} once more and choose it again."
MACROS = "“a.xlsx” holds macros. Save it as a workbook without macros (XLSX) and choose it again."
TOO_MUCH = "“a.xlsx” unpacks to far more than a workbook of its size. Save its data anew and choose that file."
OLD_FORMAT = "“a.xlsx” is protected with a password, or of an old format. Save it without a password as XLSX and choose it again."
NO_TEXT = "“{}” cannot be read as text. Save it as UTF-8 text and choose it again."


def something_else(name, label):
    return SOMETHING_ELSE.format(name, label, label)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.pdf", b"<html><script>alert(1)</script>", something_else("a.pdf", "PDF")),
        ("a.pdf", b"MZ" + PDF, something_else("a.pdf", "PDF")),
        ("a.pdf", b"%PDF-1.7 cut off", DAMAGED.format("a.pdf", "PDF")),
        ("a.png", JPEG, something_else("a.png", "PNG")),
        ("a.png", png()[:-4], DAMAGED.format("a.png", "PNG")),
        ("a.png", b"\x89PNG\r\n\x1a\n", DAMAGED.format("a.png", "PNG")),
        ("a.jpg", png(), something_else("a.jpg", "JPEG")),
        ("a.jpg", JPEG[:-2], DAMAGED.format("a.jpg", "JPEG")),
        ("a.txt", b"MZ\x90\x00\x03", NO_TEXT.format("a.txt")),
        ("a.txt", PDF, something_else("a.txt", "plain text")),
        ("a.csv", b"a,b\x00c", NO_TEXT.format("a.csv")),
        ("a.csv", b"\xff\xfe\x00\xd8", NO_TEXT.format("a.csv")),
        ("a.xlsx", PDF, something_else("a.xlsx", "XLSX")),
        ("a.xlsx", workbook(left_out=["xl/workbook.xml"]), something_else("a.xlsx", "XLSX")),
        ("a.xlsx", workbook()[:-30], DAMAGED.format("a.xlsx", "XLSX")),
        ("a.xlsx", workbook([("xl/vbaProject.bin", "x")]), MACROS),
        ("a.xlsx", workbook(types="<Types macroEnabled/>"), MACROS),
        ("a.xlsx", workbook([("xl/macrosheets/sheet1.xml", "x")]), MACROS),
        ("a.xlsx", workbook([("../../etc/passwd", "x")]), DAMAGED.format("a.xlsx", "XLSX")),
        ("a.xlsx", BOMB, TOO_MUCH),
        ("a.xlsx", workbook([(f"xl/{number}.xml", "") for number in range(2100)]), TOO_MUCH),
        ("a.xlsx", encrypted(workbook()), "“a.xlsx” is protected with a password. Save it without one and choose it again."),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
            OLD_FORMAT,
        ),
        ("a.exe", b"MZ", "“a.exe” cannot be attached. What can: PDF, PNG, JPEG, TXT, CSV and XLSX."),
        ("a.xlsm", workbook(), "“a.xlsm” cannot be attached. What can: PDF, PNG, JPEG, TXT, CSV and XLSX."),
        ("a.svg", b"<svg/>", "“a.svg” cannot be attached. What can: PDF, PNG, JPEG, TXT, CSV and XLSX."),
        ("pdf", PDF, "“pdf” cannot be attached. What can: PDF, PNG, JPEG, TXT, CSV and XLSX."),
        ("a.pdf", b"", "“a.pdf” is empty. Look whether it was saved, then choose it again."),
        ("100%s.pdf", b"no", something_else("100%s.pdf", "PDF")),
    ],
)  # fmt: skip
def test_lies_about_a_type_are_told(name, content, complaint):
    with pytest.raises(NotTaken) as refused:
        upload(name, content)
    assert str(refused.value) == complaint


def test_bomb_is_small_and_is_not_unpacked():
    assert len(BOMB) < 100_000
    assert zipfile.ZipFile(io.BytesIO(BOMB)).getinfo("xl/worksheets/sheet1.xml").file_size == 60_000_000


def test_file_that_is_too_large_is_refused():
    assert upload("a.txt", b"a" * MAX_SIZE).content_type == "text/plain"
    with pytest.raises(NotTaken) as refused:
        upload("a.txt", b"a" * (MAX_SIZE + 1))
    assert str(refused.value) == "“a.txt” is larger than 10 MB. Make it smaller, or split it."


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("order.pdf", "order.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\order.pdf", "order.pdf"),
        ("invoice\u202efdp.exe.txt", "invoicefdp.exe.txt"),
        ("a\r\nSet-Cookie: b=c.pdf", "a Set-Cookie: b=c.pdf"),
        ("\x00\x1b[31m.pdf", "[31m.pdf"),
        ("訂購單　十一月.pdf", "訂購單 十一月.pdf"),
        (".pdf", "file.pdf"),
        ("\u200b.pdf", "file.pdf"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".xlsx", "x" * 145 + ".xlsx"),
        ("name. . .", "name"),
        ("\ud800.pdf", "file.pdf"),
    ],
)
def test_names_are_one_plain_line(name, plain):
    assert plain_name(name) == plain


# --- The form ---


@pytest.fixture
def filed(cast):
    return factories.cancellation(factories.subscription(cast.customer), cast.bob)


def message(filed, *files):
    chosen = MultiValueDict({"uploads": [SimpleUploadedFile(name, content) for name, content in files]})
    return MessageForm({"text": "Here it is"}, chosen, subscription_request=filed)


def test_form_complains_about_each_file_and_takes_none(filed):
    form = message(filed, ("good.pdf", PDF), ("bad.png", PDF), ("empty.txt", b""))
    assert form.errors == {
        "uploads": [
            something_else("bad.png", "PNG"),
            "“empty.txt” is empty. Look whether it was saved, then choose it again.",
        ]
    }


def test_form_takes_so_many_files_and_no_more(filed):
    assert message(filed, *[(f"{number}.pdf", PDF) for number in range(MAX_FILES)]).is_valid()
    form = message(filed, *[(f"{number}.pdf", PDF) for number in range(MAX_FILES + 1)])
    assert form.errors == {
        "uploads": ["At most 5 files go with one message. Choose fewer, and send the others with another one."]
    }


def test_request_takes_so_many_files_and_no_more(filed, cast, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_FILES_OF_REQUEST", 3)
    sent = workflow.Sent(uploads=[Upload("a.pdf", "application/pdf", PDF)] * 2)
    workflow.message(filed, actor=cast.bob, text="Two", sent=sent)
    assert message(filed, ("a.pdf", PDF)).is_valid()
    form = message(filed, ("a.pdf", PDF), ("b.pdf", PDF))
    assert form.errors == {"uploads": ["This request has room for 1 file more. Choose fewer."]}


# --- On the way in ---


def test_what_is_too_much_is_not_kept_and_the_text_is(as_, filed, cast):
    """The form gets a little more than is taken of one file, and nothing of the sixth: enough to tell."""
    large = SimpleUploadedFile("large.txt", b"a" * (MAX_SIZE + 3_000_000))
    answer = as_(cast.bob).post(f"/requests/{filed.number}/message/", {"text": "My words", "uploads": [large]})
    form = answer.context["message_form"]
    assert form.errors == {"uploads": ["“large.txt” is larger than 10 MB. Make it smaller, or split it."]}
    assert MAX_SIZE < form.files["uploads"].size < MAX_SIZE + 200_000
    assert form["text"].value() == "My words"
    many = [SimpleUploadedFile(f"{number}.txt", b"a" * 100) for number in range(20)]
    answer = as_(cast.bob).post(f"/requests/{filed.number}/message/", {"text": "My words", "uploads": many})
    form = answer.context["message_form"]
    assert [file.size for file in form.files.getlist("uploads")] == [100] * 5 + [0] * 15
    assert form["text"].value() == "My words"


# --- Kept and given out ---


@pytest.fixture
def on_disk(tmp_path, settings):
    """The storage of production, in a folder of the test's."""
    place = tmp_path / "var" / "attachments"
    settings.STORAGES = settings.STORAGES | {
        "attachments": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": str(place), "base_url": None, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700,
            },
        }
    }  # fmt: skip
    return place


def attached(filed, actor, name="訂購單 “11”.pdf", step=workflow.message):
    step(filed, actor=actor, text="See the file", sent=workflow.Sent(uploads=[Upload(name, "application/pdf", PDF)]))
    return Attachment.objects.latest("pk")


def test_file_goes_to_the_disk_and_back(as_, on_disk, filed, cast):
    one = attached(filed, cast.bob)
    assert [str(path.relative_to(on_disk)) for path in on_disk.rglob("*") if path.is_file()] == [
        f"{one.key.hex[:2]}/{one.key.hex}"
    ]
    modes = {oct(os.stat(path).st_mode & 0o777) for path in on_disk.rglob("*") if path.is_file()}
    folders = {oct(os.stat(path).st_mode & 0o777) for path in (on_disk, *on_disk.rglob("*")) if path.is_dir()}
    assert (modes, folders) == ({"0o600"}, {"0o700"})
    answer = as_(cast.carol).get(one.get_absolute_url())
    assert b"".join(answer.streaming_content) == PDF
    answer.close()


def test_headers_keep_a_file_from_being_shown(as_, filed, cast):
    answer = as_(cast.carol).get(attached(filed, cast.bob).get_absolute_url())
    shown = {name: answer.headers[name] for name in (
        "Content-Type", "Content-Length", "Content-Disposition", "X-Content-Type-Options", "Cache-Control", "Content-Security-Policy",
    )}  # fmt: skip
    assert shown == {
        "Content-Type": "application/pdf",
        "Content-Length": str(len(PDF)),
        "Content-Disposition": "attachment; filename*=utf-8''%E8%A8%82%E8%B3%BC%E5%96%AE%20%E2%80%9C11%E2%80%9D.pdf",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    }


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("alice", 200), ("bob", 200), ("carol", 200), ("charlie", 404), ("dana", 200), ("max", 200), ("erin", 404),
        ("frank", 404), ("sam", 404), ("root", 200),
    ],
)  # fmt: skip
def test_file_is_for_those_who_see_the_request(as_, filed, cast, name, status):
    one = attached(filed, cast.bob)
    browser = as_(getattr(cast, name))
    assert browser.get(one.get_absolute_url()).status_code == status
    assert browser.get(f"/attachments/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("alice", 404), ("bob", 404), ("carol", 404), ("charlie", 404), ("dana", 200), ("max", 200), ("erin", 404),
        ("frank", 404), ("sam", 404), ("root", 200),
    ],
)  # fmt: skip
def test_file_of_an_internal_note_is_for_the_partner(as_, filed, cast, name, status):
    one = attached(filed, cast.dana, step=workflow.note)
    assert as_(getattr(cast, name)).get(one.get_absolute_url()).status_code == status


def test_strangers_are_led_to_sign_in(client, filed, cast):
    one = attached(filed, cast.bob)
    assert client.get(one.get_absolute_url()).url == f"/accounts/login/?next=/attachments/{one.key}/"


def test_content_that_is_missing_is_told_to_the_log(as_, filed, cast, caplog):
    one = attached(filed, cast.bob)
    storages["attachments"].delete(one.path)
    assert as_(cast.bob).get(one.get_absolute_url()).status_code == 404
    assert f"The content of attachment {one.key} is missing in the storage." in caplog.messages


def test_slow_reader_keeps_no_transaction_open(as_, filed, cast):
    """Reading the file asks the database for nothing, not even who is acting."""
    one = attached(filed, cast.bob)
    answer = as_(cast.bob).get(one.get_absolute_url())
    with CaptureQueriesContext(connection) as asked:
        assert b"".join(answer.streaming_content) == PDF
    assert asked.captured_queries == []


# --- Strays ---


class Yesterday(InMemoryStorage):
    """A storage in which everything has been for ``age``."""

    age = datetime.timedelta(days=2)

    def get_modified_time(self, name):
        return super().get_modified_time(name) - self.age


@pytest.mark.parametrize(("age", "left"), [(2, 0), (0, 1)], ids=["old", "of today"])
def test_strays_are_swept_once_they_are_old(filed, cast, monkeypatch, age, left):
    storage = Yesterday()
    monkeypatch.setattr(Yesterday, "age", datetime.timedelta(days=age))
    monkeypatch.setitem(storages._storages, "attachments", storage)
    one = attached(filed, cast.bob)
    stray = uuid.uuid4().hex
    storage.save(f"{stray[:2]}/{stray}", ContentFile(b"x"))
    storage.save("zz/README", ContentFile(b"not ours"))
    tasks.sweep_orphaned_attachments(0)
    assert storage.exists(one.path)
    assert storage.exists("zz/README")
    assert [name for name in (f"{stray[:2]}/{stray}",) if storage.exists(name)] == [f"{stray[:2]}/{stray}"][:left]


def test_sweeping_before_anything_was_attached_is_no_error(on_disk, db):
    assert attachments.sweep(timezone.now()) == 0
    assert not on_disk.exists()


def test_file_of_a_message_that_was_undone_is_a_stray(filed, cast, monkeypatch):
    storage = Yesterday()
    monkeypatch.setitem(storages._storages, "attachments", storage)

    class Broken(Exception):
        pass

    def broken(*args, **kwargs):
        raise Broken

    monkeypatch.setattr("portal.lib.jobs.enqueue", broken)
    with pytest.raises(Broken):
        attached(filed, cast.bob)
    assert Attachment.objects.count() == 0
    assert attachments.sweep(timezone.now()) == 1
