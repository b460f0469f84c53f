"""What partitions would bring: the queue's queries over one table and over two ways of cutting it, on a copy.

The copy has the columns, and the indexes, of the table of requests, in a database of its own without the site's walls.
One process, no parallel workers; each query is run ``REPEATS`` times after a warm-up and the median of what EXPLAIN
ANALYZE says is kept, planning and execution apart. ``make bench-partitions ROWS=10000000`` (a quarter of an hour).
"""

import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from portal.lib.embedded_postgres import cluster_for, hold, reset

ROWS = int(os.environ.get("ROWS", "10000000"))
MONTHS, REPEATS, OPEN = 60, 15, 13_500
FOLDER = Path(__file__).resolve().parent.parent / "var" / "partitions"

COLUMNS = """
  id bigint NOT NULL, number varchar(12) NOT NULL, kind varchar(20) NOT NULL, customer_id bigint NOT NULL,
  partner_id bigint NOT NULL, author_id bigint NOT NULL, assignee_id bigint, subscription_id bigint,
  cancel_when varchar(20) NOT NULL, seats integer, note text NOT NULL, status varchar(20) NOT NULL,
  deadline timestamptz NOT NULL, escalation smallint NOT NULL, facts jsonb NOT NULL, preview jsonb NOT NULL,
  version integer NOT NULL, external_reference varchar(100) NOT NULL, submitted_at timestamptz NOT NULL,
  closed_at timestamptz
"""
OPEN_STATES = "status IN ('submitted', 'in_review', 'waiting', 'approved', 'failed')"
INDEXES = [
    f"(partner_id, deadline, id) INCLUDE (customer_id, status, assignee_id) WHERE {OPEN_STATES}",
    f"(deadline, id) WHERE {OPEN_STATES} AND escalation < 2",
    "(partner_id, submitted_at DESC, id DESC) INCLUDE (customer_id)",
    "(customer_id, submitted_at DESC, id DESC) INCLUDE (partner_id)",
    "(author_id)",
    "(assignee_id)",
    "(subscription_id)",
    "(number)",
    "(partner_id, id DESC)",
    "(partner_id, closed_at DESC, id DESC) WHERE closed_at IS NOT NULL",
]
# The first partner has nine tenths of everything; what is open is the newest, with the same 400 of the first partner.
FILL = f"""
INSERT INTO {{table}}
SELECT r, 'R-' || lpad((r * 387420489 %% 1000000000)::text, 9, '0'),
       (ARRAY['purchase', 'cancellation', 'more_seats', 'fewer_seats', 'end_of_term'])[1 + r %% 5],
       1 + r * 7919 %% 200000, partner, 1 + r * 104729 %% 200000, CASE WHEN open AND r %% 3 = 0 THEN NULL ELSE 1 + r %% 8 END,
       CASE WHEN r %% 5 = 0 THEN NULL ELSE 1 + r * 7919 %% 1000000 END, '', NULL, 'For new colleagues in the second office',
       CASE WHEN NOT open THEN (ARRAY['completed', 'completed', 'completed', 'declined', 'withdrawn'])[1 + r %% 5]
            WHEN r %% 3 = 0 THEN 'submitted' ELSE 'in_review' END,
       at + interval '2 days', 0, '{{{{"quantity": 25}}}}', '{{{{"lines": [{{{{"code": "starts", "on": "2026-11-25"}}}}]}}}}', 1,
       CASE WHEN open THEN '' ELSE 'ORDER-' || r END, at, CASE WHEN open THEN NULL ELSE at + interval '7 hours' END
FROM (SELECT r, %(start)s::timestamptz + r * (interval '{MONTHS} months' / %(rows)s) AS at, r > %(rows)s - {OPEN} AS open,
             CASE WHEN r > %(rows)s - {OPEN} THEN CASE WHEN r %% 33 = 0 THEN 1 ELSE 2 + r %% 50 END
                  WHEN r %% 10 < 9 THEN 1 ELSE 2 + r %% 50 END AS partner
      FROM generate_series({{first}}::bigint, {{last}}::bigint) r) rows
"""
START = "2021-12-01 00:00+00"

