"""A visitor who keeps a connection, signs in through the form and looks at what is answered; and crowds of them."""

import http.client
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

TIMEOUT = 300
ROW = re.compile(r"<tr\b[^>]*\bdata-row\b|<t[hd] class=\"field-number")
"""A row of a list: of the desk's own, or of Django's."""
HIDDEN = re.compile(r"<input[^>]*>")
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


class WrongAnswer(Exception):
    """The page answered, and not with what was asked for."""


@dataclass(frozen=True)
class Ask:
    """What is asked, and what has to be answered: a status, and of a list at least so many rows and at most."""

    path: str
    form: dict[str, str] | None = None
    status: int = 200
    rows: tuple[int, int] | None = None

    def check(self, status: int, body: str, location: str) -> None:
        """Raise WrongAnswer where it is not what was asked for."""
        if status != self.status:
            raise WrongAnswer(f"{self.path}: {status} instead of {self.status} {location}\n{body[:400]}")
        if self.rows is not None:
            found = len(ROW.findall(body))
            if not self.rows[0] <= found <= self.rows[1]:
                raise WrongAnswer(f"{self.path}: {found} rows instead of {self.rows[0]} to {self.rows[1]}")
        elif self.status == 302 and "login" in location:
            raise WrongAnswer(f"{self.path}: led to {location}")


@dataclass
class Visitor:
    """Somebody signed in at one server. Not for two threads at a time."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def sign_in(self, path: str, names: tuple[str, str], email: str, password: str) -> None:
        """Sign in as people do, without a second factor. Raises WrongAnswer."""
        self.send(path)
        form = dict(zip(names, (email, password), strict=True))
        status, body, location = self.send(path, form)
        if status != 302 or "login" in location or "2fa" in location:
            raise WrongAnswer(f"{email} cannot sign in at {path}: {status} {location}\n{body[:400]}")

    def ask(self, ask: Ask) -> float:
        """Return how many milliseconds the answer took, its body included. Raises WrongAnswer."""
        began = time.perf_counter()
        status, body, location = self.send(ask.path, ask.form)
        took = 1000 * (time.perf_counter() - began)
        ask.check(status, body, location)
        return took

    def hidden_fields(self, path: str) -> dict[str, str]:
        """Return what the inputs of a page carry."""
        _, body, _ = self.send(path)
        found = (dict(ATTRIBUTE.findall(tag)) for tag in HIDDEN.findall(body))
        return {one["name"]: one.get("value", "") for one in found if "name" in one}

    def send(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Send one request over the kept connection; return status, body and where it leads."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form | {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        for try_again in (True, False):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
            try:
                self.connection.request("GET" if form is None else "POST", path, body, headers)
                answer = self.connection.getresponse()
                break
            except (http.client.RemoteDisconnected, ConnectionError):  # a kept connection that the server has let go
                self.close()
                if not try_again or form is not None:
                    raise
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            for morsel in SimpleCookie(line).values():
                self.cookies[morsel.key] = morsel.value
        return answer.status, text, urlsplit(answer.headers.get("Location", "")).path

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass
class Block:
    """What some visitors were answered in one go: milliseconds of each answer, and what went wrong."""

    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


type Prepare = Callable[[Visitor, int, int], Ask]
"""Visitor, which of the visitors it is, how many times it has asked in this block: what it is to ask now."""


def crowd(visitors: Sequence[Visitor], prepare: Prepare, calls: int, budget: float) -> Block:
    """Let each of ``visitors`` ask ``calls`` times, all at once; no new question after ``budget`` seconds but the first."""
    block, lock, start = Block(), threading.Lock(), threading.Barrier(len(visitors))

    def ask(number: int, visitor: Visitor) -> None:
        start.wait()
        began = time.perf_counter()
        for turn in range(calls):
            if turn and time.perf_counter() - began > budget:
                break
            try:
                took = visitor.ask(prepare(visitor, number, turn))
            except (WrongAnswer, OSError, http.client.HTTPException) as error:
                visitor.close()
                with lock:
                    block.errors.append(str(error))
            else:
                with lock:
                    block.took.append(took)

    threads = [threading.Thread(target=ask, args=each) for each in enumerate(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return block
