"""A queue with something in every corner: each state, kind, customer and partner, many with the same deadline."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import EndOfTermChoice, Status, SubscriptionRequest
from tests import factories

NOW = datetime.datetime(2026, 11, 25, 9, 30, tzinfo=datetime.UTC)
DEADLINES = [datetime.timedelta(hours=hours) for hours in (-30, -1, 3, 3, 3, 30, 300)]


@pytest.fixture
def queue_world(cast):
    """Some forty requests; returns those of the cast. Every third has the same moment of arrival as another."""
    products = [factories.product("Power BI Pro"), factories.product("Exchange Online")]
    places = [
        (cast.customer, cast.alice, (cast.dana, cast.max)),
        (cast.sibling, cast.charlie, (cast.max, cast.dana)),
        (cast.foreign_customer, cast.frank, (cast.erin, cast.erin)),
    ]
    made = []
    for customer, author, agents in places:
        offers = [
            customer.partner.offers.filter(product=product).first() or factories.offer(customer.partner, product)
            for product in products
        ]
        for position, status in enumerate(Status.values):
            subscription = factories.subscription(
                customer,
                products[position % 2],
                external_id=f"{'ab' if position % 2 else 'cd'}-{customer.pk}-{position}",
                order_id=f"Order-{customer.pk}-{position}",
            )
            filed = [
                factories.cancellation(subscription, author),
                factories.purchase(customer, author, offers[position % 2]),
            ]
            filed += [workflow.submit_more_seats(subscription, seats=2, actor=author)] if position % 3 == 0 else []
            made += [
                factories.in_status(one, status, agent=agents[(position + turn) % 2], author=author)
                for turn, one in enumerate(filed)
            ]
    late = workflow.submit_end_of_term(
        factories.subscription(cast.customer, products[0]), choice=EndOfTermChoice.MONTH_TO_MONTH, actor=cast.alice
    )
    for number, one in enumerate([*made, late]):
        SubscriptionRequest.objects.filter(pk=one.pk).update(
            deadline=NOW + DEADLINES[number * 5 % len(DEADLINES)],
            submitted_at=NOW - datetime.timedelta(days=number // 3),
            closed_at=NOW if one.status not in ("submitted", "in_review", "waiting", "approved", "failed") else None,
        )
    cast.products = products
    with timezone.override(datetime.timezone(datetime.timedelta(hours=8))):
        yield cast
