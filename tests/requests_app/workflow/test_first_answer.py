"""When a request was first answered, and which window it was to be done before: written by the workflow, and back-filled."""

import datetime
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import CustomerMembership
from requests_app import workflow
from requests_app.models import Action, CancelWhen, SeatBatch, SubscriptionRequest
from tests import factories

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def fresh(subscription_request):
    return SubscriptionRequest.objects.get(pk=subscription_request.pk)


def at(subscription_request, action):
    return subscription_request.events.filter(action=action).first().created_at


# --- First answers ---------------------------------------------------------------------------------------------


def test_nobody_has_answered_what_was_just_filed(cast):
    assert factories.purchase(cast.customer, cast.bob).answered_at is None


def test_first_answer_is_the_first_step_of_the_partners_that_the_customer_sees(cast):
    filed = factories.purchase(cast.customer, cast.bob)
    workflow.message(filed, actor=cast.bob, text="Please hurry")
    workflow.note(filed, actor=cast.dana, text="For us alone")
    assert fresh(filed).answered_at is None
    workflow.message(filed, actor=cast.dana, text="We are on it")
    said = filed.events.filter(actor=cast.dana, action=Action.MESSAGE).get().created_at
    assert fresh(filed).answered_at == said
    assert (fresh(filed).version, fresh(filed).status) == (1, "submitted")
    workflow.claim(filed, actor=cast.dana)
    assert fresh(filed).answered_at == said


def test_claim_is_an_answer_and_release_takes_none_back(cast):
    filed = workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.dana)
    assert filed.answered_at == at(filed, Action.CLAIM)
    released = workflow.release(filed, actor=cast.dana)
    assert released.answered_at == at(filed, Action.CLAIM)


def test_what_is_withdrawn_at_once_was_never_answered(cast):
    assert workflow.withdraw(factories.purchase(cast.customer, cast.bob), actor=cast.bob).answered_at is None


def test_message_of_somebody_on_both_sides_is_the_customers(cast):
    CustomerMembership.objects.create(user=cast.max, customer=cast.customer, role="requester")
    filed = factories.purchase(cast.customer, cast.bob)
    workflow.message(filed, actor=cast.max, text="As your colleague")
    assert fresh(filed).answered_at is None


def test_database_takes_no_answer_from_before_the_question(cast):
    filed = factories.purchase(cast.customer, cast.bob)
    with pytest.raises(IntegrityError, match="requests_app_request_answered"), transaction.atomic():
        SubscriptionRequest.objects.filter(pk=filed.pk).update(answered_at=filed.submitted_at - HOUR)


def test_answer_by_a_machine_whose_clock_is_slow_is_not_refused(cast):
    filed = factories.purchase(cast.customer, cast.bob)
    ahead = timezone.now() + HOUR
    SubscriptionRequest.objects.filter(pk=filed.pk).update(submitted_at=ahead)
    assert workflow.claim(filed, actor=cast.dana).answered_at == ahead


# --- Windows ---------------------------------------------------------------------------------------------------


def test_window_is_kept_as_it_closes_without_the_lead_time(cast):
    cast.partner.lead_time_days = 1
    cast.partner.save()
    subscription = factories.subscription(cast.customer)
    filed = factories.cancellation(subscription, cast.alice)
    assert filed.window_closes_at == subscription.cancellation_allowed_until
    assert filed.deadline == subscription.cancellation_allowed_until - DAY


@pytest.mark.parametrize("open_for", [None, -1])
def test_no_window_no_moment(cast, open_for):
    until = open_for and timezone.now() + open_for * HOUR
    shut = factories.subscription(cast.customer, cancellation_allowed_until=until)
    assert factories.cancellation(shut, cast.alice).window_closes_at is None
    still = factories.subscription(cast.customer)
    assert factories.cancellation(still, cast.alice, when=CancelWhen.END_OF_TERM).window_closes_at is None
    assert factories.purchase(cast.customer, cast.bob).window_closes_at is None


def test_window_of_fewer_seats_is_that_of_the_seats_that_go(cast):
    subscription = factories.subscription(cast.customer, quantity=12)
    until = timezone.now() + 6 * DAY
    SeatBatch.objects.create(
        subscription=subscription, quantity=4, added_at=timezone.now() - DAY, cancellation_allowed_until=until
    )
    filed = workflow.submit_fewer_seats(subscription, seats=3, actor=cast.alice)
    assert (filed.window_closes_at, filed.deadline) == (until, until)


def test_window_stays_once_it_has_shut_and_the_deadline_is_another_one(cast):
    """Approved too late, the request is due by its answer time: it has missed its window all the same."""
    subscription = factories.subscription(cast.customer)
    filed = workflow.claim(factories.cancellation(subscription, cast.alice), actor=cast.dana)
    was = filed.window_closes_at
    subscription.cancellation_allowed_until = timezone.now() - HOUR
    subscription.save()
    assert workflow.move_deadlines(subscription) == 1
    assert fresh(filed).window_closes_at == was
    approved = workflow.approve(filed, actor=cast.dana)
    assert (approved.deadline_reason, approved.window_closes_at) == ("end_of_term", was)


def test_window_that_was_corrected_is_the_corrected_one(cast):
    subscription = factories.subscription(cast.customer)
    filed = factories.cancellation(subscription, cast.alice)
    subscription.cancellation_allowed_until += DAY
    subscription.save()
    assert workflow.move_deadlines(subscription) == 1
    assert fresh(filed).window_closes_at == subscription.cancellation_allowed_until


# --- What was on file before -----------------------------------------------------------------------------------


def test_migration_fills_in_what_the_workflow_would_have_written(cast, monkeypatch):
    """From the history and the facts, batch by batch; what is there already is not written again."""
    migration = import_module("requests_app.migrations.0016_fill_when_answered")
    monkeypatch.setattr(migration, "BATCH", 2)
    for status in ("submitted", "in_review", "waiting", "approved", "failed", "completed", "declined", "withdrawn"):
        filed = factories.cancellation(factories.subscription(cast.customer), cast.alice)
        factories.in_status(filed, status, agent=cast.dana, author=cast.alice)
    by_message = factories.purchase(cast.customer, cast.bob)
    workflow.message(by_message, actor=cast.bob, text="Please hurry")
    workflow.note(by_message, actor=cast.dana, text="For us alone")
    workflow.message(by_message, actor=cast.dana, text="We are on it")
    workflow.submit_fewer_seats(factories.subscription(cast.customer), seats=3, actor=cast.alice)
    shut = factories.subscription(cast.customer, cancellation_allowed_until=timezone.now() - HOUR)
    factories.cancellation(shut, cast.alice)

    def written():
        return list(SubscriptionRequest.objects.order_by("pk").values_list("pk", "answered_at", "window_closes_at"))

    before = written()
    assert sum(answered is not None for _pk, answered, _window in before) == 7
    assert sum(window is not None for _pk, _answered, window in before) == 9
    SubscriptionRequest.objects.update(answered_at=None, window_closes_at=None)
    kept = timezone.now()
    SubscriptionRequest.objects.filter(pk=before[1][0]).update(answered_at=kept)
    migration.fill(None, SimpleNamespace(connection=connection))
    assert written() == [before[0], (before[1][0], kept, before[1][2]), *before[2:]]
