"""Real workers: in this process until nothing is due, or in a process of their own that can be killed."""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from portal.lib import jobs
from portal.tasks import sweep_stalled_jobs
from tests import database


def run_workers(count=1, queues=("mail",), seconds=None, periodic=(), **options):
    """Run workers side by side until nothing is due any more, or for some seconds. They read what is committed.

    They enqueue no periodic jobs but those given, as they stand in the registry of procrastinate.
    """

    async def side_by_side():
        how = {"queues": list(queues), "wait": bool(seconds), "install_signal_handlers": False, "listen_notify": False}
        async with app.open_async():
            workers = [asyncio.create_task(app.run_worker_async(**how | options)) for _ in range(count)]
            await asyncio.wait(workers, timeout=seconds)
            for worker in workers:
                if not worker.done():
                    worker.cancel()  # it ends in order
            ended = await asyncio.gather(*workers, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one

    registered, app.periodic_registry.periodic_tasks = app.periodic_registry.periodic_tasks, dict(periodic)
    try:
        # In a thread of its own: where a browser test ran before, Playwright's event loop runs in this one.
        with app.replace_connector(app.connector.get_worker_connector()), ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, side_by_side()).result()
    finally:
        app.periodic_registry.periodic_tasks = registered


@contextmanager
def task(function, **options):
    """A task that exists for as long as the block, in the queue ``test``."""
    made = app.task(name=f"tests.{function.__name__}", queue="test", **options)(function)
    try:
        yield made
    finally:
        del app.tasks[made.name]


@contextmanager
def worker_process(smtp_port=0, log=None):
    """A worker as production runs it: ``manage.py procrastinate worker``. It is stopped where the block ends."""
    environment = os.environ | {
        "PORTAL_DEMO": "1",
        "DATABASE_URL": database.address(),
        "PORTAL_DEMO_SMTP_PORT": str(smtp_port),
        "PORTAL_SMTP_TIMEOUT": "2",
    }
    command = [sys.executable, "-W", "ignore", str(settings.BASE_DIR / "manage.py"), "procrastinate", "worker"]
    process = subprocess.Popen(  # noqa: S603
        command, env=environment, stdin=subprocess.DEVNULL, stdout=log or subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def forget_all_jobs():
    """Empty procrastinate's tables: what a test commits to them outlives it."""
    for table in ("procrastinate_periodic_defers", "procrastinate_jobs", "procrastinate_workers"):
        execute(f"DELETE FROM {table}")


def the_pause_is_over():
    """Let every job that waits for its next turn be due now, and forget that the mail server was down."""
    cache.clear()
    execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()")
    execute("DELETE FROM portal_cache")


def sweep_after_dead_workers():
    """Let half a minute pass for the workers that were killed (nobody else runs), and have the next one sweep."""
    execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    with suppress(AlreadyEnqueued):  # the minute was up
        jobs.enqueue(sweep_stalled_jobs, timestamp=0)


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def fetch(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
