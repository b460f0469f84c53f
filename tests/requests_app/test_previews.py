"""What the rules are told about rows: facts of subscriptions, and deadlines in a partner's own hours."""

import datetime
import zoneinfo

import pytest
from django.utils import timezone

from accounts.models import PartnerHoliday
from requests_app import policy, previews, workflow
from requests_app.models import (
    CancellationPolicy,
    DeadlineReason,
    EndOfTermChoice,
    ProductType,
    SeatBatch,
    SubscriptionRequest,
)
from requests_app.workflow import OrderLine, RenewalChanges
from tests import factories
from tests.requests_app.workflow.steps import ask

DAY = datetime.timedelta(days=1)
TAIPEI = zoneinfo.ZoneInfo("Asia/Taipei")


def utc(*moment):
    return datetime.datetime(*moment, tzinfo=datetime.UTC)


# --- Facts ---


def test_facts_of_a_subscription_are_what_is_on_record(cast):
    cast.partner.lead_time_days = 2
    cast.partner.save()
    until = utc(2026, 11, 26, 8)
    subscription = factories.subscription(
        cast.customer,
        quantity=25,
        effective_start_date=datetime.date(2026, 11, 19),
        commitment_end_date=datetime.date(2027, 11, 18),
        cancellation_allowed_until=until,
        cancellation_date_is_estimate=True,
        auto_renew_enabled=False,
        ends_on=datetime.date(2027, 11, 18),
        status="suspended",
    )
    later = utc(2026, 11, 30, 8)
    SeatBatch.objects.create(
        subscription=subscription, quantity=4, added_at=utc(2026, 11, 23), cancellation_allowed_until=later
    )
    SeatBatch.objects.create(subscription=subscription, quantity=2, added_at=utc(2026, 11, 20))
    [rule] = [rule for rule in policy.STANDARD_RULES if rule.product_type == ProductType.LICENSE_BASED]
    assert previews.facts_of(subscription) == policy.Facts(
        product_type=ProductType.LICENSE_BASED,
        quantity=25,
        term="P1Y",
        billing_cycle="monthly",
        effective_start_date=datetime.date(2026, 11, 19),
        commitment_end_date=datetime.date(2027, 11, 18),
        auto_renew_enabled=False,
        ends_on=datetime.date(2027, 11, 18),
        status="suspended",
        window=policy.Window(until, is_estimate=True),
        batches=(policy.Batch(2, policy.Window(None)), policy.Batch(4, policy.Window(later))),
        rule=rule,
        lead_time_days=2,
        has_monthly_plan=None,
    )


def test_rule_of_a_subscription_is_the_one_of_its_last_renewal(cast):
    """A rule that came into force within the term does not reach it; the next renewal does."""
    subscription = factories.subscription(
        cast.customer,
        effective_start_date=datetime.date(2024, 3, 1),
        commitment_end_date=datetime.date(2026, 2, 28),
    )
    for day, hours in ((datetime.date(2025, 3, 1), 24), (datetime.date(2025, 3, 2), 48)):
        CancellationPolicy.objects.create(
            product_type=ProductType.LICENSE_BASED, in_force_from=day, window_hours=hours, source="made up"
        )
    assert previews.rule_of(subscription).window == datetime.timedelta(hours=24)
    subscription.commitment_end_date = datetime.date(2027, 2, 28)
    assert previews.rule_of(subscription).window == datetime.timedelta(hours=48)
    subscription.commitment_end_date = datetime.date(2025, 2, 28)
    assert previews.rule_of(subscription).window == datetime.timedelta(hours=168)


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"term_duration": "P1M"}, True),
        ({"term_duration": "P1Y"}, None),
        ({"term_duration": "P1M", "is_active": False}, None),
    ],
)
def test_monthly_plan_is_known_where_the_partner_sells_one(cast, fields, known):
    subscription = factories.subscription(cast.customer)
    factories.offer(cast.partner, subscription.product, **fields)
    assert previews.facts_of(subscription).has_monthly_plan is known


def test_monthly_plan_of_another_partner_or_product_is_none(cast):
    subscription = factories.subscription(cast.customer)
    factories.offer(cast.other_partner, subscription.product, term_duration="P1M")
    factories.offer(cast.partner, term_duration="P1M")
    assert previews.facts_of(subscription).has_monthly_plan is None


