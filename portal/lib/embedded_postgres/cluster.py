"""Where a cluster lives and under which account: decided from the project's path, without side effects."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Purpose = Literal["demo", "test", "bench"]
PURPOSES: tuple[Purpose, ...] = ("demo", "test", "bench")

UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")
"""Accounts that a server started by root runs under, best first: PostgreSQL refuses to run as root."""

STATE_FOLDER = Path("/var/lib")
"""Where root keeps data of a project that only root may enter. Not a temporary folder: cleaners delete single
old files there, and a database that lost some of its files is worse than none."""

SOCKET_FOLDER = Path("/tmp")  # noqa: S108 - a short path (the limit is 107 bytes); private_folder() checks what it finds

DATABASE = "portal"


class EmbeddedPostgresError(Exception):
    """The embedded server cannot do what was asked; the message says what to do about it."""


@dataclass(frozen=True)
class Cluster:
    """One embedded server: its folders, its socket and the account it runs under."""

    purpose: Purpose
    data_dir: Path
    socket_dir: Path
    port: int
    """Only the number in the socket's name: the server listens on no network address."""
    account: str | None
    """The account of a server that root starts; None where the server runs as oneself."""

    @property
    def base(self) -> Path:
        """The folder of everything that belongs to this project's clusters: data, logs, locks."""
        return self.data_dir.parent

    @property
    def log_file(self) -> Path:
        """The server's log: beside the data, in a folder that the server's account cannot write to."""
        return self.base / f"{self.purpose}.log"

    @property
    def is_disposable(self) -> bool:
        """True for the tests' cluster, which runs without fsync and is made afresh rather than mended."""
        return self.purpose == "test"

    @property
    def owner_ids(self) -> tuple[int, int]:
        """User id and group id of the server's processes and of its data."""
        if self.account is None:
            return os.geteuid(), os.getegid()
        entry = pwd.getpwnam(self.account)
        return entry.pw_uid, entry.pw_gid

    def django_settings(self, user: str) -> dict[str, Any]:
        """Return the part of Django's DATABASES entry that names this cluster's database, seen as ``user``.

        ``requirepeer`` lets the client refuse a server of another account that waits on this socket's path.
        """
        settings: dict[str, Any] = {
            "HOST": str(self.socket_dir),
            "PORT": str(self.port),
            "USER": user,
            "NAME": DATABASE,
        }
        if account := _account_name(self.owner_ids[0]):
            settings["OPTIONS"] = {"requirepeer": account}
        return settings


def cluster_for(project_dir: Path, purpose: Purpose = "demo") -> Cluster:
    """Return the cluster of the checkout in ``project_dir``; the same path always gives the same cluster.

    Data lie in ``<project>/.postgres/<purpose>``. Where root runs the command and the server's account may
    not enter the project's folder, they lie under ``/var/lib`` instead: modes of folders above the project
    are never changed. No side effects.
    """
    project = project_dir.resolve()
    digest = hashlib.sha256(os.fsencode(project)).hexdigest()[:12]
    base, account = project / ".postgres", None
    if os.geteuid() == 0:
        base, account = _place_for_root(project, purpose, STATE_FOLDER / f"csp-portal-{digest}")
    uid = os.geteuid() if account is None else account.pw_uid
    return Cluster(
        purpose=purpose,
        data_dir=base / purpose,
        socket_dir=SOCKET_FOLDER / f"csp-portal-{digest}-{uid}-{purpose}",
        port=5432,
        account=account.pw_name if account else None,
    )


def _place_for_root(project: Path, purpose: Purpose, elsewhere: Path) -> tuple[Path, pwd.struct_passwd | None]:
    """Return base folder and account: those of existing data if there are any, so that both stay the same."""
    inside = project / ".postgres"
    for base in (inside, elsewhere):
        account = _owner(base / purpose)
        if account and account.pw_uid != 0 and (base is elsewhere or _may_enter(project, account)):
            return base, account
    account = _unprivileged_account()
    return (inside if account is None or _may_enter(project, account) else elsewhere), account


def base_folder(cluster: Cluster) -> None:
    """Create the folder that holds data, logs and locks, or check that it is one's own.

    Raises EmbeddedPostgresError where it belongs to another account, which may be an honest mix of ``sudo
    make`` and ``make``: acting as root inside somebody else's folder would let them choose which files root
    changes.
    """
    if not cluster.base.parent.is_dir():
        raise EmbeddedPostgresError(f"The folder {cluster.base.parent} does not exist.")
    try:
        cluster.base.mkdir(mode=0o755)
        cluster.base.chmod(0o755)  # the server's account passes through, whatever the umask
    except FileExistsError:
        _check_owner(cluster.base, os.geteuid())


def private_folder(path: Path, uid: int, gid: int) -> None:
    """Create ``path`` as a folder that only ``uid`` may enter, or check that it is exactly that.

    Raises EmbeddedPostgresError for a link, another owner or an open mode: in a folder that everybody may
    write to, another local user may have put it there first.
    """
    try:
        path.mkdir(mode=0o700)
        path.chmod(0o700)
        os.chown(path, uid, gid, follow_symlinks=False)
    except FileExistsError:
        _check_owner(path, uid)
        if path.lstat().st_mode & 0o077:
            raise EmbeddedPostgresError(f"{path} is open to other users. Remove it and try again.") from None
    except OSError as error:
        raise EmbeddedPostgresError(f"Cannot make the folder {path} for the database: {error}") from error


def is_private_folder(path: Path, uid: int) -> bool:
    """Return whether ``path`` is a real folder that belongs to ``uid`` and is closed to everybody else."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


def _check_owner(path: Path, uid: int) -> None:
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EmbeddedPostgresError(f"{path} is not a folder. Remove it and try again.")
    if found.st_uid != uid:
        raise EmbeddedPostgresError(
            f"{path} belongs to {_account_name(found.st_uid) or found.st_uid}, "
            f"not to {_account_name(uid) or uid}. Run this as the user who made it, or remove it first."
        )


def _unprivileged_account() -> pwd.struct_passwd | None:
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return entry
    return None


def _may_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    """Return whether the account may pass through ``folder`` and every folder above it, by their modes."""
    for path in (folder, *folder.parents):
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        if found.st_uid == account.pw_uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.pw_gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


def _owner(path: Path) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(path.lstat().st_uid)
    except (OSError, KeyError):
        return None


def _account_name(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
