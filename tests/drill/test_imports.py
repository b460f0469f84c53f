"""Nothing is half-written: workers killed in the middle of an import, while they check its lines and while they write."""

import uuid

import pytest
from django.db import connection

from accounts.models import Customer
from requests_app.imports import runs
from requests_app.models import ImportLine, ImportStatus
from tests.conftest import make_cast
from tests.drill import DRILL
from tests.requests_app.imports import CUSTOMERS, TENANT, csv_file, customers, started
from tests.smtp import wait_until
from tests.workers import execute, fetch, run_workers, sweep_after_dead_workers, worker_process

pytestmark = pytest.mark.usefixtures("committed_for_workers")

KILLS = 20 if DRILL else 1
LINES = 20_000 if DRILL else 4_000


@pytest.fixture(autouse=True)
def folder_of_both(settings, monkeypatch, tmp_path):
    """The worker's process finds the files that this one has kept."""
    monkeypatch.setenv("PORTAL_ATTACHMENTS_ROOT", str(tmp_path / "files"))
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = settings.STORAGES | {"attachments": storage}


def kill_in_the_middle(run, log):
    """Kill a worker once it has looked at some of the lines."""
    execute("DELETE FROM portal_cache")
    with worker_process(log=log) as process:
        wait_until(lambda: fetch("SELECT 1 FROM portal_cache WHERE cache_key LIKE %s", f"%:import-{run.pk}"))
        process.kill()
        process.wait(timeout=30)
    wait_until(nobody_else_is_connected)  # its transaction is undone once the server has noticed
    sweep_after_dead_workers()
    run_workers(queues=("cleaning",))


def nobody_else_is_connected():
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND state <> 'idle'"
    return not fetch(query, connection.settings_dict["NAME"])


def ours(cast):
    return Customer.objects.filter(partner=cast.partner).exclude(pk__in=[cast.customer.pk, cast.sibling.pk])


def test_workers_killed_while_they_import_leave_nothing_half_written(tmp_path):
    cast = make_cast()
    lines = [[TENANT.format(number), f"Customer {number}", f"c{number}.example", ""] for number in range(LINES)]
    run = started(cast, CUSTOMERS, csv_file(*customers(*lines)))
    runs.match(run, run.columns, {}, actor=cast.max)
    with (tmp_path / "log").open("wb") as log:
        for _kill in range(KILLS):
            kill_in_the_middle(run, log)
            run.refresh_from_db()
            assert (run.status, ImportLine.objects.count()) == (ImportStatus.CHECKING, 0)
        run_workers(queues=("imports",))
        run.refresh_from_db()
        assert (run.status, run.new, ImportLine.objects.count()) == (ImportStatus.CHECKED, LINES, LINES)
        runs.confirm(run, digest=run.digest, only_right=False, actor=cast.max)
        for _kill in range(KILLS):
            kill_in_the_middle(run, log)
            run.refresh_from_db()
            assert (run.status, ours(cast).count()) == (ImportStatus.WRITING, 0)
        run_workers(queues=("imports",))
    run.refresh_from_db()
    assert (run.status, ours(cast).count()) == (ImportStatus.DONE, LINES)
    assert set(ours(cast).values_list("tenant_id", flat=True)) == {
        uuid.UUID(TENANT.format(number)) for number in range(LINES)
    }