WORK = f"partner_id = 1 AND {OPEN_STATES}"
CLOSED = "partner_id = 1 AND closed_at IS NOT NULL"
# The last four are put as a partitioned table would want them put: they name what it is cut by.
QUERIES = {
    "working set, page 1": f"SELECT * FROM requests WHERE {WORK} ORDER BY deadline, id LIMIT 26",
    "its counts": f"SELECT count(*), count(*) FILTER (WHERE status = 'submitted'), count(*) FILTER (WHERE assignee_id = 1)"
    f" FROM requests WHERE {WORK}",
    "claim the next (SKIP LOCKED)": f"SELECT * FROM requests WHERE {WORK} AND status = 'submitted' ORDER BY deadline, id"
    " LIMIT 1 FOR UPDATE SKIP LOCKED",
    "everything, page 1": "SELECT * FROM requests WHERE partner_id = 1 ORDER BY submitted_at DESC, id DESC LIMIT 26",
    "closed, page 1": f"SELECT * FROM requests WHERE {CLOSED} ORDER BY submitted_at DESC, id DESC LIMIT 26",
    "closed, half-way down": f"SELECT * FROM requests WHERE {CLOSED} AND submitted_at <= '{{middle}}'"
    " AND (submitted_at, id) < ('{middle}', {half}) ORDER BY submitted_at DESC, id DESC LIMIT 26",
    "one by its id": "SELECT * FROM requests WHERE id = {half}",
    "one by its number": "SELECT * FROM requests WHERE number = '{number}'",
    "a customer's, page 1": "SELECT * FROM requests WHERE customer_id = 4711 ORDER BY submitted_at DESC, id DESC LIMIT 26",
    "a month's figures": "SELECT kind, count(*) FROM requests WHERE partner_id = 1 AND submitted_at >= '2026-03-01 00:00+00'"
    " AND submitted_at < '2026-04-01 00:00+00' GROUP BY kind",
    "working set, closed_at IS NULL": f"SELECT * FROM requests WHERE {WORK} AND closed_at IS NULL ORDER BY deadline, id LIMIT 26",
    "working set, id >= the oldest open": f"SELECT * FROM requests WHERE {WORK} AND id >= {ROWS - OPEN}"
    " ORDER BY deadline, id LIMIT 26",
    "everything by id, half-way down": "SELECT * FROM requests WHERE partner_id = 1 AND id < {half} ORDER BY id DESC LIMIT 26",
    "closed by closed_at, half-way down": f"SELECT * FROM requests WHERE {CLOSED} AND closed_at <= '{{middle}}'"
    " AND (closed_at, id) < ('{middle}', {half}) ORDER BY closed_at DESC, id DESC LIMIT 26",
}


def one_table(connection: psycopg.Connection[Any]) -> None:
    connection.execute(f"CREATE TABLE requests ({COLUMNS}, PRIMARY KEY (id))")


def by_month_of_id(connection: psycopg.Connection[Any]) -> None:
    """Cut by id at the turn of each month: ids grow with time, and the primary key stays what others refer to."""
    connection.execute(f"CREATE TABLE requests ({COLUMNS}, PRIMARY KEY (id)) PARTITION BY RANGE (id)")
    for month in range(MONTHS):
        first, last = (1 + number * ROWS // MONTHS for number in (month, month + 1))
        connection.execute(f"CREATE TABLE requests_{month} PARTITION OF requests FOR VALUES FROM ({first}) TO ({last})")
    connection.execute("CREATE TABLE requests_rest PARTITION OF requests DEFAULT")


def open_and_by_month_of_closing(connection: psycopg.Connection[Any]) -> None:
    """What is open in one part, what is closed by the month of its closing: the key of others must name both."""
    connection.execute(f"CREATE TABLE requests ({COLUMNS}) PARTITION BY RANGE (closed_at)")
    for month in range(MONTHS + 1):
        bounds = [f"timestamptz '{START}' + interval '{number} months'" for number in (month, month + 1)]
        first, last = (connection.execute(f"SELECT ({bound})::text").fetchone()[0] for bound in bounds)  # type: ignore[index]
        connection.execute(
            f"CREATE TABLE requests_{month} PARTITION OF requests FOR VALUES FROM ('{first}') TO ('{last}')"
        )
    connection.execute("CREATE TABLE requests_open PARTITION OF requests DEFAULT")
    connection.execute("CREATE INDEX ON requests (id)")


LAYOUTS = {
    "one table": one_table,
    "by month (ranges of id)": by_month_of_id,
    "open apart, closed by month": open_and_by_month_of_closing,
}


@contextmanager
def database() -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to an empty database of its own; afterwards its server is stopped and its data are deleted."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = cluster_for(FOLDER, "bench")
    reset(cluster)
    try:
        with (
            hold(cluster, durable=False),
            psycopg.connect(
                host=str(cluster.socket_dir), user="postgres", dbname="postgres", autocommit=True
            ) as connection,
        ):
            connection.execute("SET max_parallel_workers_per_gather = 0")
            connection.execute("SET max_parallel_maintenance_workers = 0")
            connection.execute("SET maintenance_work_mem = '512MB'")
            connection.execute("SET jit = off")
            yield connection
    finally:
        reset(cluster)


def fill(connection: psycopg.Connection[Any]) -> None:
    for first in range(1, ROWS + 1, 1_000_000):
        last = min(first + 999_999, ROWS)
        statement = FILL.format(table="requests", first=first, last=last)
        connection.execute(statement, {"start": START, "rows": ROWS})
    for index in INDEXES:
        connection.execute(f"CREATE INDEX ON requests {index}")
    connection.execute("VACUUM (ANALYZE) requests")


def explained(connection: psycopg.Connection[Any], query: str) -> tuple[float, float, int]:
    """Return milliseconds of planning and of execution (medians), and how many blocks one execution looks at."""
    plans = []
    for _ in range(REPEATS + 2):
        row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}").fetchone()
        assert row is not None
        plans.append(row[0][0] if isinstance(row[0], list) else json.loads(row[0])[0])
    plans = plans[2:]
    blocks = plans[-1]["Plan"]["Shared Hit Blocks"] + plans[-1]["Plan"]["Shared Read Blocks"]
    return (
        statistics.median(plan["Planning Time"] for plan in plans),
        statistics.median(plan["Execution Time"] for plan in plans),
        blocks,
    )


