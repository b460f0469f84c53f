"""Somebody at a browser, and everything that a request of theirs brings to light."""

import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail as outbox
from django.test import Client

from accounts.models import OutgoingMail
from tests.jobs import run_jobs
from tests.surface.classes import ROLES, SEES
from tests.surface.world import World, snapshot, tables, undone, writes

SECRETS = re.compile(
    r"""(?P<name>name="(?:csrfmiddlewaretoken|resume_token|submission_key)"\s+value="|nonce="|'nonce-|csrftoken=|sessionid=)[^"';\s]*"""
)
TIMES = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.\d]*(?:[+-]\d\d)?|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
FRESH = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{64}\b|gAAAA[\w-]+=*|\b(?=[a-z]*\d)[a-z0-9]{32}\b|zq\d{4}q(?=,\"\",\"\",\"\",\*)|(?<![\dq])(?!70000\d{4}(?!\d))\d+(?![\dq])|\b[0-9a-f]{32}\b|md5\$[^,]+|,![^,]+|<[^<>@]+@"
)
"""What is another one each time it is made: numbers that sequences give, keys, hashes; keys of the world are not."""
FORM = "application/x-www-form-urlencoded"


STEPS = ("requests_app_requestevent", "requests_app_subscriptionrequest")
SESSIONS = "django_session"
LINKS = ("accounts_outgoingmail", "account_emailconfirmation")


