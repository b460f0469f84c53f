"""Periods: which days they are, in whose time zone, and what they are drawn in."""

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.figures import Period, Step
from tests.requests_app.figures import DAY, HOUR, utc

TAIPEI, UTC = zoneinfo.ZoneInfo("Asia/Taipei"), zoneinfo.ZoneInfo("UTC")
ZONES = [
    zoneinfo.ZoneInfo(name) for name in ("Asia/Taipei", "America/New_York", "America/Santiago", "Pacific/Apia", "UTC")
]
DATES = st.dates(datetime.date(2005, 1, 1), datetime.date(2040, 1, 1))


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "thirty", "quarter", "year"),
    [
        (utc(2026, 11, 22, 12), "2026-10-24 2026-11-22", "2026-07-01 2026-09-30", "2026-01-01 2026-11-22"),
        (utc(2026, 12, 31, 15), "2026-12-02 2026-12-31", "2026-07-01 2026-09-30", "2026-01-01 2026-12-31"),
        (utc(2026, 12, 31, 16), "2026-12-03 2027-01-01", "2026-10-01 2026-12-31", "2027-01-01 2027-01-01"),
        (utc(2028, 3, 31, 12), "2028-03-02 2028-03-31", "2027-10-01 2027-12-31", "2028-01-01 2028-03-31"),
        (utc(2028, 4, 1, 0), "2028-03-03 2028-04-01", "2028-01-01 2028-03-31", "2028-01-01 2028-04-01"),
    ],
)
def test_named_periods_go_by_the_day_that_it_is_there(now, thirty, quarter, year):
    made = (Period.last_days(30, now, TAIPEI), Period.last_quarter(now, TAIPEI), Period.this_year(now, TAIPEI))
    assert [f"{one.first} {one.last}" for one in made] == [thirty, quarter, year]


@pytest.mark.parametrize(("first", "last"), [("2026-01-02", "2026-01-01"), ("2024-01-01", "2026-01-01")])
def test_period_that_cannot_be(first, last):
    with pytest.raises(ValueError, match="period"):
        Period(day(first), day(last), UTC)


def test_period_is_as_long_as_two_years_one_of_them_a_leap_year():
    assert Period(day("2024-01-01"), day("2025-12-31"), UTC).days == 731


@pytest.mark.parametrize(
    ("last", "step", "columns"),
    [("2026-01-01", Step.DAY, 1), ("2026-01-31", Step.DAY, 31), ("2026-02-01", Step.WEEK, 5),
     ("2026-07-01", Step.WEEK, 27), ("2026-07-02", Step.MONTH, 7), ("2027-12-31", Step.MONTH, 24)],
)  # fmt: skip
def test_what_a_column_stands_for_grows_with_the_period(last, step, columns):
    period = Period(day("2026-01-01"), day(last), UTC)
    assert (period.step, len(period.starts())) == (step, columns)


@given(first=DATES, length=st.integers(0, 730), zone=st.sampled_from(ZONES))
def test_columns_are_in_order_and_every_day_is_in_one(first, length, zone):
    period = Period(first, first + length * DAY, zone)
    starts = period.starts()
    assert starts == sorted(set(starts))
    assert starts[0] <= period.first
    assert {period.start_of(first + number * DAY) for number in range(length + 1)} == set(starts)


@given(first=DATES, length=st.integers(0, 400), zone=st.sampled_from(ZONES))
def test_first_and_last_moment_are_of_the_first_and_the_last_day(first, length, zone):
    """Also where the clocks change at midnight (Santiago), and where a day was left out (Apia)."""
    period = Period(first, first + length * DAY, zone)
    instant = datetime.timedelta(microseconds=1)

    def date(moment):
        return moment.astimezone(zone).date()

    assert date(period.begins - instant) < period.first <= date(period.begins)
    assert date(period.ends - instant) <= period.last < date(period.ends)
    assert (period.begins.tzinfo, period.ends.tzinfo) == (datetime.UTC, datetime.UTC)


def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is():
    zone = zoneinfo.ZoneInfo("America/New_York")
    spring, autumn = (Period(day(one), day(one), zone) for one in ("2026-03-08", "2026-11-01"))
    assert (spring.ends - spring.begins, autumn.ends - autumn.begins) == (23 * HOUR, 25 * HOUR)
