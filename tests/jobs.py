"""Run the jobs that a test's transaction has enqueued, as the worker would: by name and with their stored arguments."""

import json
import re
from contextlib import contextmanager

from django.core import mail as outbox
from django.db import connection
from procrastinate.contrib.django import app


@contextmanager
def nobody_has_said_who_acts():
    """Run the block as a worker, a command or a shell begins: tests otherwise act as the site."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.acting', '', false)")
    try:
        yield
    finally:
        if not connection.needs_rollback:  # else the rollback puts it back
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('portal.acting', 'site', false)")


def run_jobs(until: str = "") -> int:
    """Run every waiting job, oldest first, those that jobs enqueue too; return how many. ``until`` names a last kind."""
    ran = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs WHERE status = 'todo'"
                " AND task_name LIKE %s) RETURNING task_name, args",
                [f"%{until}%"],
            )
            job = cursor.fetchone()
        if job is None:
            return ran
        name, arguments = job
        with nobody_has_said_who_acts():
            app.tasks[name](**(arguments if isinstance(arguments, dict) else json.loads(arguments)))
        ran += 1


def mailed_link() -> str:
    """Send what waits, and return the path that the newest invitation's mail leads to."""
    run_jobs()
    links = [re.search(r"http://[^/]+(/invitation/[^/\s]+/)", message.body) for message in outbox.outbox]
    return [link.group(1) for link in links if link][-1]
