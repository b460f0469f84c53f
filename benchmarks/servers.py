"""gunicorn over the databases of the benchmark: the site and the plain admin, with the same workers and threads."""

import http.client
import os
import socket
import sys
import time
from pathlib import Path

from benchmarks import bare
from benchmarks.site import PROJECT
from portal.lib.child_process import ChildProcess

WORKERS, THREADS = 2, 4
PATIENCE = 60.0
SITE = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_DEMO": "1", "PORTAL_SECOND_FACTOR_REQUIRED": "0"}
PLAIN = {"DJANGO_SETTINGS_MODULE": "benchmarks.plain.settings"}
BARE = PLAIN | {"PLAIN_SCHEMA": bare.SCHEMA}
"""The plain admin over a table that has only the indexes that Django makes."""


class Server:
    """One gunicorn on a free port of loopback."""

    def __init__(self, name: str, settings: dict[str, str], environment: dict[str, str], folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"]
        command += ["--no-control-socket", "--bind", f"127.0.0.1:{self.port}", "--keep-alive", "600"]
        command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--timeout", "300"]
        address = {"PORTAL_SITE_URL": f"http://127.0.0.1:{self.port}"}
        self.process = ChildProcess(
            name,
            command,
            environment=os.environ | environment | settings | address,
            folder=PROJECT,
            log=folder / f"{name}.log",
        )

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with the end of its log."""
        self.process.start()
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self.process.has_ended() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.process.name} does not answer:\n{self.process.last_words()}")
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.stop(10)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/accounts/login/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