@pytest.mark.parametrize("product_type", ProductType)
def test_estimated_window_is_that_of_the_rule_of_the_day(db, product_type):
    [rule] = [rule for rule in policy.STANDARD_RULES if rule.product_type == product_type]
    bought_at = utc(2026, 11, 22, 9, 30)
    expected = bought_at + rule.window if rule.window else None
    assert previews.estimated_window_end(product_type, bought_at) == expected


def test_estimated_window_without_a_rule_is_none(db):
    CancellationPolicy.objects.all().delete()
    assert previews.estimated_window_end(ProductType.LICENSE_BASED, utc(2026, 11, 22)) is None


def test_preview_of_a_purchase_tells_each_line_by_the_rule_of_its_product(cast):
    types = [ProductType.LICENSE_BASED, ProductType.AZURE_USAGE]
    offers = [factories.offer(cast.partner, factories.product(product_type=one)) for one in types]
    now = utc(2026, 11, 22, 9)
    outcome = previews.of_purchase([OrderLine(offer, 3) for offer in offers], now)
    assert [(line.product_type, line.quantity, line.window_hours, line.first_term_end) for line in outcome.lines] == [
        (ProductType.LICENSE_BASED, 3, 168, datetime.date(2027, 11, 21)),
        (ProductType.AZURE_USAGE, 3, None, None),
    ]


def test_preview_of_a_renewal_tells_what_changes_and_nothing_else(cast):
    facts = previews.facts_of(factories.subscription(cast.customer))
    changes = RenewalChanges(quantity=40, billing_cycle="annual")
    outcome = previews.of_end_of_term(facts, EndOfTermChoice.RENEW_CHANGED, changes, timezone.now())
    assert outcome.changes == policy.Changes(40, None, "annual")


def test_stored_picture_is_the_one_that_the_author_was_shown(cast):
    filed = ask("cancellation", cast, factories.subscription(cast.customer))
    assert (
        previews.stored(SubscriptionRequest.objects.get()).digest() == policy.Outcome.from_json(filed.preview).digest()
    )
    assert previews.stored(SubscriptionRequest()) is None


# --- Deadlines, in the partner's own hours ---


@pytest.fixture
def taipei(cast):
    """Monday to Friday, 9 to 18 by Taipei's clock (UTC+8), an answer within a day of work."""
    cast.partner.time_zone, cast.partner.answer_hours = "Asia/Taipei", 9
    cast.partner.save()
    return cast.partner


@pytest.mark.parametrize(
    ("received_at", "holidays", "answered_by"),
    [
        pytest.param(utc(2026, 11, 23, 1), [], utc(2026, 11, 23, 10), id="Monday at nine: by the evening"),
        pytest.param(utc(2026, 11, 23, 6), [], utc(2026, 11, 24, 6), id="Monday at two: by Tuesday at two"),
        pytest.param(utc(2026, 11, 20, 9), [], utc(2026, 11, 23, 9), id="Friday at five: over the weekend"),
        pytest.param(utc(2026, 11, 21, 4), [], utc(2026, 11, 23, 10), id="Saturday: by Monday evening"),
        pytest.param(utc(2026, 11, 20, 9), [(2026, 11, 23)], utc(2026, 11, 24, 9), id="Monday is a holiday"),
        pytest.param(
            utc(2026, 11, 20, 9), [(2026, 11, 23), (2026, 11, 24)], utc(2026, 11, 25, 9), id="two days of holidays"
        ),
        pytest.param(utc(2026, 11, 23, 6), [(2026, 11, 20)], utc(2026, 11, 24, 6), id="a holiday that is over"),
        pytest.param(utc(2026, 11, 22, 17), [(2026, 11, 23)], utc(2026, 11, 24, 10), id="by their day, not UTC's"),
    ],
)
def test_promised_answer_counts_the_hours_in_which_somebody_is_there(taipei, received_at, holidays, answered_by):
    for day in holidays:
        PartnerHoliday.objects.create(partner=taipei, date=datetime.date(*day))
    assert previews.promised_answer(taipei, received_at) == answered_by


