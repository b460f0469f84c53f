"""Microsoft's rules about time, at their edges."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app import policy
from requests_app.models import CancelWhen, ProductType, TermDuration

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


def deadline(when, *, window=None, term_end=None, lead=0):
    return policy.cancellation_deadline(
        when=when, cancellation_allowed_until=window, commitment_end_date=term_end, lead_time_days=lead, now=NOW
    )


def test_deadline_now_is_the_close_of_the_window():
    closes = NOW + datetime.timedelta(days=3)
    assert deadline(CancelWhen.NOW, window=closes) == closes


def test_deadline_moves_forward_by_the_lead_time():
    closes = NOW + datetime.timedelta(days=3)
    assert deadline(CancelWhen.NOW, window=closes, lead=2) == closes - datetime.timedelta(days=2)


def test_deadline_is_the_close_itself_when_the_lead_time_has_passed():
    closes = NOW + datetime.timedelta(days=1)
    assert deadline(CancelWhen.NOW, window=closes, lead=2) == closes


@pytest.mark.parametrize("window", [None, NOW, NOW - datetime.timedelta(seconds=1)])
def test_deadline_now_without_a_window_is_the_standard_answer_time(window):
    assert deadline(CancelWhen.NOW, window=window) == NOW + policy.STANDARD_ANSWER_TIME


def test_deadline_at_end_of_term_includes_the_last_day():
    last = datetime.date(2026, 12, 1)
    assert deadline(CancelWhen.END_OF_TERM, term_end=last) == datetime.datetime(2026, 12, 2, tzinfo=datetime.UTC)


@given(
    st.sampled_from(CancelWhen.values),
    st.none()
    | st.timedeltas(datetime.timedelta(days=-900), datetime.timedelta(days=900)).map(lambda delta: NOW + delta),
    st.none() | st.dates(datetime.date(2026, 1, 1), datetime.date(2030, 1, 1)),
    st.integers(0, 60),
)
def test_deadline_is_never_before_the_request(when, window, term_end, lead):
    assert deadline(when, window=window, term_end=term_end, lead=lead) > NOW
