"""A queue with something in every corner: each state, kind, customer and partner, many with the same deadline."""

import datetime

import pytest
from django.utils import timezone

from portal.lib.database_roles import database_owner
from requests_app.models import OPEN, Kind, RequestLine, Status, Subscription, SubscriptionRequest
from tests import factories
from tests.conftest import make_cast

NOW = datetime.datetime(2026, 11, 25, 9, 30, tzinfo=datetime.UTC)
DEADLINES = [datetime.timedelta(hours=hours) for hours in (-30, -1, 3, 3, 3, 30, 300)]
OF_ITS_KIND = {
    Kind.PURCHASE: {},
    Kind.MORE_SEATS: {"seats": 2},
    Kind.CANCELLATION: {"cancel_when": "now"},
}
IN_ITS_STATE = {
    Status.FAILED: {"failure_reason": "x"},
    Status.DECLINED: {"decline_reason": "x"},
    Status.COMPLETED: {"external_reference": "Order-12"},
}


@pytest.fixture
def queue_world(cast):
    """The cast with some seventy requests. The reader's day is Taipei's."""
    with timezone.override(datetime.timezone(datetime.timedelta(hours=8))):
        yield fill(cast)


@pytest.fixture
def large_queue(transactional_db):
    """The same with ten thousand requests, of which few are open, and with what the planner then knows about them."""
    cast = fill(make_cast())
    with database_owner() as owner, owner.cursor() as cursor:
        cursor.execute(MANY_MORE)
        cursor.execute(LINES)
        cursor.execute(SUBSCRIPTIONS)
        cursor.execute("ANALYZE")
    return cast


MANY_MORE = """
INSERT INTO requests_app_subscriptionrequest (kind, customer_id, partner_id, author_id, assignee_id, subscription_id,
    cancel_when, seats, note, status, deadline, decline_reason, failure_reason, external_reference, submitted_at, closed_at)
SELECT kind, customer_id, partner_id, author_id,
    CASE WHEN turn < 8 THEN assignee_id ELSE coalesce(assignee_id, (SELECT min(user_id) FROM accounts_partnermembership m
        WHERE m.partner_id = r.partner_id)) END,
    subscription_id, cancel_when, seats, note,
    CASE WHEN turn < 8 THEN status ELSE 'completed' END, deadline + turn * interval '7 minutes', decline_reason,
    failure_reason, 'Order-' || turn || '-' || id, submitted_at - turn * interval '3 hours',
    CASE WHEN turn < 8 THEN closed_at ELSE submitted_at END
FROM requests_app_subscriptionrequest r, generate_series(1, 200) turn
WHERE kind <> 'cancellation'
"""

LINES = """
INSERT INTO requests_app_requestline (subscription_request_id, partner_id, offer_id, quantity, unit_price, currency)
SELECT r.id, l.partner_id, l.offer_id, l.quantity, l.unit_price, l.currency
FROM requests_app_subscriptionrequest r
JOIN requests_app_requestline l ON l.subscription_request_id = split_part(r.external_reference, '-', 3)::bigint
WHERE r.kind = 'purchase' AND r.external_reference LIKE 'Order-%-%'
"""

SUBSCRIPTIONS = """
INSERT INTO requests_app_subscription (customer_id, partner_id, product_id, friendly_name, quantity, term_duration,
    billing_cycle, status, auto_renew_enabled, effective_start_date, commitment_end_date, external_id, order_id)
SELECT customer_id, partner_id, product_id, '', 5, term_duration, billing_cycle, status, true, effective_start_date,
    commitment_end_date, 'sub-' || id || '-' || turn, 'ord-' || turn || '-' || id
FROM requests_app_subscription s, generate_series(1, 60) turn
"""


def fill(cast):
    """Write requests as rows, past the workflow; every third arrived at the same moment as another."""
    cast.products = products = [factories.product("Power BI Pro"), factories.product("Exchange Online")]
    offers = {
        partner: [
            *(factories.offer(partner, product) for product in products),
            factories.offer(partner, products[1], term_duration="P3Y"),
        ]
        for partner in (cast.partner, cast.other_partner)
    }
    requests, lines = [], []
    for customer, author, agents in (
        (cast.customer, cast.alice, (cast.dana, cast.max)),
        (cast.sibling, cast.charlie, (cast.max, cast.dana)),
        (cast.foreign_customer, cast.frank, (cast.erin, cast.erin)),
    ):
        for turn, (kind, status) in enumerate((kind, status) for status in Status for kind in OF_ITS_KIND):
            number, about = len(requests), None
            if kind != Kind.PURCHASE:
                about = Subscription.objects.filter(customer=customer, order_id=f"Order-{customer.pk}-{status}").first()
                about = about or factories.subscription(
                    customer,
                    products[turn // 3 % 2],
                    external_id=f"{'ab' if turn % 2 else 'cd'}-{customer.pk}-{turn}",
                    order_id=f"Order-{customer.pk}-{status}",
                )
            one = SubscriptionRequest(
                kind=kind,
                status=status,
                customer=customer,
                partner=customer.partner,
                author=author,
                subscription=about,
                assignee=None if status in (Status.SUBMITTED, Status.WITHDRAWN) else agents[turn % 2],
                deadline=NOW + DEADLINES[number * 5 % len(DEADLINES)],
                submitted_at=NOW - datetime.timedelta(days=number // 3),
                closed_at=None if status in OPEN else NOW,
                **OF_ITS_KIND[kind],
                **IN_ITS_STATE.get(status, {}),
            )
            requests.append(one)
            if kind == Kind.PURCHASE:
                bought = offers[customer.partner][: 1 + turn % 2] if turn % 5 else offers[customer.partner][1:]
                lines += [RequestLine(subscription_request=one, partner=customer.partner, offer=offer, quantity=2, unit_price=1, currency="TWD") for offer in bought]  # fmt: skip
    SubscriptionRequest.objects.bulk_create(requests)
    RequestLine.objects.bulk_create(lines)
    return cast
