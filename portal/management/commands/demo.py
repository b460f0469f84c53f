"""The demonstration: everything the portal needs, on one's own machine, until Ctrl-C."""

import contextlib
import errno
import fcntl
import hashlib
import http.client
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from portal.demo import DEMO_PASSWORD, DEMO_PEOPLE
from portal.lib import embedded_postgres
from portal.lib.acting import SITE, acting_as
from portal.lib.child_process import ChildProcess
from portal.lib.embedded_postgres import EmbeddedPostgresError

HOST = "127.0.0.1"
STDIN = 0
START_PATIENCE = 60.0
"""Seconds that the web server may take until its first answer."""


class Interrupted(BaseException):
    """Somebody pressed Ctrl-C, closed the terminal or asked the process to end."""


class Command(BaseCommand):
    help = "Run the whole portal on this machine with demonstration data. Ctrl-C stops everything it started."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reset", action="store_true", help="delete the demonstration's data first")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not the demonstration: set PORTAL_DEMO=1, or run `make demo`.")
        self.began = time.monotonic()
        self.port: int = options["port"]
        self.address = f"http://localhost:{self.port}"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)
        try:
            with self._only_one():
                self._check_port()
                self._run(reset=options["reset"])
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error
        except Interrupted:
            self._say("Everything has been stopped.")

    def _run(self, *, reset: bool) -> None:
        """Prepare and serve until somebody interrupts; whatever was started is stopped in the reverse order."""
        if reset:
            self._reset()
        with contextlib.ExitStack() as running:
            if settings.CLUSTER is None:
                self._say("Using the database that DATABASE_URL names")
            else:
                self._say("Starting PostgreSQL")
                running.enter_context(embedded_postgres.hold(settings.CLUSTER, report=self._say))
            self._prepare()
            worker = self._child("worker", "manage.py", "procrastinate", "worker")
            web = self._child("web", "-m", "gunicorn", "portal.wsgi:application", *self._gunicorn_options())
            running.callback(self._say, "The web server and the worker have ended")
            running.callback(worker.stop, 15)
            running.callback(web.stop, 10)
            self._serve(web, worker)

    def _reset(self) -> None:
        if settings.CLUSTER is None:
            raise CommandError("DATABASE_URL is set: only the embedded database is reset by this command.")
        self._say("Deleting the demonstration's data")
        embedded_postgres.reset(settings.CLUSTER, report=self._say)
        for mail in settings.MAIL_FOLDER.glob("*.log"):
            mail.unlink()

    def _prepare(self) -> None:
        """Bring translations, tables, static files and data to where the site can be served."""
        self._say("Compiling the translations")
        call_command("compile_translations", verbosity=0)
        self._say("Migrating the database")
        call_command("migrate", verbosity=0, interactive=False)
        with acting_as(SITE):  # interrupted or whole: the next run asks only whether there are people
            if not get_user_model().objects.exists():
                self._say("Loading the demonstration's data")
                call_command("load_demo_data")
        connections.close_all()
        self._collect_static()

    def _collect_static(self) -> None:
        """Collect the static files where any has changed since the last time."""
        stamp = settings.STATIC_ROOT / ".collected"
        fingerprint = _fingerprint_of_static_files()
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        self._say("Collecting the static files")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(fingerprint)

    def _child(self, name: str, *arguments: str) -> ChildProcess:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PORTAL_DEMO": "1",
            "PORTAL_SITE_URL": self.address,
            "PORTAL_ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "PYTHONUNBUFFERED": "1",
        }
        log = settings.VAR_DIR / "log" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        log.unlink(missing_ok=True)
        command = [sys.executable, *arguments]
        return ChildProcess(name, command, environment=environment, folder=settings.BASE_DIR, log=log)

    def _gunicorn_options(self) -> list[str]:
        # The control socket would lie in the home folder, shared by every checkout.
        return ["--bind", f"{HOST}:{self.port}", "--workers", "2", "--threads", "4", "--no-control-socket"]

    def _serve(self, web: ChildProcess, worker: ChildProcess) -> None:
        """Start both programs, welcome the visitor, and look after the programs for ever."""
        self._say("Starting the web server and the worker")
        web.start()
        worker.start()
        self._wait_for_answer(web)
        self._welcome()
        had_terminal = os.isatty(STDIN)
        while True:
            time.sleep(0.5)
            self._check(web)
            if had_terminal and not os.isatty(STDIN):
                raise Interrupted  # closed, and the signal went to `make` alone
            if worker.restart_if_ended():
                self._say(f"The worker had ended and was started again. Its log: {worker.log}")

    def _wait_for_answer(self, web: ChildProcess) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not self._answers():
            self._check(web)
            if time.monotonic() > deadline:
                raise CommandError(f"The web server does not answer. Its log:\n{web.last_words()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=START_PATIENCE)
        try:
            connection.request("GET", "/health/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _check(self, web: ChildProcess) -> None:
        if web.has_ended():
            raise CommandError(f"The web server has ended. The end of {web.log}:\n{web.last_words()}")

    def _welcome(self) -> None:
        width = max(len(email) for email, _ in DEMO_PEOPLE)
        lines = [
            "",
            f"The portal is ready: {self.address}/",
            "",
            f"Sign in with the password {DEMO_PASSWORD} as",
            *(f"  {email:<{width}}  {role}" for email, role in DEMO_PEOPLE),
            *self._about_the_second_factor(),
            "",
            f"The partner's desk   {self.address}/admin/",
            f"Mails land at        {self.address}/demo/mail/",
            f"  as files in        {settings.MAIL_FOLDER}",
            f"Logs are in          {settings.VAR_DIR / 'log'}",
            *self._where_the_data_are(),
            "",
            "Ctrl-C stops everything. `make demo` continues with the same data, `make demo-reset` starts afresh.",
        ]
        self._write("\n".join(lines))

    def _about_the_second_factor(self) -> list[str]:
        if settings.SECOND_FACTOR_REQUIRED:
            return ["The desk asks partner people and staff to set up a second factor."]
        return [
            "The desk asks nobody for a second factor here, as it would elsewhere. To see it:",
            "  PORTAL_SECOND_FACTOR_REQUIRED=1 make demo",
        ]

    def _where_the_data_are(self) -> list[str]:
        cluster = settings.CLUSTER
        if cluster is None:
            return ["The data are in      the database that DATABASE_URL names"]
        lines = [f"The data are in      {cluster.data_dir}"]
        if not cluster.base.is_relative_to(settings.BASE_DIR):
            lines.append(f"  because the account {cluster.account!r} that runs PostgreSQL may not enter this folder")
        return lines

    @contextlib.contextmanager
    def _only_one(self) -> Iterator[None]:
        """Keep a second demonstration of this checkout away; the lock ends with the process."""
        with (settings.VAR_DIR / "demo.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise CommandError(
                    f"The demonstration of this folder runs already: {lock.read().strip() or 'it is starting'}. "
                    "Stop it with Ctrl-C where it was started."
                ) from None
            lock.truncate(0)
            lock.write(f"{self.address}/\n")
            lock.flush()
            yield

    def _check_port(self) -> None:
        try:
            _bind(self.port)
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                problem = f"Port {self.port} is in use"
            else:
                problem = f"Port {self.port} cannot be used ({error})"
            raise CommandError(f"{problem}. Choose another: PORT={_free_port()} make demo") from None

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # stopping in order takes a moment; nothing may cut it short
        self._write("")
        self._say("Stopping")
        raise Interrupted

    def _say(self, text: str) -> None:
        self._write(f"[{time.monotonic() - self.began:5.1f} s] {text}")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a terminal that was closed
            self.stdout.write(text)
            self.stdout.flush()


def _bind(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))


def _free_port() -> int:
    """Return the first port from 8001 on that nobody uses."""
    for port in range(8001, 8100):
        with contextlib.suppress(OSError):
            _bind(port)
            return port
    return 0


def _fingerprint_of_static_files() -> str:
    found = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            found.append(f"{path} {file.st_size} {file.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
