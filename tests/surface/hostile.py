"""What no form and no address should stumble over.

Everything at every field of every page takes a quarter of an hour: `make drill` does that. Each run of the tests takes
a share of the pages and of the values, another one for each page, so that every value meets many pages.
"""

import os
from collections.abc import Iterable
from zlib import crc32

EVERYTHING = os.environ.get("PORTAL_DRILL") == "1"

MARK = "<zqx>"
"""A tag that no page of the site has: where it comes back as it is, something was not escaped."""

VALUES: dict[str, object] = {
    "NUL": "a\0b",
    "lone surrogate": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe\xc3",
    "30 digits": "9" * 30,
    "5000 digits": "9" * 5000,
    "negative": "-1",
    "float": "1e400",
    "not a number": "NaN",
    "infinite": "-Infinity",
    "other digits": "²٣",
    "right to left": "\u202e\u2066abc",
    "100 kB": "x" * 100_000,
    "SQL": "' OR 1=1; -- \" %s %(a)s",
    "HTML": f"\"'>{MARK}<script>alert(1)</script>",
    "template": "{{ request.user.password }}{% debug %}${7*7}",
    "path": "../../../../etc/passwd",
    "emoji": "\U0001f600\U000e0001",
    "header": "a\r\nSet-Cookie: evil=1\r\n\r\n<b>",
    "year 0": "0000-00-00",
    "year 9999": "9999-12-31T23:59:59",
    "no UUID": "00000000-0000-0000-0000-00000000000g",
    "JSON": '{"a": [1e999, {}]}',
    "repeated": ["1", "2", ""],
}

ALONE = ("NUL", "lone surrogate", "30 digits", "HTML", "year 9999")
"""Those that are also sent in one field at a time, all others being as they should: what is valid gets furthest."""

PARAMETERS = (
    "next", "page", "p", "q", "o", "show", "e", "all", "_changelist_filters", "_popup", "_to_field", "_facets", "id", "pk",
    "subscription", "customer", "made_up", "a[]", "a[0][b]", "__class__", "kind__exact", "created__year", "customer__isnull",
)  # fmt: skip

PATHS = (
    "0", "-1", "%00", "9" * 30, "_5F", "_3Cscript_3E", "1%2F2", "..%2f..", "%ff", "%ED%A0%80", "1e400", "%F0%9F%98%80",
    "%0d%0aSet-Cookie:%20a=1", "x" * 3000, "%3Czqx%3E", "1_2C2", "None", "{{7*7}}",
)  # fmt: skip

HEADERS: dict[str, dict[str, str]] = {
    "language": {"accept-language": "zq;q=9e99,\x01*," + "en-" * 3000},
    "language's NUL": {"accept-language": "en\0"},
    "session": {"cookie": "sessionid=../../%00'\"; csrftoken=\xff; django_language=../x; theme=<zqx>"},
    "messages": {"cookie": "messages=gAJ9; sessionid=" + "a" * 5000},
    "forwarded": {"x-forwarded-host": "evil.example", "x-forwarded-for": "'\"<zqx>, 999.999.999.999", "x-forwarded-proto": "x"},
    "referer": {"referer": "http://[::1:evil/"},
    "agent": {"user-agent": "\0" * 10 + "<zqx>" * 1000},
    "range": {"range": "bytes=9999999999999999999-", "if-modified-since": "Mon, 99 Foo 0000", "if-none-match": '"'},
    "method": {"x-http-method-override": "DELETE", "content-length": "5"},
}  # fmt: skip

BODIES: dict[str, tuple[str, bytes]] = {
    "JSON": ("application/json", b'{"a": 1e999'),
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "broken boundary": ("multipart/form-data; boundary=x", b"--y\r\nContent-Disposition: form-data; name=a\r\n\r\n1"),
    "cut short": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="note"; filename="'),
    "upload": (
        "multipart/form-data; boundary=x",
        b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"; filename="../a\x00.exe"\r\n\r\nMZ\x00\r\n' % name
            for name in (b"note", b"reason", b"name", b"email", b"login", b"subscription", b"lines-0-offer", b"action")
        )
        + b"--x--\r\n",
    ),
    "charset": ("application/x-www-form-urlencoded; charset=utf-7", b"a=+ADw-"),
    "unknown charset": ("application/x-www-form-urlencoded; charset=klingon", b"a=1"),
    "too many fields": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2001))),
    "too large": ("application/x-www-form-urlencoded", b"a=" + b"x" * 2_700_000),
    "no type": ("", b"\x00\x01"),
}


def share[One](of_all: Iterable[One], page: str, one_in: int, always: Iterable[One] = ()) -> list[One]:
    """Return what a page meets in this run: all of it in the drill, else ``always`` and one in so many of the others."""
    turn = crc32(page.encode()) % one_in
    kept = set(always)
    return [one for number, one in enumerate(of_all) if EVERYTHING or one in kept or number % one_in == turn]


def fields_alone(fields: Iterable[str], value: str, page: str) -> list[str]:
    """Return the fields that meet a value of ``ALONE`` alone: all of them in the drill, else each field meets one value."""
    if value not in ALONE:
        return []
    turn = ALONE.index(value) + crc32(page.encode())
    return [one for number, one in enumerate(sorted(fields)) if EVERYTHING or (number + turn) % len(ALONE) == 0]
