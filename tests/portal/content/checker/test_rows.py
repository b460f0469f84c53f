"""Which addresses are checked, by whom, how politely, and what is written down."""

import datetime
import threading

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.content.checker import rows
from portal.models import CheckReason, CheckResult, ContentAddress, ContentAddressEvent, SelfServiceLink
from portal.tasks import check_address, check_links
from tests import factories
from tests.jobs import nobody_has_said_who_acts
from tests.portal.content.checker.hostile import redirect, status

NOW = timezone.now()
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
HERE = "https://docs.example"


@pytest.fixture(autouse=True)
def no_memory():
    cache.clear()


@pytest.fixture
def on(settings):
    settings.LINK_CHECKS = True


def address(key, where, **found):
    row = factories.link(key, address_commercial=where).addresses.get()
    ContentAddress.objects.filter(pk=row.pk).update(**found)
    return row


def jobs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lock, (args->>'address_id')::int, priority, queue_name FROM procrastinate_jobs"
            " WHERE task_name LIKE '%check_address' ORDER BY id"
        )
        return cursor.fetchall()


def found(row):
    row.refresh_from_db()
    return row.check_result, row.check_reason, row.check_status, row.leads_to


# --- Which ---


def test_those_looked_at_longest_ago_come_first_and_each_once_in_so_many_days(db, on, settings):
    settings.LINK_CHECK_DAYS = 7
    was = {"check_result": CheckResult.OPENS}
    new = address("new", f"{HERE}/new")
    address("fresh", f"{HERE}/fresh", checked_at=NOW - 2 * DAY, **was)
    old = address("old", "https://www.docs.example/old", checked_at=NOW - 9 * DAY, **was)
    week = address("week", "https://other.example/", checked_at=NOW - 7 * DAY + HOUR / 2, **was)
    address("tenant", "https://{tenant}.example/")
    assert rows.enqueue_due(NOW) == 3
    assert [(pk, *how) for _lock, pk, *how in jobs()] == [(row.pk, -3, "links") for row in (new, old, week)]
    first, second, other = (lock for lock, *_rest in jobs())
    assert first == second != other
    assert "docs" not in first  # jobs carry ids, never texts


def test_run_is_bounded(db, on, monkeypatch):
    monkeypatch.setattr(rows, "MOST_IN_A_RUN", 2)
    for key in "abc":
        address(key, f"{HERE}/{key}")
    assert rows.enqueue_due(NOW) == 2


def test_nothing_goes_out_of_tests_and_demonstration_by_itself(db, settings):
    assert settings.LINK_CHECKS is False
    row = address("a", f"{HERE}/")
    with nobody_has_said_who_acts():
        check_links(timestamp=0)
        check_address(address_id=row.pk, asked_at=NOW.isoformat())
    assert jobs() == []
    assert rows.enqueue([row], NOW) == 0
    assert found(row) == ("", "", None, "")


def test_daily_job_acts_as_the_site(db, on):
    row = address("a", f"{HERE}/")
    with nobody_has_said_who_acts():
        check_links(timestamp=0)
    assert [pk for _lock, pk, _priority, _queue in jobs()] == [row.pk]


def test_list_is_enqueued_in_one_statement(db, on, assert_statements):
    some = [address(key, f"{HERE}/{key}") for key in "abc"]
    with assert_statements(1):
        rows.enqueue(some[:1], NOW)
    with assert_statements(1):
        rows.enqueue(some, NOW)


# --- What is written ---


def test_what_was_found_is_written_down_and_makes_no_version(db, server, way):
    server.answers |= {"/a": redirect(f"{HERE}.new/", 301), "/b": status(503)}
    moved, away = address("a", f"{HERE}/a"), address("b", f"{HERE}/b")
    resolver = way().resolver

    def knows_more(host, seconds):
        return ["8.8.8.8"] if host == "docs.example.new" else resolver(host, seconds)

    for row in (moved, away):
        with nobody_has_said_who_acts():
            rows.look(row.pk, NOW, NOW + HOUR, way(resolver=knows_more))
    assert found(moved) == ("moved", "", 301, "https://docs.example.new/")
    assert found(away) == ("unreachable", "", 503, "")
    assert (moved.checked_at, moved.verified_on) == (NOW + HOUR, None)
    assert list(ContentAddressEvent.objects.values_list("pgh_label", flat=True)) == ["insert", "insert"]
    server.answers["/a"] = status(200)
    rows.look(moved.pk, NOW + DAY, NOW + DAY, way())
    assert found(moved) == ("opens", "", 200, "")


def test_link_stays_published_whatever_is_found(db, server, way):
    row = address("a", f"{HERE}/gone")
    rows.look(row.pk, NOW, NOW, way())
    assert found(row)[0] == "gone"
    assert [link.key for link in SelfServiceLink.objects.current(NOW)] == ["a"]


def test_result_is_not_written_where_somebody_has_changed_the_address_meanwhile(db, server, way):
    row = address("a", f"{HERE}/a")

    def edited_meanwhile(host, seconds):
        ContentAddress.objects.filter(pk=row.pk).update(address=f"{HERE}/b")
        return ["127.0.0.1"]

    # In the same thread, so that it is the same transaction as the test's.
    rows.look(row.pk, NOW, NOW, way(resolver=edited_meanwhile))
    assert [path for _method, path in server.methods] == ["/a", "/a"]
    assert found(row) == ("", "", None, "")


