"""``manage.py demo`` as a person runs it, on a database and in a folder of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from portal.demo import DEMO_PASSWORD, DEMO_PEOPLE

LINUX = sys.platform == "linux"


@pytest.fixture
def environment(tmp_path, worker_id):
    """A database that the owner makes and removes, and what leads the command to it."""
    owner = settings.DATABASE_OWNER
    if owner is None:
        pytest.skip("DATABASE_OWNER_URL is missing: nobody may make a database")
    database = f"test_demo_{worker_id}_{os.getpid()}"
    name = sql.Identifier(database)
    with contextlib.ExitStack() as cleanup:
        address = {
            "host": owner["HOST"],
            "port": owner["PORT"],
            "user": owner["USER"],
            "password": owner.get("PASSWORD"),
        }
        connection = cleanup.enter_context(psycopg.connect(**address, dbname="postgres", autocommit=True))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        cleanup.callback(connection.execute, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        yield os.environ | {
            "PORTAL_DEMO": "1",
            "PORTAL_VAR_DIR": str(tmp_path),
            "DATABASE_URL": url(settings.DATABASES["default"], database),
            "DATABASE_OWNER_URL": url(owner, database),
        }


def url(connection, database):
    """DATABASE_URL as django-environ reads it; the folder of a socket stands in front of the database's name."""
    login = f"{quote(connection['USER'])}:{quote(connection.get('PASSWORD', ''))}@"
    host = connection["HOST"]
    return (
        f"postgres://{login}/{host}/{database}"
        if host[0] == "/"
        else (f"postgres://{login}{host}:{connection['PORT'] or 5432}/{database}")
    )


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def demo(port, *options):
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--port", str(port), *options]


def refusal(environment, port, *options):
    command = demo(port, *options)
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 1
    return answer.stderr.strip()


@contextlib.contextmanager
def running(environment, port):
    """The demonstration, from its last line of welcome on. It has ended when the block ends."""
    process = subprocess.Popen(  # noqa: S603
        demo(port), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        else:
            pytest.fail("".join(lines))
        yield process, "".join(lines)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def get(address):
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - http, on this machine
        return answer.status


def children(pid):
    if not LINUX:
        return []
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid):
    """Where nobody waits for orphans they stay on as zombies, which do not run."""
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_demo_serves_until_it_is_interrupted_and_refuses_a_second_one(environment, port):
    with running(environment, port) as (process, said):
        assert f"The portal is ready: http://localhost:{port}/\n" in said
        assert f"Sign in with the password {DEMO_PASSWORD} as\n" in said
        assert [email for email, _ in DEMO_PEOPLE if f"  {email} " not in said] == []
        assert get(f"http://localhost:{port}/") == 200
        assert get(f"http://127.0.0.1:{port}/demo/mail/") == 200

        assert refusal(environment, port + 1) == (
            f"CommandError: The demonstration of this folder runs already: http://localhost:{port}/. "
            "Stop it with Ctrl-C where it was started."
        )
        elsewhere = environment | {"PORTAL_VAR_DIR": environment["PORTAL_VAR_DIR"] + "/another"}
        assert refusal(elsewhere, port).startswith(f"CommandError: Port {port} is in use. Choose another: PORT=")

        started = children(process.pid)
        assert len(started) == (2 if LINUX else 0)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
        assert rest.endswith("Everything has been stopped.\n")
        assert process.returncode == 0
        assert [pid for pid in started if is_running(pid)] == []
        with pytest.raises(OSError, match="refused"):
            get(f"http://127.0.0.1:{port}/")

    with running(environment, port) as (process, said):
        assert "Loading" not in said
        assert "Collecting" not in said
        assert get(f"http://localhost:{port}/") == 200


@pytest.mark.skipif(not LINUX, reason="only Linux tells a process that its parent has died")
def test_demo_takes_its_web_server_along_when_it_is_killed(environment, port):
    with running(environment, port) as (process, _):
        started = children(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 20
        while any(is_running(pid) for pid in started):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_demo_never_resets_a_database_of_somebody_else(environment, port):
    assert "DATABASE_URL is set" in refusal(environment, port, "--reset")


def test_demo_is_not_started_under_production_settings(environment, port):
    production = environment | {
        "PORTAL_DEMO": "0",
        "PORTAL_SECRET_KEY": "0123456789" * 5,
        "PORTAL_SITE_URL": "https://portal.example",
        "PORTAL_MAIL_FROM": "portal@portal.example",
    }
    assert "set PORTAL_DEMO=1" in refusal(production, port)
