"""From the row to the mail server, a real one: it takes, refuses, hangs, drops and comes back; workers are killed."""

import datetime
import time

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts import delivery, mail
from accounts.models import OutgoingMail
from accounts.tasks import send_mail
from portal.lib import jobs
from portal.lib.acting import SITE, acting_as
from portal.lib.jobs import pause_after
from portal.tasks import sweep_stalled_jobs
from tests import factories
from tests.asking import send
from tests.smtp import MailServer, mailers, silent_server, wait_until
from tests.workers import (
    execute,
    fetch,
    run_workers,
    sweep_after_dead_workers,
    task,
    the_pause_is_over,
    worker_process,
)

committed = pytest.mark.usefixtures("committed_for_workers")


@pytest.fixture(autouse=True)
def nothing_is_known_about_the_server():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def server(settings):
    """A mail server that is up, and the site's."""
    with MailServer().up() as one:
        settings.MAILERS = mailers(one.port)
        yield one


def queue(count=1, text="Your code is 8F2K-91QX"):
    """Queue mails to different people; return their rows."""
    for number in range(count):
        message = mail.Message("About R-700", f"{text}\n", f"<p>{text}</p>", kind="request")
        mail.queue(message, recipient=f"person{number}@example.com")
    return list(OutgoingMail.objects.order_by("-pk")[:count])[::-1]


def waiting_jobs():
    return fetch("SELECT args->>'mail_id', scheduled_at FROM procrastinate_jobs WHERE queue_name = 'mail'")


# --- One try -------------------------------------------------------------------------------------------------------


@committed
def test_mail_leaves_and_keeps_no_text(server):
    (row,) = queue()
    run_workers()
    (taken,) = server.taken
    assert (taken["To"], taken["Subject"], taken["Message-ID"]) == (row.recipient, "About R-700", row.message_id)
    assert taken.get_body(("plain",)).get_content().split("\r\n") == ["Your code is 8F2K-91QX", ""]
    assert taken.get_body(("html",)).get_content().split("\r\n") == ["<p>Your code is 8F2K-91QX</p>", ""]
    row.refresh_from_db()
    assert (row.text, row.html, row.attempts, row.last_error, row.failed_at) == ("", "", 1, "", None)
    assert row.sent_at is not None
    assert waiting_jobs() == []


@committed
@pytest.mark.parametrize("step", ["answers_to_recipients", "answers_to_mails"])
def test_mail_that_is_not_taken_now_is_taken_later(server, step):
    getattr(server, step)[:] = ["451 4.7.1 greylisted", "421 4.3.2 shutting down"]
    (row,) = queue()
    before = timezone.now()
    run_workers()
    row.refresh_from_db()
    assert (row.sent_at, row.failed_at, row.attempts, row.last_error) == (None, None, 1, "451 4.7.1 greylisted")
    ((_mail, at),) = waiting_jobs()
    assert datetime.timedelta(seconds=30) <= at - before < datetime.timedelta(seconds=40)
    the_pause_is_over()
    run_workers()
    the_pause_is_over()
    run_workers()
    row.refresh_from_db()
    assert (row.attempts, row.sent_at is not None, server.ids) == (3, True, [row.message_id])


@committed
@pytest.mark.parametrize("step", ["answers_to_recipients", "answers_to_mails"])
def test_mail_that_is_refused_has_failed_at_once(server, step):
    getattr(server, step)[:] = ["550 5.1.1 no such mailbox"]
    refused, taken = queue(2)
    run_workers()
    refused.refresh_from_db()
    taken.refresh_from_db()
    assert (refused.failed_at is not None, refused.attempts, refused.last_error) == (
        True,
        1,
        "550 5.1.1 no such mailbox",
    )
    assert refused.text != ""
    assert taken.sent_at is not None
    assert waiting_jobs() == []


@committed
def test_refusal_of_the_sites_own_access_is_not_the_mails_fault(server):
    server.answers_to_recipients[:] = ["530 5.7.0 Authentication required"]
    (row,) = queue()
    run_workers()
    row.refresh_from_db()
    assert (row.failed_at, row.last_error) == (None, "530 5.7.0 Authentication required")


