"""On whose behalf the database is asked: row level security shows and takes that person's rows, and no others.

The policies (migrations named ``second_wall``) read one setting of the transaction, ``portal.acting``. Where nothing
has set it, every protected table raises an error: a job, a command or a streamed answer that forgets to say who is
acting fails loudly instead of coming out empty.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction

SITE = "site"
"""The site itself: jobs, commands and the few functions that must see beyond one person's rows."""

NOBODY = "nobody"
"""A visitor who has not signed in: no tenant's rows."""


@contextmanager
def acting_as(who: int | str) -> Iterator[None]:
    """Run the block in a transaction that acts as ``who``: the primary key of a person, ``SITE`` or ``NOBODY``.

    Inside another transaction the block is a savepoint, and afterwards whoever acted before acts again. An exception
    rolls back what the block wrote.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _exchange(str(who), "")
        yield
        if nested and not connection.needs_rollback:
            _exchange(*before)


def act_as(who: int | str) -> None:
    """Go on as somebody else until the end of the block of :func:`acting_as` that this is called in."""
    _exchange(str(who), "")


def look_people_up(who: int | str) -> None:
    """Act as ``who`` and, until the end of the block, find any person by their address: signing in needs that.

    It opens the tables of people, their addresses, second factors and memberships to reading; no other tenant's rows.
    """
    _exchange(str(who), "on")


def looks_people_up[View: Callable[..., Any]](view: View) -> View:
    """Mark a view that signs somebody in; it runs under :func:`look_people_up`. Those of allauth need no mark."""
    view.looks_people_up = True  # type: ignore[attr-defined]
    return view


def must_look_people_up(view: Callable[..., Any]) -> bool:
    """Return whether ``view`` is one that signs people in or keeps how they do."""
    return getattr(view, "looks_people_up", False) or view.__module__.startswith("allauth.")


def _exchange(who: str, looking_up: str) -> tuple[str, str]:
    """Set both settings for the rest of the transaction; return what they were."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Acting as somebody lasts as long as a transaction: open one.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('portal.acting', true), ''), set_config('portal.acting', %s, true),"
            " coalesce(current_setting('portal.looking_up', true), ''), set_config('portal.looking_up', %s, true)",
            [who, looking_up],
        )
        before = cursor.fetchone()
    return before[0], before[2]


class WhoActs(models.Func):
    """The primary key of the person that the transaction acts as; null: the site, or nobody."""

    template = (
        "CASE WHEN current_setting('portal.acting', true) ~ '^[0-9]+$' "
        "THEN current_setting('portal.acting', true)::bigint END"
    )
    output_field = models.BigIntegerField()


class ClockTimestamp(models.Func):
    """The moment of the statement. PostgreSQL's ``now()`` is that of the transaction, which may have waited since."""

    template = "clock_timestamp()"
    output_field = models.DateTimeField()
