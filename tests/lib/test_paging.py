"""Keyset paging."""

import datetime

import pytest
from django.utils import timezone

from portal.lib.paging import page_of
from requests_app.models import Subscription, SubscriptionRequest
from tests import factories

ORDER = ["-submitted_at", "-pk"]


@pytest.fixture
def seven(cast):
    filed = [factories.purchase(cast.customer, cast.alice) for _ in range(7)]
    same = timezone.now()
    SubscriptionRequest.objects.filter(pk__in=[one.pk for one in filed[2:5]]).update(submitted_at=same)
    return list(SubscriptionRequest.objects.order_by(*ORDER))


def walk(queryset, order, size, direction="older"):
    cursor, seen = "", []
    while True:
        page = page_of(queryset, order, cursor, size=size)
        seen.append(page.rows)
        cursor = getattr(page, direction)
        if not cursor:
            return seen


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_show_every_row_once_in_order(seven, size):
    pages = walk(SubscriptionRequest.objects.all(), ORDER, size)
    assert [row for page in pages for row in page] == seven


def test_newer_leads_back_over_the_same_pages(seven):
    first = page_of(SubscriptionRequest.objects.all(), ORDER, size=3)
    second = page_of(SubscriptionRequest.objects.all(), ORDER, first.older, size=3)
    back = page_of(SubscriptionRequest.objects.all(), ORDER, second.newer, size=3)
    assert (back.rows, back.newer) == (first.rows, "")
    assert back.older


def test_pages_by_an_annotation_with_dates_that_are_missing(cast):
    days = [None, datetime.date(2027, 1, 1), datetime.date(2026, 12, 1), None, datetime.date(2026, 12, 1)]
    start = datetime.date(2026, 1, 1)
    made = [factories.subscription(cast.customer, commitment_end_date=day, effective_start_date=start) for day in days]
    pages = walk(Subscription.objects.by_end_of_term(), ["term_end", "pk"], 2)
    assert [row.pk for page in pages for row in page] == [made[i].pk for i in (2, 4, 1, 0, 3)]


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "\0", "é", "W10", "WyJvIl0", "WyJvIiwgMSwgMl0", "WyJvIiwgIjIwMjYtMDEtMDEiLCAxXQ", "A" * 501,
        "WyJvIiwgIjIwMjYtMDEtMDFUMDA6MDA6MDAiLCAxXQ", "WyJvIiwgbnVsbCwgbnVsbF0",
        "WyJvIiwgIjIwMjYtMDEtMDFUMDA6MDA6MDBaIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTldXQ",
    ],
)  # fmt: skip
def test_cursor_that_makes_no_sense_is_the_first_page(seven, cursor):
    assert page_of(SubscriptionRequest.objects.all(), ORDER, cursor, size=3).rows == seven[:3]