@committed
def test_address_that_no_mail_can_have_fails_at_once(server):
    mail.queue(mail.Message("x", "x", ""), recipient="用戶@example.com")
    run_workers()
    (row,) = OutgoingMail.objects.all()
    assert (row.failed_at is not None, row.last_error) == (
        True,
        "Not a mail: its address or one of its headers is not valid",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("5.1.1 <person0@example.com>: User unknown", "5.1.1 <person0@example.com>: User unknown"),
        ("5.7.1 Blocked: http://portal.example/invitation/KEY/ is listed", "5.7.1 Blocked: … is listed"),
        ("5.7.1 Spam: 'About R-700' with 8F2K-91QX", "5.7.1 Spam: … with …"),
        ("5.7.1 =?utf-8?b?QWJvdXQ=?=\r\nis\0not wanted", "5.7.1 … is not wanted"),
    ],
)
def test_what_the_server_repeats_of_a_mail_is_not_kept(server, said, kept):
    server.answers_to_mails[:] = []
    (row,) = queue()
    assert delivery._without_the_mail(delivery._text(said.encode()), row) == kept


# --- A server in trouble -------------------------------------------------------------------------------------------


@committed
def test_mails_wait_while_the_server_is_down_and_leave_when_it_is_up(settings):
    server = MailServer()
    settings.MAILERS = mailers(server.port)
    rows = queue(3)
    run_workers()
    assert {(one.attempts, one.last_error) for one in OutgoingMail.objects.all()} == {
        (1, "No connection: Connection refused")
    }
    assert len(waiting_jobs()) == 3
    with server.up():
        the_pause_is_over()
        run_workers()
    assert sorted(server.ids) == sorted(one.message_id for one in rows)


@committed
def test_server_that_hangs_is_asked_once_a_minute_not_once_a_mail(settings):
    with silent_server() as (port, accepted):
        settings.MAILERS = mailers(port, timeout=1.0)
        queue(20)
        began = time.monotonic()
        run_workers(concurrency=2)
        assert time.monotonic() - began < 5
        assert 1 <= len(accepted) <= 2  # as many as there were hands
    assert set(OutgoingMail.objects.values_list("last_error", "attempts")) == {
        ("No connection: Connection unexpectedly closed: timed out", 1)
    }


@committed
def test_server_that_hangs_holds_up_no_other_jobs(settings):
    """What else there is to do is done while the mail waits for its answer."""
    ran = []

    def something_else():
        ran.append(time.monotonic())

    with silent_server() as (port, _accepted), task(something_else) as other:
        settings.MAILERS = mailers(port, timeout=2.0)
        queue()
        began = time.monotonic()
        jobs.enqueue(other)
        run_workers(queues=["mail", "test"], concurrency=2)
    assert [at - began < 1.5 for at in ran] == [True]
    assert time.monotonic() - began > 2


@committed
def test_connection_that_is_dropped_after_the_mail_sends_it_twice_under_one_id(server):
    server.answers_to_mails[:] = [""]
    (row,) = queue()
    run_workers()
    row.refresh_from_db()
    assert (row.sent_at, row.attempts) == (None, 1)
    assert row.last_error.startswith("No answer: ")
    the_pause_is_over()
    run_workers()
    row.refresh_from_db()
    assert row.sent_at is not None
    assert server.ids == [row.message_id] * 2


@committed
def test_one_mail_without_an_answer_holds_up_nobody_and_two_hold_up_the_rest(server):
    server.answers_to_mails[:] = [""]
    queue(3)
    run_workers(concurrency=1)
    assert OutgoingMail.objects.exclude(sent_at=None).count() == 2
    OutgoingMail.objects.all().delete()
    server.answers_to_mails[:] = ["", "", ""]
    cache.clear()
    seen = server.connections
    queue(3)
    run_workers(concurrency=1)
    assert OutgoingMail.objects.filter(sent_at=None).count() == 3
    assert server.connections - seen == 2


@committed
def test_mail_has_failed_when_its_last_try_has(settings):
    settings.MAILERS = mailers(MailServer().port)
    (row,) = queue()
    OutgoingMail.objects.update(attempts=delivery.MOST_TRIES - 2)
    run_workers()
    row.refresh_from_db()
    assert (row.attempts, row.failed_at) == (delivery.MOST_TRIES - 1, None)
    the_pause_is_over()
    run_workers()
    row.refresh_from_db()
    assert (row.attempts, row.failed_at is not None) == (delivery.MOST_TRIES, True)
    assert row.last_error == "No connection: Connection refused"
    assert waiting_jobs() == []


def test_tries_grow_apart_and_last_three_days():
    pauses = [pause_after(tries) for tries in range(1, delivery.MOST_TRIES)]
    assert [int(one.total_seconds()) for one in pauses[:8]] == [30, 60, 120, 240, 480, 900, 900, 900]
    assert set(pauses[6:]) == {datetime.timedelta(minutes=15)}
    assert datetime.timedelta(days=2.95) < sum(pauses, datetime.timedelta()) < datetime.timedelta(days=3.05)


