"""Ways of asking that were tried and thrown away, beside those that are used: what each looks at, at the largest scale.

Needs the rows of ``KEEP=1 make bench``; ``python -m benchmarks.alternatives 1000000``. The statements run as the
application's role in the name of an agent of the first partner, row level security included. Blocks do not depend on
how busy the machine is; milliseconds are medians of ``REPEATS``.
"""

import os
import statistics
import sys
from typing import Any

import psycopg

from benchmarks.seed import Shape
from benchmarks.site import PROJECT

REPEATS = 7
OPEN = "status IN ('submitted', 'in_review', 'waiting', 'approved', 'failed')"
REQUESTS = "FROM requests_app_subscriptionrequest WHERE partner_id = 1"
NEWEST = "ORDER BY submitted_at DESC, id DESC"
STEPS: dict[str, dict[str, str]] = {
    "half-way down what is closed": {
        "OFFSET": f"SELECT id {REQUESTS} AND closed_at IS NOT NULL {NEWEST} LIMIT 26 OFFSET {{offset}}",
        "a > x OR (a = x AND b > y)": f"SELECT id {REQUESTS} AND closed_at IS NOT NULL AND (submitted_at < '{{at}}'"
        f" OR (submitted_at = '{{at}}' AND id < {{half}})) {NEWEST} LIMIT 26",
        "(a, b) > (x, y): used": f"SELECT id {REQUESTS} AND closed_at IS NOT NULL"
        f" AND (submitted_at, id) < ('{{at}}', {{half}}) {NEWEST} LIMIT 26",
    },
    "how many there are": {
        "count(*) of all": f"SELECT count(*) {REQUESTS}",
        "count(*) of the first 1,001: used": f"SELECT count(*) FROM (SELECT id {REQUESTS} LIMIT 1001) counted",
    },
    "mine and nobody's, soonest first": {
        "one condition": f"SELECT id {REQUESTS} AND ({OPEN} AND assignee_id = {{agent}} OR status = 'submitted')"
        " ORDER BY deadline, id LIMIT 26",
        "two parts, each from an index: used": f"(SELECT id, deadline {REQUESTS} AND {OPEN} AND assignee_id = {{agent}}"
        f" ORDER BY deadline, id LIMIT 26) UNION ALL (SELECT id, deadline {REQUESTS} AND status = 'submitted'"
        " ORDER BY deadline, id LIMIT 26) ORDER BY deadline, id LIMIT 26",
    },
    "the years that there are requests of": {
        "date_hierarchy's DISTINCT": f"SELECT DISTINCT date_trunc('year', submitted_at) {REQUESTS} ORDER BY 1",
        "none: used": "SELECT 1",
    },
    "a number": {
        "icontains": f"SELECT id {REQUESTS} AND upper(number) LIKE upper('%{{number}}%') LIMIT 26",
        "LIKE 'R-…%'": f"SELECT id {REQUESTS} AND number LIKE '{{number}}%' LIMIT 26",
        "from ~>=~ to ~<~: used": f"SELECT id {REQUESTS} AND number ~>=~ '{{number}}' AND number ~<~ '{{number}}:' LIMIT 26",
    },
    "a customer's name": {
        "icontains, joined": "SELECT r.id FROM requests_app_subscriptionrequest r JOIN accounts_customer c"
        " ON c.id = r.customer_id WHERE r.partner_id = 1 AND upper(c.name) LIKE upper('%{name}%')"
        " ORDER BY r.submitted_at DESC, r.id DESC LIMIT 26",
        "lower(name) LIKE '…%'": "SELECT id FROM accounts_customer WHERE partner_id = 1 AND lower(name) LIKE '{folded}%'",
        "a folded column, from ~>=~ to ~<~: used": "SELECT id FROM accounts_customer WHERE partner_id = 1"
        " AND name_folded ~>=~ '{folded}' AND name_folded ~<~ '{folded}:'",
    },
}


def explained(connection: psycopg.Connection[Any], statement: str, agent: int) -> tuple[int, float]:
    """Return how many blocks a statement looks at, and how many milliseconds it takes, planning included."""
    took, blocks = [], 0
    for _ in range(REPEATS):
        with connection.transaction():
            connection.execute("SELECT set_config('portal.acting', %s, true)", [str(agent)])
            row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}").fetchone()
        assert row is not None
        plan = row[0][0]
        took.append(plan["Planning Time"] + plan["Execution Time"])
        blocks = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return blocks, statistics.median(took)


def main() -> None:
    from portal.lib.embedded_postgres import cluster_for, hold

    shape = Shape(int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SCALE", "1000000")))
    found = cluster_for(PROJECT, "bench")
    where: dict[str, Any] = {"host": str(found.socket_dir), "port": found.port, "dbname": f"bench_{shape.requests}"}
    half, customer = shape.requests // 2, shape.customers_of_first // 20
    with (
        hold(found),
        psycopg.connect(**where, user="postgres") as superuser,
        psycopg.connect(**where, user="portal_app", autocommit=True) as application,
    ):
        row = superuser.execute(
            "SELECT submitted_at::text FROM requests_app_subscriptionrequest WHERE id = %s", [half]
        ).fetchone()
        assert row is not None
        values: dict[str, Any] = {"half": half, "at": row[0], "offset": round(0.45 * shape.requests)}
        values |= {"agent": shape.team_of(1)[0], "number": shape.number_of(half)}
        values |= {"name": shape.name_of(customer), "folded": shape.name_of(customer).lower()}
        print("| question | way | blocks | ms |\n|---|---|---|---|")
        for question, ways in STEPS.items():
            for way, statement in ways.items():
                blocks, took = explained(application, statement.format(**values), values["agent"])
                print(f"| {question} | {way.replace('|', '')} | {blocks:,} | {took:.1f} |", flush=True)


if __name__ == "__main__":
    main()
