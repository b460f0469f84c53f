"""What the tests of the customer's pages and of the desk share."""

import datetime

import pytest
from django.utils import timezone

from requests_app.models import Status, SubscriptionRequest
from tests import factories


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def filed(cast):
    return factories.cancellation(
        factories.subscription(cast.customer, friendly_name="CANARY-sub"), cast.alice, reason="CANARY-reason"
    )


@pytest.fixture
def one_of_each(cast):
    made = {}
    for status in Status:
        made[status] = factories.in_status(
            factories.cancellation(factories.subscription(cast.customer), cast.alice),
            status,
            agent=cast.max if status == Status.IN_REVIEW else cast.dana,
            author=cast.alice,
        )
    past = timezone.now() - datetime.timedelta(hours=1)
    SubscriptionRequest.objects.filter(pk__in=[made["approved"].pk, made["declined"].pk]).update(deadline=past)
    return made
