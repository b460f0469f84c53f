"""Rows that somebody else holds: waiting for them, and no longer than makes sense."""

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable


def wait_at_most(seconds: int) -> None:
    """Let every statement until the end of the transaction wait so long for a row that is locked, then raise.

    What it raises is Django's OperationalError; :func:`was_held` tells it from others.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds}s"])


def was_held(error: OperationalError) -> bool:
    """Return whether a statement gave up because somebody else held a row for too long."""
    return isinstance(error.__cause__, LockNotAvailable)
