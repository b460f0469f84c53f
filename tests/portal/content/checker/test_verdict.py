"""What the checker says of servers, well and ill-behaved ones, over real connections."""

import datetime
import os
import socket
import threading
import time
from itertools import count

import pytest

from portal.content.checker.gate import Target
from portal.content.checker.verdict import Found, check, leads, seconds_of
from portal.models import CheckReason, CheckResult
from tests.portal.content.checker.hostile import (
    drip,
    endless_head,
    huge_body,
    never,
    redirect,
    status,
)

R, WHY = CheckResult, CheckReason
UNREACHABLE = CheckResult.UNREACHABLE
LONG = "https://elsewhere.example/" + "x" * 2000

ANSWERS = {
    "a page": (status(200), Found(R.OPENS, status=200)),
    "nothing to say": (status(204), Found(R.OPENS, status=204)),
    "announced first": (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + status(200), Found(R.OPENS, status=200)),
    "for those who sign in": (status(401), Found(R.SIGN_IN, status=401)),
    "forbidden": (status(403), Found(R.SIGN_IN, status=403)),
    "Microsoft's sign-in": (redirect("https://login.microsoftonline.com/common?x=1"), Found(R.SIGN_IN)),
    "that of the US Government": (redirect("https://LOGIN.microsoftonline.us/"), Found(R.SIGN_IN)),
    "that of people": (redirect("https://login.live.com/"), Found(R.SIGN_IN)),
    "nothing": (status(404), Found(R.GONE, status=404)),
    "nothing any more": (status(410), Found(R.GONE, status=410)),
    "an error of its own": (status(500), Found(UNREACHABLE, status=500)),
    "an odd refusal": (status(451), Found(UNREACHABLE, status=451)),
    "elsewhere": (redirect("https://elsewhere.example/new?a=b#c", 301), Found(R.MOVED, status=301, leads_to="https://elsewhere.example/new?a=b#c")),
    "elsewhere in raw bytes": (redirect("https://elsewhere.example/\xe9 \x0b{x}"), Found(R.MOVED, status=302, leads_to="https://elsewhere.example/%E9%20%0B%7Bx%7D")),
    "elsewhere, far too long": (redirect(LONG), Found(UNREACHABLE, WHY.ANSWER, 302)),
    "elsewhere, unknown": (redirect("https://nowhere.example/"), Found(UNREACHABLE, WHY.NAME)),
    "itself, for ever": (redirect("/answer"), Found(UNREACHABLE, WHY.REDIRECTS)),
    "nowhere": (status(302), Found(UNREACHABLE, WHY.ANSWER, 302)),
    "without https": (redirect("http://docs.example/answer"), Found(UNREACHABLE, WHY.INSECURE)),
    "a script": (redirect("javascript:alert(1)"), Found(UNREACHABLE, WHY.INSECURE)),
    "a file": (redirect("file:///etc/passwd"), Found(UNREACHABLE, WHY.INSECURE)),
    "another port": (redirect("https://docs.example:22/"), Found(UNREACHABLE, WHY.ANSWER)),
    "a port that is none": (redirect("https://docs.example:x/"), Found(UNREACHABLE, WHY.ANSWER)),
    "somebody's password": (redirect("https://a:b@docs.example/"), Found(UNREACHABLE, WHY.ANSWER)),
    "this machine": (redirect("https://127.0.0.2/"), Found(UNREACHABLE, WHY.PRIVATE)),
    "this machine by IPv6": (redirect("https://[::1]/"), Found(UNREACHABLE, WHY.PRIVATE)),
    "the cloud's own data": (redirect("https://169.254.169.254/latest/meta-data/"), Found(UNREACHABLE, WHY.PRIVATE)),
    "a name in the network": (redirect("//intranet.example/"), Found(UNREACHABLE, WHY.PRIVATE)),
    "a name with two sides": (redirect("https://half.example/"), Found(UNREACHABLE, WHY.PRIVATE)),
    "garbage": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Found(UNREACHABLE, WHY.ANSWER)),
    "a status that is none": (b"HTTP/1.1 abc OK\r\n\r\n", Found(UNREACHABLE, WHY.ANSWER)),
    "announcements alone": (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, Found(UNREACHABLE, WHY.ANSWER)),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-", Found(UNREACHABLE, WHY.ANSWER)),
    "too many headers": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", Found(UNREACHABLE, WHY.ANSWER)),
    "a head without an end": (endless_head, Found(UNREACHABLE, WHY.ANSWER)),
    "nothing at all": (lambda connection: None, Found(UNREACHABLE, WHY.ANSWER)),
    "silence": (never, Found(R.TIMEOUT)),
    "one byte at a time": (drip, Found(R.TIMEOUT)),
    "a body without an end": (huge_body, Found(R.OPENS, status=200)),
    "enough": (status(429, Retry_After="120"), Found(UNREACHABLE, status=429, rest=120)),
    "enough, for ever": (status(503, Retry_After="9" * 40), Found(UNREACHABLE, status=503, rest=86400)),
    "enough, in odd words": (status(503, Retry_After="soon"), Found(UNREACHABLE, status=503)),
}  # fmt: skip


