"""The desk beside a plain Django admin over the same rows, at several scales, in one run.

``make bench`` (SCALES="10000 100000 1000000" ROUNDS=5; PAGES="search mine" measures what has one of the words in its
name; KEEP=1 keeps the rows for the next run). Everything runs at once, and one thing at a time is asked: in each round
each page is asked for at each scale of the site, of the plain admin and of the site again. What is compared was measured in the same
round; what is printed is the median over the rounds.
"""

import datetime
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks import bare, figures, seed
from benchmarks.driver import Block, Visitor, crowd
from benchmarks.pages import LIMIT, Page, World, look_around, pages
from benchmarks.report import Measured, report
from benchmarks.servers import BARE, PLAIN, SITE, THREADS, WORKERS, Server
from benchmarks.site import PROJECT, addresses, set_django_up

SCALES = [int(one) for one in os.environ.get("SCALES", "10000 100000 1000000").split()]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
WORDS = os.environ.get("PAGES", "").split()
KEEP = os.environ.get("KEEP", "") == "1"
CALLS_ALONE, CALLS_OF_EACH = 10, 5
BUDGET = 2.0
"""Seconds after which a block asks nothing more: the plain admin's slowest page takes longer than that by itself."""
SLOW = 5_000.0
"""Milliseconds beyond which nobody lets eight people at once ask the plain admin for a page: it takes minutes."""
CONNECTIONS = 300
FOLDER = PROJECT / "var" / "bench"


def say(line: str) -> None:
    sys.stderr.write(f"{datetime.datetime.now(datetime.UTC):%H:%M:%S} {line}\n")


@contextmanager
def cluster() -> Iterator[Any]:
    """Yield a durable PostgreSQL of its own with PostgreSQL's own settings, but for the number of connections."""
    from portal.lib.embedded_postgres import cluster_for, hold, reset

    found = cluster_for(PROJECT, "bench")
    if not KEEP:
        reset(found)
    with hold(found), superuser(found, "postgres") as connection:
        connection.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
    try:
        with hold(found):
            yield found
    finally:
        if not KEEP:
            reset(found)


@contextmanager
def superuser(found: Any, database: str) -> Iterator[psycopg.Connection[Any]]:
    where = {"host": str(found.socket_dir), "port": found.port, "user": "postgres", "dbname": database}
    with psycopg.connect(**where, autocommit=True) as connection:
        yield connection


def database_for(found: Any, shape: seed.Shape) -> str:
    """Return the name of the database with the rows of a scale; it is written where it is not there from before."""
    from django.contrib.auth.hashers import make_password

    from portal.lib.database_roles import prepare

    name = f"bench_{shape.requests}"
    with superuser(found, "postgres") as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            say(f"{shape.requests:,} requests are here from before")
            migrate = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=PROJECT, env=os.environ | addresses(found, name), check=True)  # noqa: S603
            return name
        connection.execute("DROP DATABASE IF EXISTS bench_unfinished")
        connection.execute("CREATE DATABASE bench_unfinished TEMPLATE portal OWNER portal_owner")
        began = time.monotonic()
        with superuser(found, "bench_unfinished") as rows:
            password = make_password(seed.PASSWORD, hasher="pbkdf2_sha256")
            seed.fill(rows, shape, datetime.datetime.now(datetime.UTC), password)
            rows.execute("VACUUM (ANALYZE)")
        connection.execute(f"ALTER DATABASE bench_unfinished RENAME TO {name}")
        prepare(connection, database=name, owner="portal_owner", owner_password="", app="portal_app", app_password="")
        connection.execute("CHECKPOINT")
    say(f"{shape.requests:,} requests written in {time.monotonic() - began:.0f} s")
    return name


@dataclass
class Scale:
    """The rows of one scale, the servers over them, and people who are signed in there.

    ``bare``: the plain admin over a table with the indexes that Django makes and no others; at the largest scale only.
    """

    shape: seed.Shape
    rows: psycopg.Connection[Any]
    world: World
    site: Server
    plain: Server
    bare: Server | None
    last_event: int
    agents: list[Visitor] = field(default_factory=list)
    customers: list[Visitor] = field(default_factory=list)
    plain_agents: list[Visitor] = field(default_factory=list)
    plain_customers: list[Visitor] = field(default_factory=list)
    bare_agents: list[Visitor] = field(default_factory=list)

    def sign_in(self) -> None:
        login, site, plain = "/accounts/login/", ("login", "password"), ("username", "password")
        for number in range(seed.TEAM):
            asker = f"customer{self.world.askers[number]}@example.com"
            for port, names, email, visitors in (
                (self.site.port, site, f"agent{number + 1}@example.com", self.agents),
                (self.site.port, site, asker, self.customers),
                (self.plain.port, plain, "plain1@example.com", self.plain_agents),
                (self.plain.port, plain, asker, self.plain_customers),
            ):
                visitor = Visitor(port)
                visitor.sign_in(login, names, email, seed.PASSWORD)
                visitors.append(visitor)
        if self.bare is not None:
            self.bare_agents.append(Visitor(self.bare.port))
            self.bare_agents[0].sign_in(login, plain, "plain1@example.com", seed.PASSWORD)

    def visitors(self, page: Page, *, of_site: bool) -> list[Visitor]:
        if of_site:
            return self.customers if page.customers else self.agents
        return self.plain_customers if page.customers else self.plain_agents

    def measure(self, page: Page, visitors: int, calls: int, *, of_site: bool) -> Block:
        """Ask for a page; what was written by asking is taken back."""
        prepare = page.site if of_site else page.plain
        if prepare is None:
            return Block()
        block = crowd(self.visitors(page, of_site=of_site)[:visitors], prepare(self.world), calls, BUDGET)
        if page.writes:
            self.take_back()
        return block

    def measure_bare(self, page: Page) -> Block:
        """Ask the plain admin over Django's own indexes for a page, where it is there and the page has to be compared."""
        if not page.bare or page.writes or page.plain is None or not self.bare_agents:
            return Block()
        return crowd(self.bare_agents, page.plain(self.world), CALLS_ALONE, BUDGET)

    def take_back(self) -> None:
        """Put requests, histories and jobs back to where they stood once they were written."""
        with self.rows.transaction():
            self.rows.execute("SET LOCAL session_replication_role = replica")
            self.rows.execute("TRUNCATE procrastinate_jobs CASCADE")
            self.rows.execute(
                "DELETE FROM requests_app_requestline WHERE subscription_request_id > %s", [self.shape.requests]
            )
            self.rows.execute("DELETE FROM requests_app_requestevent WHERE id > %s", [self.last_event])
            self.rows.execute("DELETE FROM requests_app_subscriptionrequest WHERE id > %s", [self.shape.requests])
            self.rows.execute(
                "UPDATE requests_app_subscriptionrequest SET status = 'submitted', assignee_id = NULL, version = 1"
                " WHERE id = ANY(%s) AND status <> 'submitted'",
                [self.world.unassigned],
            )

    def the_limit(self) -> float:
        """Return how many milliseconds psycopg alone takes for what page 1 shows: the median of ten."""
        took = []
        for number in range(CALLS_ALONE + 1):
            began = time.perf_counter()
            found = self.rows.execute(LIMIT, [self.shape.team_of(1)[number % seed.TEAM]]).fetchall()
            took.append(1000 * (time.perf_counter() - began))
            assert len(found) == 25, len(found)
        return figures.median(took[1:])