def writes(connection: psycopg.Connection[Any]) -> dict[str, float]:
    """Return milliseconds of what writes: claiming and closing a request (medians of 50), letting the oldest month go."""
    took: dict[str, list[float]] = {"claim": [], "close": []}
    waiting = connection.execute(
        f"SELECT id FROM requests WHERE {OPEN_STATES} AND status = 'submitted' LIMIT 50"
    ).fetchall()
    for (pk,) in waiting:
        for step, change in (
            ("claim", "status = 'in_review', assignee_id = 1"),
            ("close", "status = 'completed', closed_at = '2026-11-20 12:00+00'"),
        ):
            began = time.perf_counter()
            connection.execute(f"UPDATE requests SET {change} WHERE id = %s", [pk])
            took[step].append(1000 * (time.perf_counter() - began))
    medians = {step: statistics.median(times) for step, times in took.items()}
    part = connection.execute("SELECT to_regclass('requests_0')").fetchone()
    began = time.perf_counter()
    if part and part[0]:
        connection.execute("DROP TABLE requests_0")
    else:
        connection.execute(f"DELETE FROM requests WHERE id <= {ROWS // MONTHS}")
        connection.execute("VACUUM (INDEX_CLEANUP ON) requests")
    return medians | {"let the oldest month go": 1000 * (time.perf_counter() - began)}


def main() -> None:
    results: dict[str, dict[str, tuple[float, float, int]]] = {}
    notes: dict[str, dict[str, float]] = {}
    half = ROWS // 2
    number = f"R-{half * 387420489 % 1000000000:09d}"
    for name, make in LAYOUTS.items():
        with database() as connection:
            began = time.perf_counter()
            make(connection)
            fill(connection)
            row = connection.execute(f"SELECT submitted_at::text FROM requests WHERE id = {half}").fetchone()
            assert row is not None
            size = connection.execute(
                "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('requests')"
                if name != "one table"
                else "SELECT pg_total_relation_size('requests')"
            ).fetchone()
            assert size is not None
            print(f"{name}: filled in {time.perf_counter() - began:.0f} s", flush=True)
            results[name] = {
                title: explained(connection, query.format(middle=row[0], half=half, number=number))
                for title, query in QUERIES.items()
            }
            notes[name] = {"size, GB": float(size[0]) / 1e9} | writes(connection)
    report(results, notes)


def report(results: dict[str, dict[str, tuple[float, float, int]]], notes: dict[str, dict[str, float]]) -> None:
    print(
        f"\n{ROWS:,} rows, {MONTHS} months, {OPEN:,} open; milliseconds of execution (and planning); blocks looked at\n"
    )
    print("| query | " + " | ".join(results) + " |\n|---|" + "---|" * len(results))
    for title in QUERIES:
        cells = [f"{run:.2f} ({plan:.2f}); {blocks}" for plan, run, blocks in (one[title] for one in results.values())]
        print(f"| {title} | " + " | ".join(cells) + " |")
    for title in next(iter(notes.values())):
        print(f"| {title} | " + " | ".join(f"{one[title]:.2f}" for one in notes.values()) + " |")


if __name__ == "__main__":
    main()
