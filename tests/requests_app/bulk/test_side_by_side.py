"""Runs over the same requests at the same time: nothing is done twice, and nobody waits for the other for ever."""

import datetime
import threading
import uuid
from collections import Counter

import pytest
from django.db import connections
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from portal.lib.acting import acting_as
from requests_app import bulk, queue
from requests_app.models import Action, BulkItem, BulkRun, RequestEvent, SubscriptionRequest
from tests import factories
from tests.at_once import at_once
from tests.conftest import make_cast
from tests.requests_app.bulk import outcomes, started

pytestmark = pytest.mark.usefixtures("committed_for_workers")

MANY = 30


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def filed(cast):
    """Requests whose order in the queue is the opposite of the one they were filed in."""
    offer = factories.offer(cast.partner)
    made = [factories.purchase(cast.customer, cast.alice, offer) for _ in range(MANY)]
    for number, one in enumerate(made):
        sooner = one.deadline - datetime.timedelta(minutes=number)
        SubscriptionRequest.objects.filter(pk=one.pk).update(deadline=sooner)
    return made


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr("requests_app.bulk.running.TAKEN_AT_ONCE", 5)


def claims():
    return Counter(RequestEvent.objects.filter(action=Action.CLAIM).values_list("subscription_request_id", flat=True))


def test_worker_passes_over_what_another_one_has(cast, filed, few_are_many):
    """Where it waited instead, it would not come to its end before the other one."""
    run = started(cast.dana, "claim", filed)
    ended = threading.Event()

    def work():
        try:
            bulk.go_on(run.pk, cast.dana.pk)
            ended.set()
        finally:
            connections.close_all()

    with acting_as(cast.dana.pk):
        [held] = BulkItem.objects.select_for_update().filter(run=run, number=filed[3].number)
        thread = threading.Thread(target=work)
        thread.start()
        passed_over = ended.wait(timeout=20)
    thread.join(timeout=60)
    assert passed_over
    assert outcomes(run).count("done") == MANY - 1
    held.refresh_from_db(), run.refresh_from_db()
    assert (held.outcome, run.finished_at) == ("", None)  # the other one is still at it
    bulk.go_on(run.pk, cast.dana.pk)
    run.refresh_from_db()
    assert outcomes(run) == ["done"] * MANY
    assert run.finished_at is not None


@pytest.mark.parametrize("background", [True, False])
def test_request_that_somebody_holds_is_passed_over_after_a_while(cast, filed, monkeypatch, background):
    """Somebody's page, or a job, has it in a transaction that does not end: the others are done all the same."""
    monkeypatch.setattr("requests_app.bulk.running.PATIENCE", 1)
    monkeypatch.setattr("requests_app.bulk.running.TAKEN_AT_ONCE", 5 if background else 50)
    runs, ended = [], threading.Event()

    def work():
        try:
            with acting_as(cast.dana.pk):
                runs.append(started(cast.dana, "claim", filed[:6]))
            if background:
                bulk.go_on(runs[0].pk, cast.dana.pk)
            ended.set()
        finally:
            connections.close_all()

    with acting_as(cast.max.pk):
        SubscriptionRequest.objects.select_for_update(no_key=True).get(pk=filed[2].pk)  # as the workflow does
        thread = threading.Thread(target=work)
        thread.start()
        waited_no_longer = ended.wait(timeout=30)
    thread.join(timeout=60)
    assert waited_no_longer
    runs[0].refresh_from_db()
    assert runs[0].finished_at is not None
    assert outcomes(runs[0]) == ["done", "done", "refused", "done", "done", "done"]
    assert runs[0].items.get(outcome="refused").sentence.startswith("Somebody else was at work on it for too long")
    filed[2].refresh_from_db()
    assert (filed[2].status, filed[2].assignee) == ("submitted", None)


def test_runs_of_two_over_the_same_requests_share_them(cast, filed, few_are_many):
    """Four workers on two runs that overlap by a third."""
    runs = [started(cast.dana, "claim", filed[:20]), started(cast.max, "claim", filed[10:])]
    people = [cast.dana, cast.max]
    results = at_once(lambda number: bulk.go_on(runs[number % 2].pk, people[number % 2].pk), people=4)
    assert results == [None] * 4
    assert claims() == {one.pk: 1 for one in filed}
    told = outcomes(runs[0]) + outcomes(runs[1])
    assert (told.count("done"), told.count("moved")) == (MANY, 10)
    for run in runs:
        run.refresh_from_db()
        assert run.finished_at is not None


@pytest.mark.parametrize("turn", range(3))
def test_pages_that_show_the_same_requests_in_another_order_do_not_lock_each_other_out(cast, filed, turn):
    """One has selected rows, the other takes all of a view that begins with the last of them; both are done at once."""
    view = queue.View.of(QueryDict())

    def attempt(number):
        person = User.objects.get(pk=[cast.dana, cast.max][number].pk)
        if number:
            rows = view.rows(person, timezone.now())
            assert rows[0].pk == filed[-1].pk
            chosen, _has_more = bulk.everything(rows)
        else:
            chosen = bulk.selected(person, [one.pk for one in reversed(filed)])
        return bulk.start(person, BulkRun.Step.CLAIM, chosen, key=uuid.uuid4())

    runs = at_once(attempt, [cast.dana.pk, cast.max.pk], people=2)
    assert [type(run) for run in runs] == [BulkRun, BulkRun], runs
    assert sorted(outcomes(runs[0]) + outcomes(runs[1])) == ["done"] * MANY + ["moved"] * MANY
    assert claims() == {one.pk: 1 for one in filed}
