"""The rows that are measured are rows that the site could have: the database says so, foreign keys included."""

import datetime
from collections import Counter

import psycopg
import pytest
from django.conf import settings
from django.db import connection as application
from django.utils import timezone

from benchmarks import seed

SHAPE = seed.Shape(3_000)
TABLES = ("accounts_partner", "accounts_customer", "accounts_user", *(f"requests_app_{one}" for one in (
    "product", "offer", "subscription", "subscriptionrequest", "requestline", "requestevent"
)))  # fmt: skip


@pytest.fixture
def superuser(django_db_setup):
    """Everything is done in one transaction, which is rolled back."""
    if settings.CLUSTER is None:
        pytest.skip("the rows are written as the superuser of the embedded PostgreSQL")
    where = {"host": str(settings.CLUSTER.socket_dir), "port": settings.CLUSTER.port, "user": "postgres"}
    with psycopg.connect(**where, dbname=application.settings_dict["NAME"]) as found:
        for table in TABLES:
            (sequence,) = found.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table]).fetchone()
            found.execute(f"ALTER SEQUENCE {sequence} RESTART")
        yield found
        found.rollback()


def test_every_row_keeps_every_constraint(superuser):
    seed.fill(superuser, SHAPE, timezone.now(), "!")
    superuser.execute("SET CONSTRAINTS ALL IMMEDIATE")
    keys = superuser.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
        [list(seed.UNCHECKED)],
    ).fetchall()
    assert len(keys) >= 10
    for table, name, definition in keys:
        superuser.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}", ADD CONSTRAINT "{name}" {definition}')
    ((count,),) = superuser.execute("SELECT count(*) FROM requests_app_subscriptionrequest").fetchall()
    assert count == SHAPE.requests


def test_triggers_and_sequences_are_left_as_they_were(superuser):
    seed.fill(superuser, SHAPE, timezone.now(), "!")
    off = superuser.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O' AND tgrelid = ANY(%s::regclass[])", [
        list(seed.UNCHECKED)
    ]).fetchall()  # fmt: skip
    assert off == []
    ((number,),) = superuser.execute("SELECT next_request_number()").fetchall()
    assert number == SHAPE.number_of(SHAPE.requests + 1)


def test_what_is_open_stays_as_much_at_every_scale():
    for requests in (10_000, 30_000):
        shape = seed.Shape(requests)
        found = Counter(
            request[12] for request, _, _ in seed.rows(shape, timezone.now()) if request[4] == 1 and request[19] is None
        )
        assert found == seed.OPEN_OF_FIRST
    assert seed.Shape(10_000).open == 500
    assert [seed.Shape(10**power).partners for power in (4, 5, 6, 7)] == [2, 6, 18, 54]


def test_each_of_the_team_has_more_than_a_page_in_hand():
    held = Counter(
        request[6]
        for request, _, _ in seed.rows(seed.Shape(10_000), timezone.now())
        if request[4] == 1 and request[19] is None and request[6]
    )
    assert len(held) == seed.TEAM
    assert min(held.values()) > 25


def test_the_same_scale_gives_the_same_rows():
    now = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    assert list(seed.rows(SHAPE, now)) == list(seed.rows(SHAPE, now))
