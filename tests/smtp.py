"""A real mail server on this machine, which does what a test tells it to."""

import asyncio
import email
import email.policy
import socket
import threading
import time
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

PATIENCE = 60
"""Seconds that something may take which should take none."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """Takes mails and keeps them. ``answers`` to a recipient or to a mail stand for the next ones, in that order.

    An answer is a line such as "451 later" or "" for a connection that is dropped once the mail is here. ``delay`` is
    how long it keeps its answer to itself once it has taken a mail, in seconds.
    """

    def __init__(self, port=None, delay=0.0):
        self.port, self.delay = port or free_port(), delay
        self.answers_to_recipients, self.answers_to_mails = [], []
        self.taken, self.connections = [], 0

    @contextmanager
    def up(self):
        """Run it for as long as the block; it keeps what it has taken."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE)
        controller.start()
        self.connections -= 1  # the controller looks whether it answers
        try:
            yield self
        finally:
            controller.stop()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.answers_to_recipients:
            return self.answers_to_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope):  # noqa: N802
        answer = self.answers_to_mails.pop(0) if self.answers_to_mails else "250 OK"
        if answer[:1] in ("2", ""):
            self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        await asyncio.sleep(self.delay)
        if not answer:
            server.transport.abort()
            return "250 nobody hears this"
        return answer

    @property
    def ids(self):
        return [message["Message-ID"] for message in self.taken]

    def wait_for(self, count):
        """Wait until it has taken so many mails."""
        wait_until(lambda: len(self.taken) >= count)


@contextmanager
def silent_server():
    """A server that accepts every connection and never says a word; the list grows with each."""
    accepted = []
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        listening.settimeout(0.05)
        ended = threading.Event()

        def accept():
            while not ended.is_set():
                try:
                    accepted.append(listening.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()[1], accepted
        finally:
            ended.set()
            thread.join()
            for one in accepted:
                one.close()


def mailers(port, timeout=1.0):
    """Return the setting MAILERS for a server on this machine: Django's own backend for SMTP."""
    options = {"host": "127.0.0.1", "port": port, "timeout": timeout}
    return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def wait_until(condition, patience=PATIENCE, pause=0.01):
    """Wait until ``condition()`` is true, asking again after each pause; fail when patience has run out. In seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it has not come true"
        time.sleep(pause)
