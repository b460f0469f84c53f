"""Rows that are read along with the row that they belong to."""

from decimal import Decimal

import pytest
from django.db.models import OuterRef
from django.utils import timezone

from portal.lib.along import along, attach
from portal.lib.translated import TranslatedText
from requests_app.models import RequestLine, SeatBatch, Subscription, SubscriptionRequest
from tests import factories

LINES = RequestLine.objects.filter(subscription_request=OuterRef("pk")).order_by("pk")


@pytest.fixture
def filed(cast):
    offers = [factories.offer(cast.partner, unit_price=Decimal(price)) for price in ("9999999999.99", "0.10")]
    return factories.purchase(cast.customer, cast.alice, *offers)


def read(filed):
    found = SubscriptionRequest.objects.annotate(found=along(LINES, "offer", "offer__product")).get(pk=filed.pk)
    attach(found, "lines", found.found)
    return found


def values(row):
    return {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}


def test_rows_are_those_of_the_table(filed, django_assert_num_queries):
    """To the last penny, with what their foreign keys lead to; and nothing is asked for again."""
    lines = list(filed.lines.order_by("pk").select_related("offer__product"))
    wanted = [(values(one), values(one.offer), values(one.offer.product)) for one in lines]
    with django_assert_num_queries(1):
        found = read(filed)
        lines = list(found.lines.all())
        assert [(values(one), values(one.offer), values(one.offer.product)) for one in lines] == wanted
    assert all(one.subscription_request is found for one in lines)
    assert [one.unit_price for one in lines] == [Decimal("9999999999.99"), Decimal("0.10")]
    assert type(lines[0].offer.product.name) is TranslatedText


def test_where_there_is_none_nothing_is_asked_for_either(cast, django_assert_num_queries):
    subscription = factories.subscription(cast.customer)
    added = SeatBatch.objects.filter(subscription=OuterRef("pk")).order_by("pk")
    with django_assert_num_queries(1):
        found = Subscription.objects.annotate(added=along(added)).get(pk=subscription.pk)
        attach(found, "batches", found.added)
        assert list(found.batches.all()) == []


def test_moments_are_moments(cast):
    subscription, now = factories.subscription(cast.customer), timezone.now()
    SeatBatch.objects.create(subscription=subscription, quantity=3, added_at=now)
    added = SeatBatch.objects.filter(subscription=OuterRef("pk")).order_by("pk")
    found = Subscription.objects.annotate(added=along(added)).get(pk=subscription.pk)
    attach(found, "batches", found.added)
    [batch] = found.batches.all()
    assert (batch.added_at, batch.cancellation_allowed_until, batch.quantity) == (now, None, 3)
    assert batch.cancellation_date_is_estimate is False
