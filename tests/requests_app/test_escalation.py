"""Deadlines that come near: who is told, how often, and what survives two workers and a missed hour."""

import datetime

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import OutgoingMail
from requests_app import escalation, tasks, workflow
from requests_app.models import Action, SubscriptionRequest
from tests import factories
from tests.at_once import at_once
from tests.conftest import make_cast
from tests.jobs import nobody_has_said_who_acts, run_jobs

HOUR = datetime.timedelta(hours=1)


def due_in(subscription_request, hours, *, filed=240 * HOUR):
    """Let the deadline be in so many hours, and the filing long ago."""
    now = timezone.now()
    SubscriptionRequest.objects.filter(pk=subscription_request.pk).update(
        deadline=now + hours * HOUR, submitted_at=now - filed
    )
    subscription_request.refresh_from_db()
    return subscription_request


def run():
    """Run the job as the worker does, and what it enqueues; return who was written to, with the subjects."""
    outbox.outbox.clear()
    with nobody_has_said_who_acts():
        tasks.escalate_requests(0)
    run_jobs()
    return sorted((message.to[0].split("@")[0], message.subject) for message in outbox.outbox)


def people(sent):
    return [name for name, _subject in sent]


@pytest.fixture
def quiet(cast):
    """A request whose first mails are out."""
    filed = factories.purchase(cast.customer, cast.bob)
    run_jobs()
    return filed


def levels(subscription_request):
    found = subscription_request.events.filter(action=Action.ESCALATE).order_by("pk")
    return [event.changes[0]["level"] for event in found]


def test_nothing_is_escalated_while_there_is_time(quiet):
    due_in(quiet, 24.1)
    assert (run(), levels(quiet)) == ([], [])


def test_first_the_team_hears_then_managers_and_nobody_twice(cast, quiet):
    due_in(quiet, 23.9)
    assert people(run()) == ["dana", "max"]  # nobody has taken it on
    assert run() == []
    due_in(quiet, 5.9)
    sent = run()
    assert people(sent) == ["dana", "max"]
    assert sent[0][1].startswith("To managers: only 5 hours 5")
    assert run() == []
    assert levels(quiet) == [1, 2]


def test_what_is_filed_late_has_half_of_its_time_first(cast, quiet):
    """Four hours before a window shuts everybody has just read of the request: nobody is written to again at once."""
    due_in(quiet, 4, filed=0 * HOUR)
    assert (run(), levels(quiet)) == ([], [])
    due_in(quiet, 2.1, filed=1.9 * HOUR)
    assert (run(), levels(quiet)) == ([], [])
    due_in(quiet, 1.9, filed=2.1 * HOUR)
    assert (people(run()), levels(quiet)) == (["dana", "max"], [1])  # nobody has taken it on
    due_in(quiet, 0.9, filed=3.1 * HOUR)
    assert (people(run()), levels(quiet)) == (["dana", "max"], [1, 2])


def test_first_level_goes_to_the_assignee_alone_the_second_to_managers_too(cast, quiet):
    workflow.claim(quiet, actor=cast.dana)
    run_jobs()
    due_in(quiet, 20)
    assert people(run()) == ["dana"]
    due_in(quiet, 2)
    assert people(run()) == ["dana", "max"]


@pytest.mark.parametrize("hours", [3, -30])
def test_after_a_missed_hour_both_levels_are_one_mail(cast, quiet, hours):
    due_in(quiet, hours)
    sent = run()
    assert people(sent) == ["dana", "max"]
    assert levels(quiet) == [2]
    assert run() == []


@pytest.mark.parametrize("status", ["completed", "declined", "withdrawn"])
def test_closed_request_is_left_alone(cast, quiet, status):
    closed = factories.in_status(quiet, status, agent=cast.dana, author=cast.bob)
    run_jobs()
    due_in(closed, -1)
    assert (run(), levels(closed)) == ([], [])


def test_approval_gives_a_new_deadline_and_new_levels(cast, quiet):
    due_in(quiet, 3)
    run()
    approved = workflow.approve(workflow.claim(quiet, actor=cast.dana), actor=cast.dana)
    run_jobs()
    due_in(approved, 20)
    assert people(run()) == ["dana"]
    assert levels(approved) == [2, 1]