@contextmanager
def scale(found: Any, requests: int) -> Iterator[Scale]:
    """Yield the rows of a scale with the servers running over them."""
    shape = seed.Shape(requests)
    name = database_for(found, shape)
    environment = addresses(found, name)
    with ExitStack() as running:
        rows = running.enter_context(superuser(found, name))
        rows.execute("SET portal.acting = 'site'")
        world = look_around(rows, shape, datetime.datetime.now(datetime.UTC))
        site = Server(f"site-{requests}", SITE, environment, FOLDER)
        plain = Server(f"plain-{requests}", PLAIN, environment, FOLDER)
        with_django_indexes = None
        if requests == max(SCALES):
            bare.copy(rows)
            with_django_indexes = Server(f"bare-{requests}", BARE, environment, FOLDER)
        for server in filter(None, (site, plain, with_django_indexes)):
            running.callback(server.stop)
            server.start()
        newest = rows.execute("SELECT max(id) FROM requests_app_requestevent").fetchone()
        assert newest is not None
        one = Scale(shape, rows, world, site, plain, with_django_indexes, newest[0])
        one.sign_in()
        running.callback(one.take_back)
        yield one


def measure(scales: dict[int, Scale], chosen: list[Page]) -> tuple[list[Measured], dict[int, list[float]]]:
    """Ask for every page in every round; the first round warms up and is thrown away."""
    found = {page.name: Measured(page) for page in chosen}
    limit: dict[int, list[float]] = defaultdict(list)
    for number in range(ROUNDS + 1):
        say(f"round {number} of {ROUNDS}" if number else "warming up")
        for page in chosen:
            for requests, one in scales.items():
                measured = found[page.name] if number else Measured(page)
                take_turns(measured, requests, one, page, number)
                for message in dict.fromkeys(measured.errors[requests][-3:]):
                    say(f"{page.name} at {requests:,}: {message}")
        for requests, one in scales.items():
            if number:
                limit[requests].append(one.the_limit())
    return list(found.values()), limit


def take_turns(measured: Measured, requests: int, one: Scale, page: Page, number: int) -> None:
    """Measure one page at one scale once: the site, the plain admin, the site again; then eight people at once.

    Eight people at once at the plain admin take minutes and are compared with nothing: they come in the first round alone,
    and not where one alone has to wait for long.
    """
    first = one.measure(page, 1, CALLS_ALONE, of_site=True)
    plain = one.measure(page, 1, CALLS_ALONE, of_site=False)
    bare_block = one.measure_bare(page)
    again = one.measure(page, 1, CALLS_ALONE, of_site=True)
    crowded = one.measure(page, seed.TEAM, CALLS_OF_EACH, of_site=True)
    crowded_plain = Block()
    if number == 1 and plain.took and figures.median(plain.took) < SLOW:
        crowded_plain = one.measure(page, seed.TEAM, CALLS_OF_EACH, of_site=False)
    measured.add(
        requests, first=first, plain=plain, bare=bare_block, again=again, crowded=crowded, crowded_plain=crowded_plain
    )


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors, {memory:.0f} GB, Python {platform.python_version()}"


def leave_the_template() -> None:
    """Close every connection: a database that is copied must have no visitor."""
    from django.db import connections

    connections.close_all()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    chosen = [page for page in pages() if not WORDS or any(word in page.name for word in WORDS)]
    with cluster() as found, ExitStack() as running:
        os.environ |= addresses(found, "portal")
        set_django_up()
        leave_the_template()
        scales = {requests: running.enter_context(scale(found, requests)) for requests in sorted(SCALES)}
        measured, limit = measure(scales, chosen)
    print(
        f"{machine()}; gunicorn with {WORKERS} workers of {THREADS} threads; {ROUNDS} rounds; milliseconds, medians\n\n"
        f"{report(measured, limit)}"
    )


if __name__ == "__main__":
    main()
