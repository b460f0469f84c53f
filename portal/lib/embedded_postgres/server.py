"""Starting and stopping a cluster. Whoever starts or stops holds the project's lock, so that two never meet.

Whether a server runs is never read from a process id. Two questions are asked instead: does it answer on
its socket, and does any of its processes still hold the lock on ``<purpose>.alive``, which they inherit
from whoever started them?
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Literal

from portal.lib.embedded_postgres import binaries
from portal.lib.embedded_postgres.cluster import (
    DATABASE,
    PURPOSES,
    Cluster,
    EmbeddedPostgresError,
    base_folder,
    cluster_for,
    is_private_folder,
    private_folder,
)

Report = Callable[[str], None]
Answer = Literal["accepting", "busy", "silent"]

PATIENCE = 90.0
"""Seconds to wait for another command, for the rest of a killed server, for recovery after a crash. More than
the minute that a server needs to notice that its data folder was deleted."""

SUPERUSER = "postgres"
OWNER = "portal_owner"
APPLICATION = "portal_app"

NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
LARGEST_LOG = 5_000_000  # bytes

_started: dict[Path, subprocess.Popen[bytes]] = {}
"""Servers that this process started, by data folder: to be reaped when they end."""


def _silent(_: str) -> None:
    """Report nothing."""


def is_running(cluster: Cluster) -> bool:
    """Return whether the cluster's server accepts connections on its private socket. No side effects."""
    return _ask(cluster) == "accepting"


def start(cluster: Cluster, *, durable: bool = True, report: Report = _silent) -> bool:
    """Start the cluster's server where it does not run, and return whether this call started it.

    Side effects: creates the data folder at the first call, and the roles and the database where they are
    missing, also on a server that ran already. ``durable=False`` gives up safety against a power cut for
    speed. Tells ``report`` what takes long. Raises EmbeddedPostgresError, with the end of the server's log
    if there is one.
    """
    if os.geteuid() == 0 and cluster.account is None:
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root, and this machine has neither an account postgres nor nobody. "
            "Run this as an ordinary user, or set DATABASE_URL."
        )
    base_folder(cluster)
    with _lock(cluster, report):
        started = not _answers(cluster, report)
        if started:
            private_folder(cluster.socket_dir, *cluster.owner_ids)
            programs = binaries.find_binaries(cluster, report)
            _prepare_data(cluster, programs, durable=durable, report=report)
            _serve(cluster, programs, durable=durable, report=report)
        _set_up_roles(cluster)
    return started


def stop(cluster: Cluster, *, report: Report = _silent) -> bool:
    """Stop the cluster's server in order, and return whether it ran.

    Side effects: connections are cut, open transactions rolled back, the socket's folder is removed. Raises
    EmbeddedPostgresError when the server does not end.
    """
    if not cluster.base.is_dir():
        return False
    base_folder(cluster)
    with _lock(cluster, report):
        return _stop(cluster, report)


@contextlib.contextmanager
def hold(cluster: Cluster, *, durable: bool = True, report: Report = _silent) -> Iterator[None]:
    """Keep the server running for the length of the block; the last holder to leave stops it.

    A holder that was killed counts as gone, so the next one stops what it left behind. A server that
    ``keep`` was called for stays. Side effects and errors as for ``start`` and ``stop``.
    """
    base_folder(cluster)
    with _open(cluster.base / f"{cluster.purpose}.holders") as holders:
        fcntl.flock(holders, fcntl.LOCK_SH)
        try:
            start(cluster, durable=durable, report=report)
            yield
        finally:
            if _try_lock(holders) and not _keep_file(cluster).exists():
                stop(cluster, report=report)


def keep(cluster: Cluster) -> None:
    """Let the running server outlive its holders, until ``stop``."""
    _keep_file(cluster).touch()


def reset(cluster: Cluster, *, report: Report = _silent) -> None:
    """Stop the server and delete its data. Raises EmbeddedPostgresError when it does not stop."""
    if not cluster.base.is_dir():
        return
    base_folder(cluster)
    with _lock(cluster, report):
        _stop(cluster, report)
        if cluster.data_dir.exists():
            shutil.rmtree(cluster.data_dir)


def remove(project_dir: Path, *, report: Report = _silent) -> None:
    """Stop the servers of the checkout in ``project_dir`` and delete everything that was ever kept for them."""
    clusters = [cluster_for(project_dir, purpose) for purpose in PURPOSES]
    for cluster in clusters:
        reset(cluster, report=report)
    for base in {cluster.base for cluster in clusters}:
        if base.is_dir():
            shutil.rmtree(base)


