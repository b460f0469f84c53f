"""The workflow: its matrix, generated from its table, and what each step does."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.permissions import can
from portal.lib.display import moment
from requests_app import workflow
from requests_app.models import (
    Action,
    CancelWhen,
    ProductType,
    RequestEvent,
    Status,
    Subscription,
    SubscriptionRequest,
    SubscriptionStatus,
)
from tests import factories

EXTRA = {
    Action.DECLINE: {"reason": "Not now"},
    Action.COMPLETE: {"external_reference": "ORDER-9"},
    Action.ASK_CUSTOMER: {"question": "For whom?"},
    Action.ANSWER: {"text": "For the new ones"},
    Action.FAIL: {"reason": "Partner Center refused it"},
    Action.MESSAGE: {"text": "Hello"},
    Action.NOTE: {"text": "Call them"},
}
PEOPLE = ["alice", "bob", "carol", "charlie", "dana", "max", "erin", "frank", "sam", "root"]
PARTNER_ONLY = set(workflow.TRANSITIONS) - {Action.WITHDRAW, Action.ANSWER, Action.MESSAGE}
MAY = {
    Action.WITHDRAW: {"alice", "bob"},
    Action.ANSWER: {"alice", "bob"},
    Action.MESSAGE: {"alice", "bob", "dana", "max", "root"},
    **{action: {"dana", "max", "root"} for action in PARTNER_ONLY},
}
"""Who may take which step, written down by hand: the matrix compares the code with it."""


def take(action, subscription_request, actor, cast):
    extra = {"assignee": cast.max} if action == Action.REASSIGN else EXTRA.get(action, {})
    return getattr(workflow, action.value)(subscription_request, actor=actor, **extra)


def test_who_may_covers_every_transition():
    assert set(MAY) == set(workflow.TRANSITIONS)
    assert set(Action) == {*workflow.TRANSITIONS, Action.SUBMIT, Action.ESCALATE}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", workflow.TRANSITIONS)
def test_transition_matrix(cast, action, status):
    """Every status, step and person: exactly what the table allows happens, everything else changes nothing."""
    transition = workflow.TRANSITIONS[action]
    for name in PEOPLE:
        person = User.objects.get(pk=getattr(cast, name).pk)
        subscription = factories.subscription(cast.customer)
        filed = factories.cancellation(subscription, cast.alice)
        before = factories.in_status(filed, status, agent=cast.dana, author=cast.alice)
        events = before.events.count()
        allowed = name in MAY[action]
        assert (action in workflow.available_actions(before, person)) == (allowed and status in transition.sources)
        if not allowed:
            with pytest.raises(PermissionDenied):
                take(action, before, person, cast)
        elif status not in transition.sources:
            with pytest.raises(workflow.StepNotAllowed):
                take(action, before, person, cast)
        after = before
        if allowed and status in transition.sources:
            after = take(action, before, person, cast)
            assert after.status == (transition.target or status)
        stored = SubscriptionRequest.objects.get(pk=before.pk)
        assert stored.status == after.status
        assert stored.events.count() == events + (after is not before)
        assert stored.events.last().to_status == stored.status


@pytest.mark.django_db
def test_purchase_keeps_the_price_as_it_was(cast):
    offer = factories.offer(cast.partner, unit_price="310.00")
    filed = factories.purchase(cast.customer, cast.bob, offer, quantity=7)
    offer.unit_price = "999.00"
    offer.save()
    line = filed.lines.get()
    assert (line.quantity, str(line.unit_price), line.currency) == (7, "310.00", "TWD")


def test_submit_purchase_by_viewer_is_refused(cast):
    offer = factories.offer(cast.partner)
    with pytest.raises(PermissionDenied):
        workflow.submit_purchase(cast.customer, [workflow.OrderLine(offer, 1)], actor=cast.carol)
    assert SubscriptionRequest.objects.count() == 0


@pytest.mark.parametrize("flaw", ["withdrawn from sale", "another partner's", "another cloud's"])
def test_submit_purchase_of_what_is_not_sold_is_refused(cast, flaw):
    offers = {
        "withdrawn from sale": lambda: factories.offer(cast.partner, is_active=False),
        "another partner's": lambda: factories.offer(cast.other_partner),
        "another cloud's": lambda: factories.offer(cast.partner, factories.product(clouds=["dod"])),
    }
    with pytest.raises(workflow.CannotSubmit):
        workflow.submit_purchase(cast.customer, [workflow.OrderLine(offers[flaw](), 1)], actor=cast.alice)
    assert SubscriptionRequest.objects.count() == 0


def test_submit_cancellation_twice_is_refused(cast):
    subscription = factories.subscription(cast.customer)
    first = factories.cancellation(subscription, cast.alice)
    with pytest.raises(workflow.CannotSubmit):
        factories.cancellation(subscription, cast.bob)
    assert list(SubscriptionRequest.objects.all()) == [first]


def test_submit_cancellation_after_a_declined_one_is_accepted(cast):
    subscription = factories.subscription(cast.customer)
    first = factories.cancellation(subscription, cast.alice)
    factories.in_status(first, "declined", agent=cast.dana, author=cast.alice)
    second = factories.cancellation(subscription, cast.bob)
    assert second.status == Status.SUBMITTED


def test_submit_cancellation_of_an_ended_subscription_is_refused(cast):
    subscription = factories.subscription(cast.customer, status=SubscriptionStatus.DELETED)
    with pytest.raises(workflow.CannotSubmit):
        factories.cancellation(subscription, cast.alice)


def test_complete_purchase_creates_a_subscription_for_each_line(cast):
    first, second = factories.offer(cast.partner), factories.offer(cast.partner, term_duration="P1M")
    filed = factories.purchase(cast.customer, cast.alice, first, second, quantity=4)
    approved = factories.in_status(filed, "approved", agent=cast.dana, author=cast.alice)
    start = datetime.date(2027, 1, 31)
    workflow.complete(approved, actor=cast.dana, external_reference="ORDER-7", effective_start_date=start)
    made = Subscription.objects.filter(customer=cast.customer).order_by("pk")
    assert [
        (one.product_id, one.quantity, one.order_id, one.effective_start_date, one.commitment_end_date) for one in made
    ] == [
        (first.product_id, 4, "ORDER-7", start, datetime.date(2028, 1, 30)),
        (second.product_id, 4, "ORDER-7", start, datetime.date(2027, 2, 27)),
    ]


@pytest.mark.parametrize("product_type", [ProductType.PERPETUAL_SOFTWARE, ProductType.AZURE_USAGE])
def test_complete_purchase_of_what_has_no_term_sets_no_end(cast, product_type):
    offer = factories.offer(cast.partner, factories.product(product_type=product_type))
    filed = factories.purchase(cast.customer, cast.alice, offer)
    factories.in_status(filed, "completed", agent=cast.dana, author=cast.alice)
    made = Subscription.objects.get()
    assert (made.commitment_end_date, made.auto_renew_enabled) == (None, False)


def test_complete_cancellation_now_ends_the_subscription(cast):
    subscription = factories.subscription(cast.customer)
    filed = factories.cancellation(subscription, cast.alice, CancelWhen.NOW)
    factories.in_status(filed, "completed", agent=cast.dana, author=cast.alice)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.auto_renew_enabled) == (SubscriptionStatus.DELETED, False)


def test_complete_cancellation_at_end_of_term_keeps_it_until_then(cast):
    subscription = factories.subscription(cast.customer)
    filed = factories.cancellation(subscription, cast.alice, CancelWhen.END_OF_TERM)
    factories.in_status(filed, "completed", agent=cast.dana, author=cast.alice)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ends_on) == (SubscriptionStatus.ACTIVE, subscription.commitment_end_date)
    with pytest.raises(workflow.CannotSubmit):
        factories.cancellation(subscription, cast.alice)


def test_decline_without_a_reason_is_refused(cast):
    filed = factories.in_status(
        factories.cancellation(factories.subscription(cast.customer), cast.alice),
        "in_review",
        agent=cast.dana,
        author=cast.alice,
    )
    with pytest.raises(ValueError, match="reason"):
        workflow.decline(filed, actor=cast.dana, reason="  ")


def test_step_taken_by_somebody_else_names_who_and_when(cast):
    filed = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    workflow.claim(filed, actor=cast.dana)
    with pytest.raises(workflow.StepNotAllowed) as refusal:
        workflow.claim(filed, actor=cast.max)
    when = moment(filed.events.last().created_at)
    assert str(refusal.value) == (
        f"This step is not possible any more: the request is “In review” since {when} (Dana)."
    )


@pytest.mark.parametrize("step", ["claim", "complete"])
def test_any_statement_that_fails_leaves_everything_as_before(cast, step):
    """For every k, the k-th statement of a step raises: nothing is half done, and the retry works."""
    k = 0
    while True:
        k += 1
        filed = factories.purchase(cast.customer, cast.alice)
        status = "submitted" if step == "claim" else "approved"
        before = factories.in_status(filed, status, agent=cast.dana, author=cast.alice)
        counts = (before.events.count(), Subscription.objects.count(), jobs())
        executed = 0

        def fail_at_k(execute, sql, params, many, context, k=k):
            nonlocal executed
            executed += 1
            if executed == k:
                raise IntegrityError("injected")
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(fail_at_k):
                take(Action(step), before, cast.dana, cast)
        except IntegrityError:
            stored = SubscriptionRequest.objects.get(pk=before.pk)
            assert (stored.status, stored.assignee_id) == (before.status, before.assignee_id)
            assert (stored.events.count(), Subscription.objects.count(), jobs()) == counts
            assert take(Action(step), before, cast.dana, cast).status == workflow.TRANSITIONS[Action(step)].target
            continue
        assert executed < k  # the step has fewer statements than k: all of them have failed once
        assert k > 5
        break


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


def test_submit_enqueues_one_job_for_its_event(cast):
    before = jobs()
    filed = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone()[0] == "requests_app.tasks.notify_people"
    assert jobs() == before + 1
    assert RequestEvent.objects.filter(subscription_request=filed).count() == 1


@pytest.mark.parametrize("mix", ["customer", "subscription", "offer"])
def test_row_that_mixes_tenants_is_refused_by_the_database(cast, mix):
    filed = factories.purchase(cast.customer, cast.alice)
    mine = factories.cancellation(factories.subscription(cast.customer), cast.alice)
    theirs = factories.subscription(cast.sibling)
    foreign_offer = factories.offer(cast.other_partner)
    statements = {
        "customer": (
            "UPDATE requests_app_subscriptionrequest SET partner_id = %s WHERE id = %s",
            [cast.other_partner.pk, mine.pk],
        ),
        "subscription": (
            "UPDATE requests_app_subscriptionrequest SET subscription_id = %s WHERE id = %s",
            [theirs.pk, mine.pk],
        ),
        "offer": (
            "INSERT INTO requests_app_requestline (subscription_request_id, partner_id, offer_id, quantity, unit_price, currency) VALUES (%s, %s, %s, 1, 1, 'TWD')",
            [filed.pk, cast.partner.pk, foreign_offer.pk],
        ),
    }
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*statements[mix])


def test_permission_of_a_customer_ends_at_the_next_customer(cast):
    from accounts.permissions import Capability

    assert can(cast.alice, Capability.ASK, cast.customer)
    assert not can(cast.alice, Capability.ASK, cast.sibling)
    assert not can(cast.root, Capability.ASK, cast.customer)


def test_numbers_of_requests_are_unique_and_tell_nothing(cast):
    numbers = [factories.purchase(cast.customer, cast.alice).number for _ in range(20)]
    assert len(set(numbers)) == 20
    assert all(len(number) == 11 and number.startswith("R-") and number[2:].isdecimal() for number in numbers)
    values = [int(number[2:]) for number in numbers]
    assert values != sorted(values)
