"""The demonstration's requests: their histories, deadlines and subscriptions fit together, at any moment."""

import datetime
from collections import Counter

import pytest
from django.db import transaction

from accounts.models import User
from accounts.permissions import Capability, can
from portal import demo_data
from requests_app import policy, previews, revalidation
from requests_app.models import (
    Action,
    CancelWhen,
    Kind,
    RequestEvent,
    RequestLine,
    Status,
    Subscription,
    SubscriptionRequest,
    SubscriptionStatus,
)
from requests_app.workflow import CLOSING, TALK, TRANSITIONS

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 25, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
AWKWARD_MOMENTS = [
    *(NOW + number * DAY for number in range(7)),  # each day of the week
    datetime.datetime(2027, 1, 1, 0, 5, tzinfo=datetime.UTC),
    datetime.datetime(2027, 3, 14, 7, 0, tzinfo=datetime.UTC),  # clocks go forward in New York
    datetime.datetime(2027, 3, 31, 23, 55, tzinfo=datetime.UTC),
    datetime.datetime(2028, 2, 29, 12, 0, tzinfo=datetime.UTC),
]


@pytest.fixture
def demo(db):
    demo_data.load(NOW)


def requests() -> list[SubscriptionRequest]:
    return list(
        SubscriptionRequest.objects.select_related(
            "customer__partner", "partner", "author", "assignee", "subscription__product"
        ).prefetch_related("lines__offer__product", "events__actor")
    )


def test_cancelled_subscriptions_end_as_the_workflow_ends_them(demo):
    ended = [request for request in requests() if request.kind == Kind.CANCELLATION and request.status == "completed"]
    assert Counter(request.cancel_when for request in ended) == {CancelWhen.NOW: 5, CancelWhen.END_OF_TERM: 5}
    for request in ended:
        subscription = request.subscription
        expected = (
            (SubscriptionStatus.DELETED, request.closed_at.date())
            if request.cancel_when == CancelWhen.NOW
            else (SubscriptionStatus.ACTIVE, subscription.commitment_end_date)
        )
        assert (subscription.status, subscription.ends_on) == expected
    subscriptions = {request.subscription_id for request in ended}
    assert set(Subscription.objects.filter(ends_on__isnull=False).values_list("pk", flat=True)) == subscriptions


def test_completed_purchases_are_the_orders_of_subscriptions(demo):
    bought = [request for request in requests() if request.kind == Kind.PURCHASE and request.status == "completed"]
    for request in bought:
        ordered = Subscription.objects.filter(customer=request.customer, order_id=request.external_reference)
        assert sorted(ordered.values_list("product_id", "quantity", "term_duration", "billing_cycle")) == sorted(
            (line.offer.product_id, line.quantity, line.offer.term_duration, line.offer.billing_cycle)
            for line in request.lines.all()
        )
        assert set(ordered.values_list("effective_start_date", flat=True)) == {request.closed_at.date()}
    assert len(bought) == 26


def test_requests_of_every_kind_in_every_state(demo):
    of_kind = Counter(SubscriptionRequest.objects.values_list("kind", flat=True))
    assert of_kind == {
        Kind.PURCHASE: 65,
        Kind.CANCELLATION: 42,
        Kind.MORE_SEATS: 5,
        Kind.FEWER_SEATS: 2,
        Kind.END_OF_TERM: 5,
    }
    assert Counter(SubscriptionRequest.objects.values_list("status", flat=True)) == {
        Status.SUBMITTED: 23,
        Status.IN_REVIEW: 16,
        Status.WAITING: 3,
        Status.APPROVED: 10,
        Status.FAILED: 2,
        Status.COMPLETED: 39,
        Status.DECLINED: 13,
        Status.WITHDRAWN: 13,
    }


def test_open_requests_are_overdue_due_today_and_due_later(demo):
    left = [request.deadline - NOW for request in SubscriptionRequest.objects.open()]
    overdue = len([each for each in left if each < 0 * DAY])
    soon = len([each for each in left if 0 * DAY < each <= DAY])
    assert (overdue, soon, len(left)) == (7, 23, 54)


def test_deadlines_and_previews_are_those_of_the_moment_of_filing(demo):
    for request in requests():
        facts = previews.facts_of(request.subscription) if request.subscription else None
        deadline = previews.deadline_of(request, facts, request.submitted_at)
        approved = request.events.filter(action=Action.APPROVE).last()
        if approved:
            deadline = previews.deadline_once_approved(request, approved.created_at)
        assert (request.deadline, request.deadline_reason) == (deadline.at, deadline.reason)
        assert previews.stored(request).as_of == request.submitted_at
        if (request.kind, request.status) == (Kind.CANCELLATION, Status.COMPLETED):
            assert previews.stored(request).possible != policy.Possible.NO
        if request.is_open:
            assert revalidation.changes_since_filing(request, request.submitted_at) == []