@dataclass
class Answer:
    """What came back, and what was left behind: the response, messages, mails, and the rows that were written."""

    status: int
    headers: dict[str, str]
    body: str
    session: str = ""
    mails: list[tuple[str, str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    error: str = ""
    response: Any = None

    def text(self) -> str:
        """Everything the visitor gets to read, on this page or on the next."""
        return "\n".join((self.body, *(f"{name}: {value}" for name, value in self.headers.items()), self.session))

    def without(self, *asked_for: object) -> tuple[object, ...]:
        """Return the answer as it can be compared with another: without secrets and without what was asked for."""

        def plain(text: str) -> str:
            text = TIMES.sub("", SECRETS.sub(lambda found: found["name"], text))
            for one in asked_for:
                text = text.replace(str(one), "#")
            return text

        headers = {name: plain(value) for name, value in self.headers.items() if name != "Content-Length"}
        return (
            self.status, headers, plain(self.body), plain(self.session), [plain(str(mail)) for mail in self.mails],
            [plain(row) for row in self.written], self.error,
        )  # fmt: skip

    def effect(self, *asked_for: object) -> tuple[object, ...]:
        """Return what the request did, in a form that is the same when it does the same once more."""

        def settled(text: str) -> str:
            for one in asked_for:
                text = text.replace(str(one), "#")
            return FRESH.sub("*", TIMES.sub("", SECRETS.sub(lambda found: found["name"], text)))

        kept = [row for row in self.written if not row.startswith(LINKS)]  # their links are secrets: they are counted
        return (
            self.status, settled(self.headers.get("Location", "")), settled(self.session), sorted(map(settled, kept)),
            len(self.written), [recipient for recipient, _mailed in self.mails], self.error,
        )  # fmt: skip


class Visitor:
    """One person's browser. What a request changes, in the database and in the browser, is taken back after it."""

    def __init__(self, world: World, role: str, everybody: "Visitors") -> None:
        self.world, self.role, self.everybody = world, role, everybody
        self.client = Client(raise_request_exception=False)
        if role:
            self.client.force_login(world.person(role))
        self.cookies = self.client.cookies.output(header="", sep="\n")
        self._own_key, self._at_rest = self._key(), self._session()

    def browser(self, **options: Any) -> Client:
        """Return a plain client with this person's session, for what a visitor is too well-behaved for."""
        client = Client(raise_request_exception=False, **options)
        client.cookies = SimpleCookie(self.cookies.replace("\n", "; "))
        return client

    def get(self, path: str, query: Mapping[str, Any] | None = None, method: str = "GET", **extra: Any) -> Answer:
        whole = f"{path}?{urlencode(query, doseq=True)}" if query else path
        return self.send(method, whole, **extra)

    def post(self, path: str, form: Mapping[str, Any], **extra: Any) -> Answer:
        return self.send("POST", path, urlencode(form, doseq=True), **extra)

    def send(self, method: str, path: str, body: str | bytes = "", content_type: str = FORM, **extra: Any) -> Answer:
        """Send one request and look at everything it did, mails that its jobs write included; then undo it."""
        outbox.outbox = []
        with undone():
            response = self.client.generic(method, path, body, content_type=content_type, **extra)
            answer = Answer(
                response.status_code,
                dict(response.headers) | {f"Set-Cookie {name}": _cookie(one) for name, one in response.cookies.items()},
                b"".join(response.streaming_content).decode() if response.streaming else response.text,
                response=response,
            )
            if error := getattr(response, "exc_info", None):
                answer.error = "".join(traceback.format_exception_only(*error[:2])).strip()
            else:
                self._look_behind(answer)
        self.everybody.settle()
        self.client.cookies = SimpleCookie(self.cookies.replace("\n", "; "))
        return answer

    def _key(self) -> str:
        cookie = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        return cookie.value if cookie else ""

    def _session(self) -> str:
        """Return what waits in the session for the next page: messages, forms that were put aside; not who signed in."""
        kept = SessionStore(key).load() if (key := self._key()) else {}
        return repr({name: value for name, value in sorted(kept.items()) if not name.startswith(("_auth", "account_"))})

    def _look_behind(self, answer: Answer) -> None:
        touched = self.everybody.touched()
        answer.session = self._at_rest if self._key() == self._own_key and SESSIONS not in touched else self._session()
        if not touched:
            return
        written = self.everybody.written()
        if any(table == "procrastinate_jobs" for table, _row in written):
            run_jobs("notify")
            written = self.everybody.written()
        rows = [f"{table} {row}" for table, row in written]
        answer.written = sorted(row for row in rows if not row.startswith("procrastinate"))
        if any(row.startswith(OutgoingMail._meta.db_table) for row in rows):
            mails = OutgoingMail.objects.exclude(pk__in=[one.pk for one in self.world.rows["outgoingmail"].values()])
            answer.mails = sorted((one.recipient, f"{one.subject}\n{one.text}\n{one.html}") for one in mails)

    def leaks(self, answer: Answer, *asked_for: object) -> list[str]:
        """Return what the answer tells, shows, mails or changes that this person has no business with.

        Tokens are left out: they are drawn by lot, and among the hundreds of thousands of a run one spells a canary.
        """
        text = SECRETS.sub(lambda found: found["name"], answer.text())
        for one in asked_for:
            text = text.replace(str(one), "#")
        found = [f"shows {one}" for one in self.world.leaks(text, self.role)]
        by_address = {person.email: name for name, person in self.world.rows["user"].items()}
        for recipient, mailed in answer.mails:
            reader = by_address.get(recipient, self.role)  # whom nobody knew yet reads what the sender may know
            found += [f"mails {one} to {reader or recipient}" for one in self.world.leaks(mailed, reader)]
        # Who signs in, or wants a new password, writes to the account whose address they give (alice's, in the forms).
        author = self.role or "alice"
        rows = [row for row in answer.written if not row.startswith(OutgoingMail._meta.db_table)]
        # A step copies onto its rows who works the request, by key; those whose name may be read may be named there.
        workers = {
            f"User.key of {one.removesuffix('/User.name')}" for one in SEES[author] if one.endswith("/User.name")
        }
        return found + [
            f"writes {one}: {row}"
            for row in rows
            for one in self.world.leaks(row, author)
            if not (one in workers and row.startswith(STEPS))
        ]


def _cookie(morsel: Any) -> str:
    return re.sub(r"=[^;]*", "=", morsel.OutputString(), count=1)


class Visitors:
    """Everybody, each signed in once, and the rows as they were before any request."""

    def __init__(self, world: World) -> None:
        self.watched = tables()
        self._all = {role: Visitor(world, role, self) for role in ROLES}
        self.before = {table: snapshot([table]) for table in self.watched}
        self._counted = writes([*self.watched, SESSIONS])
        assert sum(self._counted.values()) > 0  # the world has just been written: PostgreSQL does count
        self.settle()

    def touched(self) -> set[str]:
        """Return the tables that have been written to since ``settle``, taken back or not."""
        self._counted = writes([*self.watched, SESSIONS])
        return {table for table, count in self._counted.items() if count != self._settled[table]}

    def settle(self) -> None:
        """Count anew from what ``touched`` has last seen: all of it has been taken back."""
        self._settled = self._counted

    def written(self) -> frozenset[tuple[str, str]]:
        """Return the rows that have come, gone or changed."""
        touched = self.touched() - {SESSIONS}
        return snapshot(sorted(touched)) ^ frozenset().union(*(self.before[table] for table in touched))

    def __getitem__(self, role: str) -> Visitor:
        return self._all[role]

    def __iter__(self) -> Iterator[Visitor]:
        return iter(self._all.values())
