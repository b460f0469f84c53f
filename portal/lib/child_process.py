"""A program that runs beside this one for a while and is stopped in order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
LONGEST_PAUSE = 30.0

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildProcess:
    """One program with its output in a file. It is in a session of its own, out of reach of the terminal's Ctrl-C."""

    def __init__(
        self, name: str, command: list[str], *, environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = 1.0
        self._started_at = 0.0

    def start(self) -> None:
        """Start the program; its output is appended to the log. Where Linux runs, it ends when this process ends."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._command,
                cwd=self._folder,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - no thread runs here, and the function takes no lock
            )
        self._started_at = time.monotonic()

    def has_ended(self) -> bool:
        """Return whether the program was started and has ended since."""
        return self._process is not None and self._process.poll() is not None

    def restart_if_ended(self) -> bool:
        """Start the program again where it has ended, with growing pauses while it keeps ending; True if it did."""
        if not self.has_ended():
            return False
        lived = time.monotonic() - self._started_at
        if lived < self._pause:
            return False
        self._pause = 1.0 if lived > LONGEST_PAUSE else min(self._pause * 2, LONGEST_PAUSE)
        self.start()
        return True

    def stop(self, patience: float) -> None:
        """Ask the program to end, and after ``patience`` seconds make it and its children end."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its own child, not yet reaped: the number is still its own
            process.wait()

    def last_words(self, lines: int = 15) -> str:
        """Return the end of the log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed: a port that stays taken is hard to understand."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