def _ask(cluster: Cluster) -> Answer:
    """Ask the server on the cluster's socket; a busy one starts, stops, recovers or has lost its data."""
    uid, _ = cluster.owner_ids
    program = binaries.find_client("pg_isready")
    if program is None or not is_private_folder(cluster.socket_dir, uid):
        return "silent"
    command = (program, "-q", "-d", _address(cluster))
    code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode  # noqa: S603 - our own
    if code == 0:
        # Without this file the data were deleted under the server, which ends by itself within a minute.
        return "accepting" if (cluster.data_dir / "postmaster.pid").exists() else "busy"
    return "busy" if code == 1 else "silent"


def _answers(cluster: Cluster, report: Report) -> bool:
    """Wait until the server either accepts connections (True) or is gone with all its processes (False)."""
    deadline = time.monotonic() + PATIENCE
    told = False
    while (answer := _ask(cluster)) != "accepting":
        if answer == "silent" and not _is_alive(cluster):
            return False
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"An earlier PostgreSQL on {cluster.data_dir} neither answers nor ends. Its log is {cluster.log_file}."
            )
        if not told:
            report("Waiting for an earlier PostgreSQL of this project to get ready or to end")
            told = True
        time.sleep(0.1)
    return True


def _is_alive(cluster: Cluster) -> bool:
    """Return whether any process of the server is left: each inherited the lock on this file."""
    with _open(_alive_file(cluster)) as alive:
        return not _try_lock(alive)


def _prepare_data(cluster: Cluster, programs: Path, *, durable: bool, report: Report) -> None:
    """Make the data folder, or check that these programs can read the one there is."""
    found = binaries.major_version_of_data(cluster.data_dir)
    wanted = binaries.major_version(programs, cluster)
    was_killed = (cluster.data_dir / "postmaster.pid").exists()
    if found is not None and cluster.is_disposable and (was_killed or found != wanted):
        shutil.rmtree(cluster.data_dir)
        found = None
    if found is None:
        _create_data(cluster, programs, durable=durable, report=report)
    elif found != wanted:
        raise EmbeddedPostgresError(
            f"{cluster.data_dir} was made by PostgreSQL {found}; {programs} is version {wanted}. "
            "Start afresh with 'make demo-reset' (this deletes the demonstration's data)."
        )