def test_address_that_is_replaced_forgets_what_was_found(db):
    from portal.content.addresses import Known, set_addresses

    found_there = {"checked_at": NOW, "check_result": "moved", "check_status": 301, "leads_to": "https://new.example/"}
    row = address("a", f"{HERE}/a", **found_there)
    set_addresses(row.link, {"commercial": Known(f"{HERE}/a", source="x")})
    assert found(row) == ("moved", "", 301, "https://new.example/")
    set_addresses(SelfServiceLink.objects.get(), {"commercial": Known(f"{HERE}/b")})
    assert found(row) == ("", "", None, "")


def test_job_runs_twice_without_harm_and_a_row_that_is_gone_is_no_error(db, server, way):
    server.answers["/a"] = status(200)
    row = address("a", f"{HERE}/a")
    assert rows.look(row.pk, NOW, NOW, way()).result == CheckResult.OPENS
    assert rows.look(row.pk, NOW, NOW + HOUR, way()) is None
    assert len(server.asked) == 1
    assert rows.look(row.pk + 1, NOW, NOW, way()) is None
    templated = address("b", "https://{tenant}.example/")
    assert rows.look(templated.pk, NOW, NOW, way()) is None


def test_private_address_is_never_reached(db, server):
    """By the job as production runs it: no way is given, so the system's resolver and the whole gate."""
    row = address("a", "https://127.0.0.1/")
    rows.look(row.pk, NOW, NOW)
    assert found(row) == ("unreachable", CheckReason.PRIVATE, None, "")
    assert server.connections == 0


@pytest.mark.parametrize(
    "said",
    [
        {"checked_at": NOW, "check_result": "opens", "leads_to": "https://new.example/"},
        {"check_status": 200},
        {"check_reason": "name"},
        {"check_result": "gone"},
    ],
    ids=lambda said: next(reversed(said)),
)
def test_database_takes_no_result_that_contradicts_itself(db, said):
    row = factories.link("a", address_commercial=f"{HERE}/").addresses.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ContentAddress.objects.filter(pk=row.pk).update(**said)


# --- Politely ---


def test_pause_is_kept_between_all_requests_to_a_site(db, server, way):
    waited = []
    server.answers |= {"/a": redirect("https://www.docs.example/b"), "/b": status(405)}
    rows.look(address("a", f"{HERE}/a").pk, NOW, NOW, way(pause=1, sleep=waited.append))
    rows.look(address("b", "https://www.docs.example/c").pk, NOW, NOW, way(pause=1, sleep=waited.append))
    assert server.methods == [("HEAD", "/a"), ("HEAD", "/b"), ("GET", "/b"), ("HEAD", "/c"), ("GET", "/c")]
    assert len(waited) == 4
    assert all(0.5 < one <= 1 for one in waited)


def test_site_that_has_enough_is_left_alone_for_as_long_as_it_says(db, server, way):
    server.answers |= {"/a": status(429, Retry_After="3600"), "/b": status(200)}
    first, second = address("a", f"{HERE}/a"), address("b", "https://www.docs.example/b")
    other = address("c", "https://other.example/b")
    rows.look(first.pk, NOW, NOW, way())
    assert rows.look(second.pk, NOW, NOW, way()) is None
    assert rows.look(other.pk, NOW, NOW, way()).result == CheckResult.OPENS
    assert found(first) == ("unreachable", "", 429, "")
    assert found(second) == ("", "", None, "")
    cache.clear()  # the hour is over
    assert rows.look(second.pk, NOW, NOW, way()).result == CheckResult.OPENS


def test_no_transaction_is_open_while_others_answer(transactional_db, server, way):
    open_blocks = []

    def resolver(host, seconds):
        open_blocks.append(connection.in_atomic_block)
        return ["127.0.0.1"]

    server.answers["/a"] = status(200)
    rows.look(address("a", f"{HERE}/a").pk, NOW, NOW, way(resolver=resolver))
    assert open_blocks == [False]


def test_workers_side_by_side_ask_a_site_one_after_the_other(committed_for_workers, on, server, way, monkeypatch):
    """Real workers and real jobs: the locks of the task engine keep them apart."""
    from tests.workers import run_workers

    def slowly(connection_):
        threading.Event().wait(0.1)
        connection_.sendall(status(200))

    server.answers |= {f"/{n}": slowly for n in range(4)}
    some = [address(f"key-{n}", f"https://{'www.' * (n % 2)}docs.example/{n}") for n in range(4)]
    rows.enqueue(some, NOW)
    monkeypatch.setattr(rows, "Way", way)  # where the job goes out, not what it does
    while jobs():  # with nothing to wait for, they take all that the locks let them take
        run_workers(2, queues=("links",), concurrency=3)
    assert {path for _method, path in server.methods} == {"/0", "/1", "/2", "/3"}
    assert server.largest_at_once == 1
    assert set(ContentAddress.objects.values_list("check_result", flat=True)) == {"opens"}
