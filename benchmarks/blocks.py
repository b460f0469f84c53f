"""How many blocks the statements of each page look at: a measure that does not depend on how busy the machine is.

Needs the rows of ``KEEP=1 make bench``; ``python -m benchmarks.blocks 1000000`` (one scale at a time).
"""

import datetime
import os
import sys

from benchmarks import pages, seed
from benchmarks.desk import superuser
from benchmarks.driver import Visitor
from benchmarks.site import PROJECT, addresses, set_django_up

READS = ("SELECT", "(", "WITH")


def blocks_of(statements: list[str], user: int) -> int:
    """Run statements once more as ``user``; return how many blocks they look at."""
    from django.db import connection

    from portal.lib.acting import acting_as

    total = 0
    for statement in statements:
        with acting_as(user), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
            plan = cursor.fetchone()[0][0]["Plan"]
        total += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return total


def main() -> None:
    from portal.lib.embedded_postgres import cluster_for, hold

    shape = seed.Shape(int(sys.argv[1]))
    found, name = cluster_for(PROJECT, "bench"), f"bench_{shape.requests}"
    os.environ |= addresses(found, name) | {"PORTAL_SECOND_FACTOR_REQUIRED": "0"}
    with hold(found), superuser(found, name) as rows:
        rows.execute("VACUUM (ANALYZE, INDEX_CLEANUP ON)")  # what was claimed and taken back has left dead rows
        rows.execute("SET portal.acting = 'site'")
        world = pages.look_around(rows, shape, datetime.datetime.now(datetime.UTC))
        set_django_up()
        from django.db import connection, connections
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        from accounts.models import User
        from portal.lib.acting import SITE, acting_as

        client = Client(headers={"host": "127.0.0.1"})
        with acting_as(SITE):
            agent = User.objects.get(email="agent1@example.com")
            client.force_login(agent)
        print("| page | statements | blocks |\n|---|---|---|")
        for page in pages.pages():
            if page.writes:
                continue
            path = page.site(world)(Visitor(0), 0, 3).path
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            asked = [one["sql"] for one in captured.captured_queries]
            reads = [sql for sql in asked if sql.startswith(READS) and "set_config" not in sql]
            print(f"| {page.name} | {len(asked)} | {blocks_of(reads, agent.pk):,} |", flush=True)
        connections.close_all()


if __name__ == "__main__":
    main()