@committed
def test_filing_opens_no_connection_to_the_mail_server(client, settings):
    """It costs the same whether the mail server answers or not: it is not asked."""
    from tests.conftest import make_cast

    cast = make_cast()
    client.force_login(cast.alice)
    subscription = factories.subscription(cast.customer)
    with silent_server() as (port, accepted):
        settings.MAILERS = mailers(port, timeout=5.0)
        began = time.monotonic()
        form = {"subscription": subscription.pk, "when": "now", "reason": "x"}
        assert send(client, "/requests/new/cancellation/", form).status_code == 302
        assert time.monotonic() - began < 5
        assert accepted == []
        assert fetch("SELECT task_name FROM procrastinate_jobs WHERE queue_name = 'notifications'") == [
            ("requests_app.tasks.notify_people",)
        ]


# --- Jobs ----------------------------------------------------------------------------------------------------------


@committed
def test_job_is_not_there_before_its_mail_even_when_a_job_writes_it(server):
    """A worker's own connector would commit at once: another worker would find no mail, and the mail would be lost."""

    def write_a_mail():
        with acting_as(SITE):
            queue()
            time.sleep(0.5)

    with task(write_a_mail) as writer:
        jobs.enqueue(writer)
        run_workers(queues=["test", "mail"], concurrency=2, seconds=1.5, fetch_job_polling_interval=0.05)
    assert (OutgoingMail.objects.get().attempts, len(server.taken)) == (1, 1)


@committed
def test_two_workers_send_each_mail_once():
    rows = queue(10)
    execute("DELETE FROM procrastinate_jobs")
    with MailServer(delay=0.1).up() as server, worker_process(server.port), worker_process(server.port):
        wait_until(lambda: fetch("SELECT count(*) FROM procrastinate_workers") == [(2,)])
        for row in rows:  # two jobs for each, side by side
            jobs.enqueue(send_mail, lock=row.lock, mail_id=row.pk)
            jobs.enqueue(send_mail, lock=row.lock, mail_id=row.pk)
        wait_until(lambda: waiting_jobs() == [])
    assert sorted(server.ids) == sorted(one.message_id for one in rows)


@committed
def test_mail_whose_job_was_lost_is_enqueued_again(server):
    old, fresh, failed, sent = queue(4)
    execute("DELETE FROM procrastinate_jobs")
    now = timezone.now()
    OutgoingMail.objects.exclude(pk=fresh.pk).update(created_at=now - delivery.FORGOTTEN_AFTER * 2)
    OutgoingMail.objects.filter(pk=failed.pk).update(failed_at=now, last_error="x")
    OutgoingMail.objects.filter(pk=sent.pk).update(sent_at=now, text="", html="")
    assert delivery.enqueue_forgotten(now) == 1
    assert delivery.enqueue_forgotten(now) == 0
    assert [pk for pk, _at in waiting_jobs()] == [str(old.pk)]
    run_workers()
    assert server.ids == [old.message_id]


@committed
def test_killed_worker_leaves_its_job_behind_and_the_sweep_puts_it_back_once(server):
    (row,) = queue()
    execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)")
    jobs.enqueue(sweep_stalled_jobs, timestamp=0)
    run_workers(2, queues=["cleaning", "mail"])
    assert server.taken == []  # it may be alive
    sweep_after_dead_workers()
    run_workers(2, queues=["cleaning"])
    run_workers(2)
    assert server.ids == [row.message_id]


