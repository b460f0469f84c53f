"""The pages of subscriptions: windows, what happens at the end of the term, what can be asked and what is open."""

import datetime

import pytest
from django.utils import timezone

from requests_app import workflow
from requests_app.models import SeatBatch, SubscriptionRequest
from tests import factories

HOUR = datetime.timedelta(hours=1)
KINDS = ["more_seats", "fewer_seats", "end_of_term", "cancellation"]


def batch(subscription, until, **fields):
    now = timezone.now()
    values = {"quantity": 5, "added_at": now - datetime.timedelta(days=2), "cancellation_allowed_until": now + until}
    return SeatBatch.objects.create(subscription=subscription, **(values | fields))


def asks(page, subscription):
    """Return the kinds that a page offers to ask about a subscription."""
    return [kind for kind in KINDS if f'href="/ask/{kind}/?subscription={subscription.pk}"' in page.text]


@pytest.mark.parametrize("page", ["/subscriptions/", "/subscriptions/{pk}/"])
def test_everything_that_can_be_asked_is_offered(as_, cast, page):
    subscription = factories.subscription(cast.customer)
    assert asks(as_(cast.bob).get(page.format(pk=subscription.pk)), subscription) == KINDS
    assert asks(as_(cast.carol).get(page.format(pk=subscription.pk)), subscription) == []


@pytest.mark.parametrize("page", ["/subscriptions/", "/subscriptions/{pk}/"])
@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        ({"commitment_end_date": None}, ["more_seats", "fewer_seats", "cancellation"]),
        ({"ends_on": datetime.date(2030, 1, 31)}, []),
    ],
    ids=["no term", "ending"],
)
def test_what_cannot_be_asked_is_not_offered(as_, cast, page, fields, offered):
    subscription = factories.subscription(cast.customer, **fields)
    assert asks(as_(cast.bob).get(page.format(pk=subscription.pk)), subscription) == offered


@pytest.mark.parametrize("page", ["/subscriptions/", "/subscriptions/{pk}/"])
def test_seats_of_what_is_billed_by_usage_are_not_asked_for(as_, cast, page):
    azure = factories.subscription(
        cast.customer, factories.product(product_type="azure_usage"), commitment_end_date=None
    )
    assert asks(as_(cast.bob).get(page.format(pk=azure.pk)), azure) == ["cancellation"]


@pytest.mark.parametrize("page", ["/subscriptions/", "/subscriptions/{pk}/"])
def test_open_requests_are_shown_and_the_end_is_asked_about_once(as_, cast, page):
    subscription = factories.subscription(cast.customer)
    workflow.submit_more_seats(subscription, seats=2, actor=cast.alice)
    factories.cancellation(subscription, cast.alice)
    shown = as_(cast.bob).get(page.format(pk=subscription.pk))
    assert asks(shown, subscription) == ["more_seats", "fewer_seats"]
    for filed in SubscriptionRequest.objects.all():
        assert filed.number in shown.text


@pytest.mark.parametrize("page", ["/subscriptions/", "/subscriptions/{pk}/"])
def test_each_addition_of_seats_shows_its_own_window(as_, cast, page):
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=None)
    batch(subscription, 30.5 * HOUR, cancellation_date_is_estimate=True)
    batch(subscription, -HOUR, quantity=2)
    text = as_(cast.bob).get(page.format(pk=subscription.pk)).text
    assert "5 seats: open until" in text
    assert "1 day 6 hours left" in text
    assert '<span class="badge">estimate</span>' in text
    assert "2 seats: shut since" in text


def test_auto_renew_that_is_off_never_reads_like_a_cancellation(as_, cast):
    on = timezone.now().date()
    mine = {"auto_renew_enabled": False, "commitment_end_date": on + datetime.timedelta(days=20)}
    subscription = factories.subscription(cast.customer, **mine)
    text = as_(cast.bob).get(f"/subscriptions/{subscription.pk}/").text
    assert "then month to month" in text
    assert "That is not a cancellation: it goes on and is billed." in text
    assert "3% more than the monthly rate, or 23% where there is no monthly plan" in text


def test_auto_renew_off_before_extended_terms_asks_for_a_cancellation_to_be_sure(as_, cast):
    subscription = factories.subscription(
        cast.customer,
        auto_renew_enabled=False,
        term_duration="P3Y",
        effective_start_date=datetime.date(2024, 1, 1),
        commitment_end_date=datetime.date(2026, 12, 31),
    )
    text = as_(cast.bob).get(f"/subscriptions/{subscription.pk}/").text
    assert "ask for one to be sure that it ends" in text
    assert "month to month" not in text.split("What you can ask")[0]


def test_what_is_arranged_and_scheduled_for_the_end_of_the_term_is_shown(as_, cast):
    subscription = factories.subscription(
        cast.customer,
        arranged_at_end_of_term="renew_changed",
        scheduled_quantity=20,
        scheduled_term_duration="P3Y",
        scheduled_billing_cycle="annual",
    )
    text = as_(cast.bob).get(f"/subscriptions/{subscription.pk}/").text
    assert "Arranged: Renew with changes (20 seats, a term of 3 years, billed yearly)" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_the_same_statements_for_any_number_of_batches_and_requests(as_, cast, assert_statements, rows):
    subscription = factories.subscription(cast.customer)
    for _ in range(rows):
        batch(subscription, HOUR)
        batch(factories.subscription(cast.customer), HOUR)
        workflow.submit_more_seats(subscription, seats=2, actor=cast.alice)
    browser = as_(cast.alice)
    with assert_statements(9):
        browser.get("/subscriptions/")
    with assert_statements(9):
        browser.get(f"/subscriptions/{subscription.pk}/")
