"""Several people at the same moment: one wins, the others are told, nothing is done twice."""

import threading

import pytest
from django.db import connection

from accounts.models import User
from portal.lib.acting import acting_as
from requests_app import workflow
from requests_app.models import RequestEvent, SubscriptionRequest
from tests import factories
from tests.conftest import make_cast

PEOPLE = 8


def at_once(people, attempt):
    """Run ``attempt(person)`` in PEOPLE threads that start together, each as its person; return what each gave or raised."""
    barrier = threading.Barrier(PEOPLE)
    results = [None] * PEOPLE

    def run(number):
        try:
            barrier.wait(timeout=20)
            pk = people[number % len(people)].pk
            with acting_as(pk):
                results[number] = attempt(User.objects.get(pk=pk))
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
def test_one_of_many_claims_wins():
    cast = make_cast()
    filed = [factories.purchase(cast.customer, cast.alice) for _ in range(5)]
    agents = [cast.dana, cast.max]
    for one in filed:
        results = at_once(agents, lambda agent, one=one: workflow.claim(one, actor=agent))
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
    results = at_once([cast.bob], lambda bob: factories.cancellation(subscription, bob))
    filed = [result for result in results if isinstance(result, SubscriptionRequest)]
    refused = [result for result in results if isinstance(result, workflow.CannotSubmit)]
    assert (len(filed), len(refused)) == (1, PEOPLE - 1)
    assert SubscriptionRequest.objects.count() == 1