@committed
def test_sweep_whose_own_worker_was_killed_is_in_nobodys_way(server):
    (row,) = queue()
    jobs.enqueue(sweep_stalled_jobs, timestamp=0)
    execute("UPDATE procrastinate_jobs SET status = 'doing'")
    jobs.enqueue(sweep_stalled_jobs, timestamp=60)
    run_workers(queues=["cleaning"])
    run_workers(queues=["cleaning", "mail"])
    assert server.ids == [row.message_id]
    assert fetch("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == [(0,)]


@committed
def test_log_says_in_one_line_why_a_mail_has_not_left(settings, caplog):
    settings.MAILERS = mailers(MailServer().port)
    (row,) = queue()
    run_workers()
    told = [record for record in caplog.records if "to retry" in record.getMessage()]
    assert [record.exc_info for record in told] == [None]
    assert told[0].getMessage().endswith(f": mail {row.pk}, try 1: No connection: Connection refused")


# --- Sending again, and what is kept -------------------------------------------------------------------------------


@committed
def test_mail_that_has_failed_is_sent_again_by_staff(server):
    from tests.conftest import make_cast

    cast = make_cast()
    server.answers_to_mails[:] = ["554 spam"]
    (row,) = queue()
    run_workers()
    with acting_as(cast.sam.pk):
        assert mail.send_again([row.pk], actor=cast.sam) == [row.pk]
    row.refresh_from_db()
    assert (row.failed_at, row.attempts, row.last_error) == (None, 0, "")
    run_workers()
    assert server.ids == [row.message_id]
    with acting_as(cast.sam.pk):
        assert mail.send_again([row.pk], actor=cast.sam) == []


@committed
def test_mail_that_waits_for_a_later_turn_takes_it_at_once(settings):
    from tests.conftest import make_cast

    cast = make_cast()
    server = MailServer()
    settings.MAILERS = mailers(server.port)
    (row,) = queue()
    run_workers()
    cache.clear()
    with server.up():
        run_workers()
        assert server.ids == []
        with acting_as(cast.sam.pk):
            assert mail.send_again([row.pk], actor=cast.sam) == [row.pk]
        assert len(waiting_jobs()) == 1
        run_workers()
        assert server.ids == [row.message_id]


@pytest.mark.parametrize("name", ["alice", "dana", "max", "erin"])
def test_nobody_else_sends_mails_again(cast, name):
    (row,) = queue()
    person = getattr(cast, name)
    with acting_as(person.pk), pytest.raises(PermissionDenied):
        mail.send_again([row.pk], actor=person)


@pytest.mark.django_db
def test_texts_of_failed_mails_are_erased_after_30_days_and_old_mails_forgotten_after_400():
    now = timezone.now()
    rows = dict(zip(["waiting", "failed", "long failed", "sent", "long sent", "gone"], queue(6), strict=True))

    def became(name, **values):
        OutgoingMail.objects.filter(pk=rows[name].pk).update(**values)

    def days(number):
        return now - datetime.timedelta(days=number)

    became("waiting", created_at=days(500))
    became("failed", failed_at=days(29), last_error="550")
    became("long failed", failed_at=days(31), last_error="550")
    became("sent", sent_at=days(399), text="", html="")
    became("long sent", sent_at=days(401), text="", html="")
    became("gone", failed_at=days(401), last_error="550")
    delivery.tidy(now)
    left = {one.pk: bool(one.text or one.html) for one in OutgoingMail.objects.all()}
    assert left == {
        rows["waiting"].pk: True,
        rows["failed"].pk: True,
        rows["long failed"].pk: False,
        rows["sent"].pk: False,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"sent_at": timezone.now()},
        {"sent_at": timezone.now(), "failed_at": timezone.now(), "text": "", "html": "", "last_error": "x"},
        {"failed_at": timezone.now()},
    ],
    ids=["sent but kept", "sent and failed", "failed for no reason"],
)
def test_database_refuses_a_mail_that_is_nowhere(values):
    (row,) = queue()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.filter(pk=row.pk).update(**values)


@committed
def test_jobs_that_failed_a_month_ago_are_removed():
    from portal.tasks import FAILED_JOBS_STAY, remove_finished_jobs

    queue(2)
    old, recent = (pk for (pk,) in fetch("SELECT id FROM procrastinate_jobs ORDER BY id"))
    execute("UPDATE procrastinate_jobs SET status = 'failed'")
    execute(
        "UPDATE procrastinate_events SET at = now() - make_interval(hours => %s) WHERE job_id = %s",
        FAILED_JOBS_STAY + 1,
        old,
    )
    jobs.enqueue(remove_finished_jobs, timestamp=0)
    run_workers(queues=["cleaning"])
    assert fetch("SELECT id FROM procrastinate_jobs WHERE queue_name = 'mail'") == [(recent,)]


@committed
def test_periodic_job_runs_once_for_its_moment_with_two_workers(caplog):
    ran = []

    def each_second(timestamp):
        ran.append(timestamp)

    caplog.set_level("DEBUG", "procrastinate.periodic")
    with task(each_second) as job:
        app.periodic(cron="* * * * * *")(job)
        each = {(job.name, ""): app.periodic_registry.periodic_tasks.pop((job.name, ""))}
        run_workers(2, queues=["test"], seconds=4, periodic=each, fetch_job_polling_interval=0.1)
    assert len(ran) >= 3
    assert len(set(ran)) == len(ran)
    assert "each_second" in "".join(
        one.getMessage() for one in caplog.records if "already deferred" in one.getMessage()
    )
