"""The database as in production (owner migrates, application owns nothing), and the cast of named people."""

import fcntl
import gc
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from django.utils import translation
from pytest_django.plugin import blocking_manager_key

from accounts.models import Customer, CustomerMembership, Partner, PartnerMembership, User
from portal.lib.acting import SITE, acting_as
from portal.lib.clouds import Cloud
from portal.lib.database_roles import database_owner
from portal.lib.embedded_postgres import EmbeddedPostgresError, hold
from tests import factories
from tests.workers import forget_all_jobs

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_configure(config: pytest.Config) -> None:
    """Start the embedded test server, unless a DATABASE_URL names another one; stop it with the run.

    A second run in the same checkout waits for the first: they would drop each other's database.
    """
    if hasattr(config, "workerinput"):
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    lock = stack.enter_context((settings.VAR_DIR / "tests.lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another test run is using this checkout's database: waiting for it to end.")
        fcntl.flock(lock, fcntl.LOCK_EX)
    if settings.CLUSTER is not None:
        try:
            stack.enter_context(hold(settings.CLUSTER, durable=False, report=say))
        except EmbeddedPostgresError as error:
            pytest.exit(str(error), 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Put back what migrations have written after a test that has emptied the tables: another worker's may follow it."""
    yield
    marker = item.get_closest_marker("django_db")
    emptied = "transactional_db" in getattr(item, "fixturenames", ()) or (marker and marker.kwargs.get("transaction"))
    if emptied and nextitem is not None:  # after the last one there is no database any more
        with item.config.stash[blocking_manager_key].unblock(), acting_as(SITE):
            factories.standing_rules()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Seven thousand tests and what they import stay until the end: garbage is not looked for among them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHROMIUM is None:
        terminalreporter.section("NO BROWSER", sep="!", red=True)
        terminalreporter.line("Chromium was not found: the browser tests did NOT run. Install it, or set CHROMIUM.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are left out loudly, except in CI: there they fail."""
    if CHROMIUM is not None:
        return
    browser_tests = [item for item in items if item.get_closest_marker("e2e")]
    if browser_tests and os.environ.get("CI"):
        raise pytest.UsageError("CI needs Chromium for the browser tests, and there is none.")
    config.hook.pytest_deselected(items=browser_tests)
    items[:] = [item for item in items if not item.get_closest_marker("e2e")]


@receiver(connection_created)
def act_as_the_site(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Let the tests themselves see everything; requests, jobs and the threads of a test say who acts."""
    if threading.current_thread() is threading.main_thread():
        with connection.cursor() as cursor:
            cursor.execute("SET portal.acting = 'site'")


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: object,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Make the test database as the owner; the tests then work as the application."""
    with django_db_blocker.unblock(), database_owner():
        databases = setup_databases(verbosity=0, interactive=False, aliases={"default"})
    yield
    connections.close_all()
    with django_db_blocker.unblock(), database_owner():
        teardown_databases(databases, verbosity=0)


@dataclass
class Cast:
    """Two partners, three customers, and the people of the house rules."""

    partner: Partner
    other_partner: Partner
    customer: Customer
    sibling: Customer
    foreign_customer: Customer
    alice: User  # customer's admin
    bob: User  # customer's requester
    carol: User  # customer's viewer
    charlie: User  # admin of another customer of the same partner
    dana: User  # partner's agent
    max: User  # partner's manager
    erin: User  # the other partner's manager
    frank: User  # the other partner's customer's admin
    sam: User  # staff
    root: User  # superuser

    def everybody(self) -> dict[str, User]:
        return {name: person for name, person in vars(self).items() if isinstance(person, User)}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin each test in English: Django's test client leaves the language of its last request behind."""
    with translation.override("en"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def make_cast() -> Cast:
    """Write the cast, all rows of a kind in one statement: nearly every test begins with it."""
    factories.standing_rules()
    partner, other_partner = Partner.objects.bulk_create(
        [
            Partner(name="Blue Heron Cloud", contact_email="hello@example.com", lead_time_days=0),
            Partner(name="Grey Owl Cloud", contact_email="hello@example.com"),
        ]
    )
    customer, sibling, foreign_customer = Customer.objects.bulk_create(
        [
            Customer(partner=partner, name="Victoria Dental", cloud=Cloud.COMMERCIAL),
            Customer(partner=partner, name="Sibling Foods", cloud=Cloud.COMMERCIAL),
            Customer(partner=other_partner, name="Foreign Works", cloud=Cloud.COMMERCIAL),
        ]
    )
    names = ("alice", "bob", "carol", "charlie", "dana", "max", "erin", "frank")
    staff = {"sam": {"is_staff": True}, "root": {"is_staff": True, "is_superuser": True}}
    people = factories.people({name: {} for name in names} | staff)
    at_customer, at_partner = CustomerMembership.Role, PartnerMembership.Role
    CustomerMembership.objects.bulk_create(
        CustomerMembership(user=people[name], customer=where, role=role)
        for name, where, role in (
            ("alice", customer, at_customer.ADMIN),
            ("bob", customer, at_customer.REQUESTER),
            ("carol", customer, at_customer.VIEWER),
            ("charlie", sibling, at_customer.ADMIN),
            ("frank", foreign_customer, at_customer.ADMIN),
        )
    )
    PartnerMembership.objects.bulk_create(
        PartnerMembership(user=people[name], partner=where, role=role)
        for name, where, role in (
            ("dana", partner, at_partner.AGENT),
            ("max", partner, at_partner.MANAGER),
            ("erin", other_partner, at_partner.MANAGER),
        )
    )
    return Cast(
        partner=partner,
        other_partner=other_partner,
        customer=customer,
        sibling=sibling,
        foreign_customer=foreign_customer,
        **people,
    )


@pytest.fixture
def committed_for_workers(transactional_db: None) -> Iterator[None]:
    """What the test writes is committed, so that workers see it; there are no jobs before it and none after it."""
    forget_all_jobs()
    yield
    forget_all_jobs()


@pytest.fixture
def assert_statements(db: None) -> Callable[[int], AbstractContextManager[None]]:
    """``with assert_statements(8): client.get(…)``: what the page asks of the database, who is acting included.

    BEGIN, COMMIT and savepoints do not count; nor does putting back that the tests act as the site.
    """

    @contextmanager
    def counting(expected: int) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        statements = [one["sql"] for one in captured.captured_queries]
        asked = [sql for sql in statements if not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
        says_who_acts = [sql for sql in asked if "set_config('portal.acting'" in sql]
        assert len(asked) - len(says_who_acts) // 2 == expected, "\n".join(statements)

    return counting


@receiver(user_logged_in)
def force_login_uses_the_second_factor(request: HttpRequest, user: User, **kwargs: object) -> None:
    """``client.force_login(somebody)`` stands for a whole sign-in, second factor included.

    The site's rule is on in every test; those about it sign in through the pages. The request that Django's test
    client makes up for ``force_login`` has no method.
    """
    if request.method is None:
        record_authentication(request, user, "mfa", type="totp")


@pytest.fixture(scope="session", autouse=True)
def compiled_messages() -> None:
    """Translations are compiled from their sources, as the Makefile does before anything runs."""
    call_command("compile_translations", verbosity=0)
