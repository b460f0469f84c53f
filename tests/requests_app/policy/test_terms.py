"""Terms: first days, last days, and what comes after them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app import policy
from requests_app.models import ProductType, TermDuration
from tests.requests_app.policy.strategies import DAYS, TERMS, situations

NOW = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ((2026, 1, 1), "P1Y", (2026, 12, 31)),
        ((2026, 3, 1), "P1Y", (2027, 2, 28)),
        ((2027, 3, 1), "P1Y", (2028, 2, 29)),
        ((2028, 2, 29), "P1Y", (2029, 2, 27)),
        ((2026, 1, 31), "P1M", (2026, 2, 27)),
        ((2026, 12, 15), "P1M", (2027, 1, 14)),
        ((2026, 12, 31), "P3Y", (2029, 12, 30)),
    ],
)
def test_commitment_end_is_the_last_day_of_the_term(start, term, end):
    assert policy.commitment_end(datetime.date(*start), term) == datetime.date(*end)


@given(st.dates(datetime.date(2020, 1, 1), datetime.date(2090, 1, 1)), st.sampled_from(TermDuration.values))
def test_commitment_end_is_never_longer_than_the_term(start, term):
    days = (policy.commitment_end(start, term) - start).days + 1
    months = policy.TERM_MONTHS[TermDuration(term)]
    assert 28 * months <= days <= 31 * months


def test_end_of_day_is_the_next_midnight_in_utc():
    assert policy.end_of_day(datetime.date(2026, 12, 31)) == datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("product_type", "hours"),
    [
        (ProductType.LICENSE_BASED, 168),
        (ProductType.SOFTWARE_SUBSCRIPTION, 168),
        (ProductType.BUSINESS_CENTRAL, 168),
        (ProductType.MARKETPLACE_SAAS, 72),
        (ProductType.PERPETUAL_SOFTWARE, 720),
    ],
)
def test_cancellation_window_end_of_each_product_type(product_type, hours):
    assert policy.cancellation_window_end(product_type, NOW) == NOW + datetime.timedelta(hours=hours)


def test_cancellation_window_end_of_azure_usage_is_none():
    assert policy.cancellation_window_end(ProductType.AZURE_USAGE, NOW) is None


# --- The first day of the current term ---


@given(DAYS, TERMS, st.integers(0, 30))
def test_term_start_after_renewals(start, term, renewals):
    """Terms follow each other without a gap, each counted from the first day's own day of the month."""
    months = policy.TERM_MONTHS[TermDuration(term)]
    first = policy.terms.in_months(start, renewals * months)
    end = policy.terms.in_months(start, (renewals + 1) * months) - datetime.timedelta(days=1)
    found = policy.term_start(start, end, term)
    assert start <= found <= first
    assert first - found <= datetime.timedelta(days=3)
    assert found == first or start.day > 28


@given(st.builds(datetime.date, st.integers(2020, 2030), st.just(1), st.integers(28, 31)), st.integers(0, 40))
def test_term_start_is_never_late_where_february_has_shortened_the_day(start, renewals):
    """Each term counted from the end of the one before, as Partner Center may do: after February the day stays 28."""
    first = start
    for _ in range(renewals):
        first = policy.commitment_end(first, "P1M") + datetime.timedelta(days=1)
    found = policy.term_start(start, policy.commitment_end(first, "P1M"), "P1M")
    assert datetime.timedelta(0) <= first - found <= datetime.timedelta(days=3)


@pytest.mark.parametrize(
    ("start", "end", "term", "first"),
    [
        ((2024, 2, 29), (2025, 2, 27), "P1Y", (2024, 2, 29)),
        ((2024, 2, 29), (2026, 2, 27), "P1Y", (2025, 2, 28)),
        ((2027, 3, 1), (2028, 2, 29), "P1Y", (2027, 3, 1)),
        ((2024, 1, 31), (2024, 3, 30), "P1M", (2024, 2, 29)),
        ((2025, 12, 15), (2027, 1, 14), "P1M", (2026, 12, 15)),
        ((2026, 6, 1), (2026, 12, 31), "P1Y", (2026, 6, 1)),  # ends together with another one
        ((2023, 1, 1), (2028, 12, 31), "P3Y", (2026, 1, 1)),
    ],
)
def test_term_start(start, end, term, first):
    assert policy.term_start(datetime.date(*start), datetime.date(*end), term) == datetime.date(*first)


def test_term_start_without_an_end_is_the_start():
    assert policy.term_start(datetime.date(2020, 5, 5), None, "P1M") == datetime.date(2020, 5, 5)


# --- Afterwards ---

APRIL = datetime.date(2025, 4, 1)
MAY = datetime.date(2026, 5, 4)
DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("bought", "ends", "applies"),
    [(APRIL, MAY, True), (APRIL - DAY, MAY, False), (APRIL, MAY - DAY, False), (APRIL, None, False)],
)
def test_extended_service_term_applies_from_both_days_on(bought, ends, applies):
    assert policy.extended_service_term(bought, ends, has_monthly_plan=None).applies is applies


@pytest.mark.parametrize(("plan", "surcharges"), [(True, (3,)), (False, (23,)), (None, (3, 23))])
def test_surcharge_follows_the_monthly_plan_and_names_both_where_unknown(plan, surcharges):
    assert policy.extended_service_term(APRIL, MAY, plan).surcharges == surcharges


@given(situations())
def test_auto_renew_off_never_stands_for_a_cancellation(situation):
    facts, now = situation
    after = policy.end_of_term(facts, now)
    if after == policy.AfterTerm.CANCELLED:
        assert facts.ends_on is not None
    if facts.is_running and facts.ends_on is None and facts.commitment_end_date and not facts.auto_renew_enabled:
        est = policy.est_of(facts).applies
        assert after == (policy.AfterTerm.MONTH_TO_MONTH if est else policy.AfterTerm.EXPIRES)


@given(situations())
def test_what_does_not_run_is_over(situation):
    facts, now = situation
    ended = facts.ends_on is not None and policy.end_of_day(facts.ends_on) <= now
    assert (policy.end_of_term(facts, now) == policy.AfterTerm.OVER) is (not facts.is_running or ended)


@pytest.mark.parametrize(("now", "after"), [("2026-11-22 23:59", "cancelled"), ("2026-11-23 00:00", "over")])
def test_arranged_end_is_still_to_come_on_the_last_day(now, after):
    last = datetime.date(2026, 11, 22)
    facts = policy.Facts(
        ProductType.LICENSE_BASED, 5, "P1Y", "monthly", datetime.date(2025, 11, 23), last, False, last, "active",
        policy.NO_WINDOW,
    )  # fmt: skip
    assert policy.end_of_term(facts, datetime.datetime.fromisoformat(now).replace(tzinfo=datetime.UTC)) == after