def test_mail_says_how_long_what_closes_and_who_has_it(cast):
    subscription = factories.subscription(
        cast.customer, friendly_name="Reports", cancellation_allowed_until=timezone.now() + 5.51 * HOUR
    )
    filed = workflow.claim(factories.cancellation(subscription, cast.bob), actor=cast.dana)
    SubscriptionRequest.objects.update(submitted_at=timezone.now() - 240 * HOUR)
    run_jobs()
    sent = run()
    subject = f"To managers: only 5 hours 30 minutes left for request {filed.number} of Victoria Dental: Cancel Reports"
    assert sent == [("dana", subject), ("max", subject)]
    body = outbox.outbox[0].body
    assert "Dana has this request; it is not decided yet." in body
    assert "the cancellation window closes." in body


# --- Requests that wait for the customer ---


def asked(cast, filed):
    waiting = workflow.ask_customer(workflow.claim(filed, actor=cast.dana), actor=cast.dana, question="For whom?")
    run_jobs()
    return waiting


@pytest.fixture
def long_ago(monkeypatch):
    """What was asked a moment ago counts as asked long ago: events cannot be moved."""
    monkeypatch.setattr(escalation, "QUESTION_IS_FRESH", datetime.timedelta(0))


def test_customer_who_is_waited_for_is_reminded_once_for_each_deadline(cast, quiet, long_ago):
    waiting = asked(cast, quiet)
    due_in(waiting, 20.02)
    sent = run()
    assert people(sent) == ["bob", "dana"]
    assert sent[0][1] == f"Answer within 20 hours 1 minute: Blue Heron Cloud waits for it, request {waiting.number}"
    to_bob = next(message for message in outbox.outbox if message.to == [cast.bob.email])
    assert "For whom?" in to_bob.body
    assert f"/requests/{waiting.number}/" in to_bob.body
    SubscriptionRequest.objects.filter(pk=waiting.pk).update(escalation=0)  # as if the job had been run on a copy
    assert people(run()) == ["dana"]


def test_customer_who_was_just_asked_is_reminded_when_it_becomes_urgent(cast, quiet):
    waiting = asked(cast, quiet)
    due_in(waiting, 20)
    assert people(run()) == ["dana"]
    due_in(waiting, 5)
    assert people(run()) == ["bob", "dana", "max"]


def test_where_the_author_may_not_answer_any_more_others_are_reminded(cast, quiet, long_ago):
    waiting = asked(cast, quiet)
    cast.bob.customer_memberships.update(role="viewer")
    due_in(waiting, 5)
    assert people(run()) == ["alice", "dana", "max"]


# --- Many, at once, and again ---


def test_batches_go_through_all_of_them(cast, monkeypatch):
    monkeypatch.setattr(escalation, "BATCH", 2)
    filed = [due_in(factories.purchase(cast.customer, cast.bob), 3) for _ in range(5)]
    same = filed[0].deadline
    SubscriptionRequest.objects.update(deadline=same)  # the key has a second part
    run()
    assert [levels(one) for one in filed] == [[2]] * 5


def test_one_that_fails_does_not_keep_the_others(cast, monkeypatch):
    filed = [due_in(factories.purchase(cast.customer, cast.bob), hours) for hours in (1, 2, 3)]
    escalate = escalation.escalate

    def fail_for_the_second(pk, now):
        if pk == filed[1].pk:
            raise ValueError("a bad row")
        return escalate(pk, now)

    monkeypatch.setattr(escalation, "escalate", fail_for_the_second)
    with nobody_has_said_who_acts(), pytest.raises(RuntimeError, match="1 could not be done"):
        tasks.escalate_requests(0)
    assert [levels(one) for one in filed] == [[2], [], [2]]


def test_job_walks_an_index_of_open_requests(cast):
    """Few rows are not worth an index: without sorting there is no other way to the order of the job's statement."""
    with CaptureQueriesContext(connection) as asked:
        escalation.due(timezone.now(), (timezone.now(), 1))
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {asked[-1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "using requests_app_req_escalate" in plan, plan
    assert "Sort" not in plan, plan


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_escalate_once():
    cast = make_cast()
    filed = [due_in(factories.purchase(cast.customer, cast.bob), 3) for _ in range(4)]
    results = at_once(lambda number: tasks.escalate_requests(0))
    assert [result for result in results if result is not None] == []
    assert [levels(one) for one in filed] == [[2]] * 4
    OutgoingMail.objects.all().delete()
    run_jobs()
    about = OutgoingMail.objects.filter(subject__startswith="To managers")
    assert about.count() == 4 * 2
