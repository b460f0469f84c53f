"""One question to one computer, and the head of its answer: bounded in time and size, the body is not read at all.

On a socket of our own, because that alone pins the connection to the address that the gate has looked at and bounds the
whole answer in time: http.client and urllib3 begin their clock anew with each byte. The standard library parses the head.
No proxy, cookie or credential comes from the environment, because nothing here looks for one.
"""

import io
import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import Any

from django.conf import settings

from portal.content.checker.gate import Refused, Target, is_public, open_to, resolve
from portal.models import CheckReason, CheckResult

HEAD_BYTES = 32 * 1024
"""Of an answer's head; cookies and policies of large sites take ten thousand."""

ANNOUNCEMENT = re.compile(rb"HTTP/1\.[01] 1\d\d\b")
INTERIM = 5
"""Answers such as 100 and 103, which announce the one that counts: how many of them are passed over."""


@dataclass(frozen=True)
class Way:
    """How the checker gets out. What is not said is as in production; tests bring a server of their own."""

    resolver: Callable[[str, float], list[str]] = resolve
    rule: Callable[[str], bool] = is_public
    port: int = 443
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    connect_seconds: float = 5
    answer_seconds: float = 10
    total_seconds: float = 30
    """A whole check, its redirects and pauses included."""
    pause: float = 1
    """Seconds between two requests to one site."""
    sleep: Callable[[float], None] = field(default=time.sleep)


@dataclass(frozen=True)
class Head:
    """What an answer begins with."""

    status: int
    headers: Message

    def get(self, name: str) -> str:
        return str(self.headers.get(name) or "")


def ask(method: str, target: Target, way: Way, ends: float) -> Head:
    """Send one request and return the head of the answer. ``ends``: until when, by ``time.monotonic``. Raises Refused."""
    addresses = open_to(target.host, ends - time.monotonic(), resolver=way.resolver, rule=way.rule)
    with closing(_connected(addresses, target, way, ends)) as connection:
        try:
            until = min(ends, time.monotonic() + way.answer_seconds)
            connection.settimeout(_left(until))
            connection.sendall(_question(method, target))
            return _head(connection, method, until)
        except TimeoutError:
            raise Refused(CheckResult.TIMEOUT) from None
        except OSError:
            raise Refused(CheckResult.UNREACHABLE, CheckReason.CONNECTION) from None
        except (HTTPException, ValueError):
            raise Refused(CheckResult.UNREACHABLE, CheckReason.ANSWER) from None


def _connected(addresses: list[str], target: Target, way: Way, ends: float) -> ssl.SSLSocket:
    """Return a connection to the first of ``addresses`` that takes one, its certificate verified for the host's name."""
    until = min(ends, time.monotonic() + way.connect_seconds)
    problem = Refused(CheckResult.TIMEOUT)
    for address in addresses:
        plain = None
        try:
            plain = socket.create_connection((address, way.port), _left(until))
            plain.settimeout(_left(until))
            return way.tls().wrap_socket(plain, server_hostname=target.host.strip("[]"))
        except TimeoutError:
            problem = Refused(CheckResult.TIMEOUT)
        except (ssl.SSLError, ssl.CertificateError, ValueError):
            problem = Refused(CheckResult.UNREACHABLE, CheckReason.CERTIFICATE)
        except OSError:
            problem = Refused(CheckResult.UNREACHABLE, CheckReason.CONNECTION)
        if plain is not None:
            plain.close()
    raise problem


def _left(until: float) -> float:
    """Return how many seconds there are left. Raises TimeoutError where there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _question(method: str, target: Target) -> bytes:
    lines = [
        f"{method} {target.path} HTTP/1.1",
        f"Host: {target.host}",
        f"User-Agent: SelfServicePortal-LinkCheck (+{settings.SITE_URL})",
        "Accept: text/html, */*;q=0.1",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _head(connection: ssl.SSLSocket, method: str, until: float) -> Head:
    """Read until the end of the head, in time and in bounds; answers that only announce another one are passed over."""
    received = b""
    for _one in range(INTERIM):
        while b"\r\n\r\n" not in received and b"\n\n" not in received:
            if len(received) > HEAD_BYTES:
                raise HTTPException("The head is too large")
            connection.settimeout(_left(until))
            piece = connection.recv(4096)
            if not piece:
                raise HTTPException("The head ends too early")
            received += piece
        end = min(at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := received.find(mark)) >= 0)
        if not ANNOUNCEMENT.match(received):
            answer = HTTPResponse(_Given(received[:end]), method=method)  # type: ignore[arg-type]  # all it asks of a socket
            answer.begin()
            return Head(answer.status, answer.headers)
        received = received[end:]
    raise HTTPException("Nothing but announcements")


class _Given:
    """Bytes that are here already, as the standard library's parser asks a socket for them."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, *_args: Any, **_options: Any) -> io.BytesIO:
        return io.BytesIO(self._content)