@pytest.mark.parametrize("what", ANSWERS)
def test_answer_is_judged(server, way, what):
    answer, expected = ANSWERS[what]
    server.answers["/answer"] = answer
    begun = time.monotonic()
    assert check("https://docs.example/answer", way()) == expected
    assert time.monotonic() - begun < 8  # a server that drips goes on for ten minutes


def test_redirects_are_followed_within_the_site_and_five_times_at_most(server, way):
    server.answers |= {
        f"/{n}": redirect(f"https://{'www.' * (n % 2)}docs.example/{n + 1}") for n in range(6)
    } | {"/5": status(200), "/9": redirect("0")}  # fmt: skip
    assert check("https://docs.example/0", way()) == Found(R.OPENS, status=200)
    assert [path for _method, path in server.methods] == ["/0", "/1", "/2", "/3", "/4", "/5"]
    assert check("https://docs.example/9", way()) == Found(UNREACHABLE, WHY.REDIRECTS)


def test_nobody_is_asked_where_it_leads_elsewhere(server, way):
    server.answers["/"] = redirect("https://other.example/there")
    assert check("https://docs.example/", way()).leads_to == "https://other.example/there"
    assert server.methods == [("HEAD", "/")]


@pytest.mark.parametrize("refusal", [400, 403, 404, 405, 501])
def test_what_refuses_to_be_asked_for_its_head_is_asked_as_a_browser_asks(server, way, refusal):
    server.answers |= {("HEAD", "/"): status(refusal), ("GET", "/"): status(200, b"x" * 10**6)}
    assert check("https://docs.example/", way()) == Found(R.OPENS, status=200)
    assert server.methods == [("HEAD", "/"), ("GET", "/")]


def test_question_names_the_site_and_carries_nothing_else(server, way, settings, monkeypatch):
    settings.SITE_URL = "https://portal.example"
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://user:secret@127.0.0.1:9/")
    server.answers |= {"/a?b=c": status(302, Location="/d", Set_Cookie="a=b; Path=/"), "/d": status(200)}
    assert check("https://docs.example/a?b=c#/MessageCenter", way()).result == R.OPENS
    assert [whole.split("\r\n") for _method, _path, whole in server.asked] == [
        [
            f"HEAD {path} HTTP/1.1", "Host: docs.example", "User-Agent: SelfServicePortal-LinkCheck (+https://portal.example)",
            "Accept: text/html, */*;q=0.1", "Accept-Encoding: identity", "Connection: close", "", "",
        ]
        for path in ("/a?b=c", "/d")
    ]  # fmt: skip


def test_all_of_it_has_an_end(server, way):
    """Each hop is in time, all of them together are not."""
    steps = count()

    def slow(connection):
        time.sleep(0.3)
        connection.sendall(redirect(f"/{next(steps)}"))

    server.answers |= {f"/{n}": slow for n in range(9)} | {"/answer": slow}
    begun = time.monotonic()
    assert check("https://docs.example/answer", way(total_seconds=0.8)) == Found(R.TIMEOUT)
    assert time.monotonic() - begun < 6


# --- Names and certificates ---


