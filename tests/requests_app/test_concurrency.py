"""Several people at the same moment: one wins, the others are told, nothing is done twice."""

import pytest

from accounts.models import User
from requests_app import workflow
from requests_app.models import RequestEvent, SubscriptionRequest
from tests import factories
from tests.at_once import PEOPLE, at_once
from tests.conftest import make_cast


@pytest.mark.django_db(transaction=True)
def test_one_of_many_claims_wins():
    cast = make_cast()
    filed = [factories.purchase(cast.customer, cast.alice) for _ in range(5)]
    agents = [cast.dana.pk, cast.max.pk]
    for one in filed:
        results = at_once(
            lambda number, one=one: workflow.claim(one, actor=User.objects.get(pk=agents[number % 2])), agents
        )
        winners = [result for result in results if isinstance(result, SubscriptionRequest)]
        losers = [result for result in results if isinstance(result, workflow.StepNotAllowed)]
        assert (len(winners), len(losers)) == (1, PEOPLE - 1)
        stored = SubscriptionRequest.objects.get(pk=one.pk)
        assert stored.assignee == winners[0].assignee
        assert RequestEvent.objects.filter(subscription_request=one, action="claim").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_cancellations_of_a_subscription_is_filed():
    cast = make_cast()
    subscription = factories.subscription(cast.customer)
    results = at_once(
        lambda number: factories.cancellation(subscription, User.objects.get(pk=cast.bob.pk)), [cast.bob.pk]
    )
    filed = [result for result in results if isinstance(result, SubscriptionRequest)]
    refused = [result for result in results if isinstance(result, workflow.CannotSubmit)]
    assert (len(filed), len(refused)) == (1, PEOPLE - 1)
    assert SubscriptionRequest.objects.count() == 1
