"""What a request is about is written by the database, stays true when it is corrected, and can be nothing else."""

import pytest
from django.db import IntegrityError

from portal.lib.acting import SITE, acting_as
from portal.lib.database_roles import database_owner
from requests_app import queue
from requests_app.models import Offer, RequestLine, Subscription, SubscriptionRequest
from requests_app.queue import View
from tests import factories
from tests.requests_app.queue.conftest import NOW


def test_a_request_has_the_product_of_its_subscription_as_soon_as_it_is_written(cast):
    subscription = factories.subscription(cast.customer)
    filed = factories.cancellation(subscription, cast.alice)
    assert filed.product_id == subscription.product_id
    filed.refresh_from_db()
    assert filed.product_id == subscription.product_id


def test_a_line_has_the_product_of_its_offer_and_the_moment_of_its_request(cast):
    offer = factories.offer(cast.partner)
    filed = factories.purchase(cast.customer, cast.alice, offer)
    assert filed.product_id is None
    line = RequestLine.objects.get(subscription_request=filed)
    assert (line.product_id, line.submitted_at) == (offer.product_id, filed.submitted_at)


def test_what_is_written_in_bulk_has_its_product(queue_world):
    about = SubscriptionRequest.objects.exclude(subscription=None).select_related("subscription")
    lines = RequestLine.objects.select_related("offer", "subscription_request")
    assert len(about) > 40
    assert len(lines) > 20
    assert [one.product_id for one in about] == [one.subscription.product_id for one in about]
    assert [(one.product_id, one.submitted_at) for one in lines] == [
        (one.offer.product_id, one.subscription_request.submitted_at) for one in lines
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests_app_subscriptionrequest SET product_id = %(other)s WHERE subscription_id IS NOT NULL",
        "UPDATE requests_app_subscriptionrequest SET product_id = NULL WHERE subscription_id IS NOT NULL",
        "UPDATE requests_app_subscriptionrequest SET product_id = %(other)s WHERE kind = 'purchase'",
        "UPDATE requests_app_requestline SET product_id = %(other)s",
        "UPDATE requests_app_requestline SET product_id = NULL",
        "UPDATE requests_app_requestline SET submitted_at = submitted_at - interval '1 second'",
        "UPDATE requests_app_requestline SET submitted_at = NULL",
    ],
)
@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_any_other(statement):
    """As the owner of the tables, whom no policy binds."""
    from tests.conftest import make_cast

    cast = make_cast()
    factories.purchase(cast.customer, cast.alice)
    factories.cancellation(factories.subscription(cast.customer), cast.alice)
    other = factories.product("Something else")
    with database_owner() as owner, owner.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(statement, {"other": other.pk})


def test_a_corrected_product_is_found_where_it_stands_now(queue_world):
    """The list names the subscription's product as it is now; whoever filters by that name finds the row."""
    dana, other = queue_world.dana, factories.product("Visio Plan 2")
    one = SubscriptionRequest.objects.exclude(subscription=None).filter(customer=queue_world.customer).first()
    before = one.product_id
    with acting_as(queue_world.max.pk):
        subscription = Subscription.objects.get(pk=one.subscription_id)
        subscription.product = other
        subscription.save()
    about_it = set(SubscriptionRequest.objects.filter(subscription=subscription))
    with acting_as(dana.pk):
        assert set(queue.page(View(show="all", product=other.pk, per=100), dana, NOW).rows) == about_it
        assert not about_it & set(queue.page(View(show="all", product=before, per=100), dana, NOW).rows)


def test_lines_follow_a_corrected_offer_and_moment(queue_world):
    line = RequestLine.objects.select_related("subscription_request").order_by("pk").first()
    other, earlier = factories.product("Visio Plan 2"), NOW.replace(year=2025)
    with acting_as(SITE):
        Offer.objects.filter(pk=line.offer_id).update(product=other)
        SubscriptionRequest.objects.filter(pk=line.subscription_request_id).update(
            submitted_at=earlier, answered_at=None
        )
    line.refresh_from_db()
    assert (line.product_id, line.submitted_at) == (other.pk, earlier)