def test_holidays_of_other_partners_do_not_count(cast, taipei):
    PartnerHoliday.objects.create(partner=cast.other_partner, date=datetime.date(2026, 11, 23))
    assert previews.promised_answer(taipei, utc(2026, 11, 23, 1)) == utc(2026, 11, 23, 10)


def test_business_hours_are_those_of_the_partner(taipei):
    taipei.business_days, taipei.opens_at, taipei.closes_at = [5, 6], datetime.time(10, 30), datetime.time(16)
    assert previews.business_hours_of(taipei, utc(2026, 11, 23)) == policy.BusinessHours(
        TAIPEI, frozenset({5, 6}), datetime.time(10, 30), datetime.time(16), frozenset()
    )


def about(cast, name, **fields):
    filed = ask(name, cast, factories.subscription(cast.customer, **fields))
    return filed, previews.facts_of(filed.subscription)


def test_deadline_is_the_window_less_the_lead_time(cast, taipei):
    taipei.lead_time_days = 1
    taipei.save()
    cast.customer.refresh_from_db()
    now = timezone.now()
    filed, facts = about(cast, "cancellation", cancellation_allowed_until=now + 4 * DAY)
    assert previews.deadline_of(filed, facts, now) == policy.Deadline(now + 3 * DAY, DeadlineReason.WINDOW)


def test_deadline_of_fewer_seats_is_the_window_of_the_seats_that_have_to_go(cast):
    now = timezone.now()
    subscription = factories.subscription(cast.customer, cancellation_allowed_until=None)
    SeatBatch.objects.create(
        subscription=subscription, quantity=6, added_at=now, cancellation_allowed_until=now + 5 * DAY
    )
    filed = ask("fewer seats", cast, subscription)
    assert (filed.deadline, filed.deadline_reason) == (now + 5 * DAY, DeadlineReason.WINDOW)


def test_deadline_without_anything_that_presses_is_the_promise(cast, taipei):
    now = utc(2026, 11, 23, 1)
    filed, facts = about(cast, "cancellation", cancellation_allowed_until=None)
    filed.customer.partner = taipei
    assert previews.deadline_of(filed, facts, now) == policy.Deadline(utc(2026, 11, 23, 10), DeadlineReason.ANSWER)
    assert previews.deadline_of(ask_to_buy(cast), None, now).reason == DeadlineReason.ANSWER


def ask_to_buy(cast):
    factories.offer(cast.partner)
    return ask("purchase", cast)


def test_deadline_at_the_end_of_a_term_that_ends_before_the_promise(cast):
    today = timezone.now().date()
    filed, _ = about(cast, "renew", commitment_end_date=today)
    assert filed.deadline_reason == DeadlineReason.END_OF_TERM
    assert filed.deadline == datetime.datetime.combine(today + DAY, datetime.time(), datetime.UTC)


def test_deadline_once_approved_is_the_end_of_the_term_or_the_promise_anew(cast, taipei):
    filed, _ = about(cast, "cancellation at the end")
    stored = SubscriptionRequest.objects.select_related("customer__partner", "subscription__product").get(pk=filed.pk)
    end = datetime.datetime.combine(stored.subscription.commitment_end_date + DAY, datetime.time(), datetime.UTC)
    now = utc(2026, 11, 23, 1)
    assert previews.deadline_once_approved(stored, now) == policy.Deadline(end, DeadlineReason.END_OF_TERM)
    assert previews.deadline_once_approved(ask_to_buy(cast), now).reason == DeadlineReason.ANSWER


def test_seats_that_are_asked_back_already_are_not_promised_twice(cast):
    now = timezone.now()
    shut = now - datetime.timedelta(days=1)
    subscription = factories.subscription(cast.customer, quantity=30, cancellation_allowed_until=shut)
    SeatBatch.objects.create(
        subscription=subscription,
        quantity=10,
        added_at=now,
        cancellation_allowed_until=now + datetime.timedelta(days=2),
    )
    workflow.submit_fewer_seats(subscription, seats=8, actor=cast.alice)
    filed = workflow.submit_fewer_seats(subscription, seats=3, actor=cast.bob)
    outcome = previews.stored(filed)
    assert (outcome.possible, outcome.seats_at_once, outcome.seats_at_end_of_term) == ("partly_at_once", 2, 1)