def test_notes_are_in_both_languages_but_english_in_america(demo):
    def chinese(text):
        return any("\u4e00" <= character <= "\u9fff" for character in text)

    languages = Counter((request.partner.edition, chinese(request.note)) for request in requests() if request.note)
    assert set(languages) == {("commercial", True), ("commercial", False), ("us_government", False)}
    assert min(languages.values()) > 20


def test_lines_keep_the_price_as_it_was(demo):
    lines = RequestLine.objects.select_related("offer", "subscription_request")
    old = [line for line in lines if line.subscription_request.submitted_at < NOW - 150 * DAY]
    assert [line for line in old if line.unit_price >= line.offer.unit_price > 0] == []
    assert [line for line in lines if line not in old and line.unit_price != line.offer.unit_price] == []
    assert len(old) > 3


@pytest.mark.parametrize("now", AWKWARD_MOMENTS, ids=str)
def test_histories_replay_through_the_workflows_table(now):
    demo_data.load(now)
    for request in requests():
        events = list(request.events.all())
        first, *steps = events
        assert (first.action, first.from_status, first.to_status) == (Action.SUBMIT, "", Status.SUBMITTED)
        assert (first.actor, first.created_at, first.note) == (request.author, request.submitted_at, request.note)
        state, claimed_by = Status.SUBMITTED, None
        for step in steps:
            assert step.assignee == ({Action.CLAIM: step.actor, Action.RELEASE: None}.get(step.action, claimed_by))
            if step.action == Action.ESCALATE:
                assert (step.from_status, step.to_status, step.actor) == (state, state, None)
                continue
            transition = TRANSITIONS[Action(step.action)]
            assert state in transition.sources
            assert (step.from_status, step.to_status) == (state, transition.target or state)
            assert any(can(step.actor, one, request.customer) for one in transition.capabilities)
            state = transition.target or state
            claimed_by = {Action.CLAIM: step.actor, Action.RELEASE: None}.get(step.action, claimed_by)
        assert (request.status, request.assignee) == (state, claimed_by)
        assert request.version == 1 + len([step for step in steps if step.action not in {*TALK, Action.ESCALATE}])
        assert request.escalation == len([step for step in steps if step.action == Action.ESCALATE])
        assert request.closed_at == (events[-1].created_at if state in CLOSING else None)
        times = [event.created_at for event in events]
        assert times == sorted(set(times))
        assert times[-1] <= now


@pytest.mark.parametrize("now", AWKWARD_MOMENTS, ids=str)
def test_cancellations_fit_their_subscriptions(now):
    demo_data.load(now)
    for request in requests():
        subscription = request.subscription
        if subscription is None:
            continue
        assert subscription.effective_start_date <= request.submitted_at.date()
        window = subscription.cancellation_allowed_until
        if request.status == Status.DECLINED:
            assert window < request.submitted_at
        elif request.cancel_when == CancelWhen.NOW:
            assert (request.closed_at or now) < window
        if request.is_open:
            assert subscription.is_cancellable


def test_tenants_are_not_mixed(demo):
    for request in requests():
        customer = request.customer
        assert request.partner == customer.partner
        assert can(request.author, Capability.ASK, customer)
        if request.assignee:
            assert can(request.assignee, Capability.WORK_REQUESTS, customer)
        if request.subscription:
            assert request.subscription.customer_id == customer.pk
        for line in request.lines.all():
            assert line.partner_id == line.offer.partner_id == customer.partner_id
            assert customer.cloud in line.offer.product.clouds
    for subscription in Subscription.objects.select_related("customer", "product"):
        assert subscription.customer.cloud in subscription.product.clouds


def test_load_is_the_same_for_the_same_moment():
    first, second = (_contents(NOW), _contents(NOW))
    assert first == second


def _contents(now: datetime.datetime) -> list[list[tuple[object, ...]]]:
    """Load and return what differs neither by key nor by number, and take it back."""
    with transaction.atomic():
        demo_data.load(now)
        contents = [
            list(User.objects.order_by("email").values_list("email", "name", "date_joined")),
            list(
                Subscription.objects.order_by("customer__name", "product__catalog_item_id").values_list(
                    "customer__name",
                    "product__catalog_item_id",
                    "cancellation_allowed_until",
                    "order_id",
                    "external_id",
                )
            ),
            list(
                RequestEvent.objects.order_by(
                    "created_at", "action", "subscription_request__customer__name", "subscription_request__deadline"
                ).values_list("action", "actor__email", "note", "created_at", "subscription_request__deadline")
            ),
        ]
        transaction.set_rollback(True)
    return contents