def test_name_that_turns_private_between_two_questions_is_never_reached(server, way):
    """DNS rebinding: what was looked at is what is connected to, and the next request is looked at anew."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]])
    server.answers["/"] = redirect("/private")
    found = check("https://docs.example/", way(resolver=lambda host, seconds: next(answers)))
    assert found == Found(UNREACHABLE, WHY.PRIVATE)
    assert server.methods == [("HEAD", "/")]
    assert next(answers) == ["127.0.0.1"]  # each request has asked for the name once


def test_name_is_asked_for_once_a_request(server, way):
    asked = []
    server.answers["/"] = status(200)
    check("https://docs.example/", way(resolver=lambda host, seconds: asked.append(host) or ["127.0.0.1"]))
    assert asked == ["docs.example"]


def test_loopback_is_closed_unless_a_test_opens_it(server, way):
    from portal.content.checker.gate import is_public

    assert check("https://docs.example/", way(rule=is_public)) == Found(UNREACHABLE, WHY.PRIVATE)
    assert server.connections == 0


@pytest.mark.parametrize("address", ["https://localhost/", "https://127.0.0.1/", "https://0x7f.1/", "https://2130706433/", "https://[::ffff:127.0.0.1]/"])  # fmt: skip
def test_production_has_no_way_to_this_machine(address):
    """With nothing said, so with the system's own resolver, which knows these without any network."""
    assert check(address) == Found(UNREACHABLE, WHY.PRIVATE)


@pytest.mark.parametrize("address", ["http://docs.example/", "ftp://docs.example/", "docs.example", "https://"])
def test_what_is_no_https_address_is_not_asked(server, way, address):
    assert check(address, way()).result == UNREACHABLE
    assert server.connections == 0


def test_certificate_is_verified_for_the_name(server, way, tmp_path):
    import ssl

    from tests.portal.content.checker.hostile import certificate

    strangers = certificate(tmp_path, "docs.example")
    expected = Found(UNREACHABLE, WHY.CERTIFICATE)
    assert check("https://docs.example/", way(tls=lambda: ssl.create_default_context(cafile=strangers))) == expected
    named = way(resolver=lambda host, seconds: ["127.0.0.1"])
    assert check("https://unnamed.example/", named) == expected
    assert server.asked == []


def test_nobody_listens(way, unused_port):
    assert check("https://docs.example/", way(port=unused_port)) == Found(UNREACHABLE, WHY.CONNECTION)


def test_server_that_does_not_even_greet(way, silent_port):
    assert check("https://docs.example/", way(port=silent_port, connect_seconds=0.3)) == Found(R.TIMEOUT)


def test_resolver_that_does_not_answer(way, monkeypatch):
    from portal.content.checker.gate import resolve

    released = threading.Event()

    def hangs(*_args, **_options):
        released.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    begun = time.monotonic()
    assert check("https://docs.example/", way(resolver=resolve, total_seconds=0.2)) == Found(R.TIMEOUT)
    with pytest.raises(TimeoutError):
        resolve("localhost", -1)
    assert time.monotonic() - begun < 30
    released.set()


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def silent_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


# --- Small parts ---

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0), ("0", 0), ("30", 30), ("-5", 0), ("٣", 0), ("1e9", 0), ("99999999999999999999", 86400),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60), ("Mon, 23 Nov 2026 11:00:00 GMT", 0), ("Sun, 01 Jan 2090 00:00:00 GMT", 86400),
        ("Mon, 99 Nov 2026 12:01:00 GMT", 0), ("tomorrow", 0), ("Mon, 23 Nov 2026 12:01:00 -0000", 60),
    ],
)  # fmt: skip
def test_retry_after(text, seconds):
    assert seconds_of(text, NOW) == seconds


@pytest.mark.parametrize(
    ("location", "address"),
    [
        ("/b", "https://a.example/b"), ("b?c", "https://a.example/x/b?c"), ("//b.example", "https://b.example"),
        ("https://a.example/\u00fc", "https://a.example/%FC"), ("/\u0100", None), ("", None), ("https://[::1", None),
        ("/x\r\nHost: evil", "https://a.example/x%0D%0AHost:%20evil"),
    ],
)  # fmt: skip
def test_where_a_redirect_leads(location, address):
    assert leads(Target("a.example", "/x/y"), location) == address