def _create_data(cluster: Cluster, programs: Path, *, durable: bool, report: Report) -> None:
    """Run initdb beside the final place and move the result there: a half-made folder is never used."""
    report(f"Creating the database folder {cluster.data_dir}")
    unfinished = cluster.data_dir.with_name(f"{cluster.purpose}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    private_folder(unfinished, *cluster.owner_ids)
    options = ["-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    # Trust is safe on a socket in a folder that nobody else may enter, and there is no network address.
    options += ["--auth-local=trust", "--auth-host=reject"]
    if not durable:
        options.append("--no-sync")
    answer = binaries.run_as_server(cluster, programs / "initdb", "-D", unfinished, *options)
    if answer.returncode != 0:
        raise EmbeddedPostgresError(f"initdb failed:\n{answer.stdout}{answer.stderr}")
    unfinished.rename(cluster.data_dir)


def _serve(cluster: Cluster, programs: Path, *, durable: bool, report: Report) -> None:
    """Start the server and wait until it answers; try again while the memory of a killed one is released."""
    deadline = time.monotonic() + PATIENCE
    while True:
        begin = _log_size(cluster)
        process = _spawn(cluster, programs, durable=durable)
        if _gets_ready(cluster, process, deadline):
            return
        with cluster.log_file.open(errors="replace") as log:
            log.seek(begin)
            said = "".join(log.readlines()[-15:])
        if "shared memory block" not in said or time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"PostgreSQL did not start. The end of {cluster.log_file}:\n{said}")
        report("Waiting for the memory of a killed PostgreSQL to be released")
        time.sleep(0.5)


def _spawn(cluster: Cluster, programs: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    """Start the server's process, which inherits the lock that tells whether it lives."""
    settings = [
        "listen_addresses=",
        f"unix_socket_directories={cluster.socket_dir}",
        "unix_socket_permissions=0700",
        f"port={cluster.port}",
        f"cluster_name=csp-portal-{cluster.purpose}",
        "timezone=UTC",
        "log_timezone=UTC",
        *(() if durable else NOT_DURABLE),
    ]
    options = [part for setting in settings for part in ("-c", setting)]
    with _open(_alive_file(cluster)) as alive, _open(cluster.log_file, os.O_APPEND) as log:
        if not _try_lock(alive):
            raise EmbeddedPostgresError(f"Another PostgreSQL has just started on {cluster.data_dir}.")
        _remove_stale_files(cluster)
        _reap(cluster)
        process = subprocess.Popen(  # noqa: S603 - our own command
            [programs / "postgres", "-D", cluster.data_dir, *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[alive.fileno()],
            **binaries.as_server(cluster),
        )
    _started[cluster.data_dir] = process
    return process


def _remove_stale_files(cluster: Cluster) -> None:
    """Remove what a killed server left: called only while no process of it is alive.

    PostgreSQL would refuse to start if the process id in there now belonged to something else of its
    account.
    """
    socket = cluster.socket_dir / f".s.PGSQL.{cluster.port}"
    for path in (cluster.data_dir / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
        path.unlink(missing_ok=True)


def _gets_ready(cluster: Cluster, process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Wait until the server answers; False if it ended, or was stopped because the time is over."""
    while process.poll() is None:
        if is_running(cluster):
            return True
        if time.monotonic() > deadline:
            process.terminate()
            process.wait(PATIENCE)
        time.sleep(0.05)
    return False


def _stop(cluster: Cluster, report: Report) -> bool:
    _keep_file(cluster).unlink(missing_ok=True)
    if not _answers(cluster, report):
        return False
    programs = binaries.find_binaries(cluster, report)
    # It has just answered from this cluster's own socket, so the process id in its data folder is its own.
    options = ["-m", "fast", "-w", "-t", str(int(PATIENCE))]
    answer = binaries.run_as_server(cluster, programs / "pg_ctl", "stop", "-D", cluster.data_dir, *options)
    if answer.returncode != 0:
        raise EmbeddedPostgresError(f"PostgreSQL did not stop: {answer.stdout}{answer.stderr}")
    _reap(cluster)
    with contextlib.suppress(OSError):  # not empty: something of somebody else's
        cluster.socket_dir.rmdir()
    return True


def _reap(cluster: Cluster) -> None:
    """Take note of the end of a server that this process started, so that it does not stay a zombie."""
    if process := _started.pop(cluster.data_dir, None):
        process.wait(PATIENCE)


def _set_up_roles(cluster: Cluster) -> None:
    """Create roles and database where they are missing, without passwords: the folder is the lock."""
    try:
        import psycopg  # noqa: PLC0415 - finding a cluster must not need it

        from portal.lib.database_roles import prepare  # noqa: PLC0415 - for the same reason
    except ImportError as error:
        raise EmbeddedPostgresError(f"{error}. Run make, which installs what is missing.") from error
    with psycopg.connect(_address(cluster), autocommit=True) as admin:
        prepare(admin, database=DATABASE, owner=OWNER, owner_password="", app=APPLICATION, app_password="")
        if cluster.is_disposable:  # only the tests create databases
            admin.execute(f"ALTER ROLE {OWNER} CREATEDB")


@contextlib.contextmanager
def _lock(cluster: Cluster, report: Report) -> Iterator[None]:
    """Hold the lock of everything that starts or stops this project's clusters; it ends with the process."""
    deadline = time.monotonic() + PATIENCE
    told = False
    with _open(cluster.base / "lock") as lock:
        while not _try_lock(lock):
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"Another command has held {cluster.base / 'lock'} for too long.")
            if not told:
                report("Waiting for another command that starts or stops PostgreSQL")
                told = True
            time.sleep(0.1)
        yield


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(path: Path, flags: int = 0) -> IO[bytes]:
    """Open a file for reading and writing, created where it is missing, never through a link."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | flags, 0o600), "r+b", buffering=0)


def _address(cluster: Cluster) -> str:
    return f"host={cluster.socket_dir} port={cluster.port} user={SUPERUSER} dbname=postgres"


def _alive_file(cluster: Cluster) -> Path:
    return cluster.base / f"{cluster.purpose}.alive"


def _keep_file(cluster: Cluster) -> Path:
    return cluster.base / f"{cluster.purpose}.keep"


def _log_size(cluster: Cluster) -> int:
    """Return where new lines of the log will begin; a log that has grown large is begun anew."""
    try:
        size = cluster.log_file.stat().st_size
    except FileNotFoundError:
        return 0
    if size < LARGEST_LOG:
        return size
    cluster.log_file.replace(cluster.log_file.with_suffix(".log.1"))
    return 0
