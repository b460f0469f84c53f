"""A partner's hours over weekends, holidays and changes of the clock."""

import datetime
import zoneinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from requests_app import policy
from tests.requests_app.policy.strategies import MOMENTS

TAIPEI, NEW_YORK, LORD_HOWE = map(zoneinfo.ZoneInfo, ("Asia/Taipei", "America/New_York", "Australia/Lord_Howe"))
OFFICE = policy.BusinessHours(TAIPEI)  # 09:00 to 18:00, Monday to Friday: 01:00 to 10:00 in UTC


def utc(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 02:00", 4, "2026-11-23 06:00"),
        ("2026-11-23 02:00", 8, "2026-11-23 10:00"),  # with the closing, not at the next opening
        ("2026-11-23 02:00", 9, "2026-11-24 02:00"),
        ("2026-11-22 09:00", 1, "2026-11-23 02:00"),  # Sunday
        ("2026-11-22 23:30", 1, "2026-11-23 02:00"),  # Monday already, in Taipei before the opening
        ("2026-11-27 09:00", 2, "2026-11-30 02:00"),  # Friday's last hour, Monday's first
        ("2026-11-23 10:00", 0, "2026-11-24 01:00"),
        ("2026-12-31 09:00", 2, "2027-01-04 02:00"),  # the holiday below and a weekend between
    ],
)
def test_add_business_time(start, hours, end):
    office = policy.BusinessHours(TAIPEI, holidays=frozenset({datetime.date(2027, 1, 1)}))
    assert policy.add_business_time(utc(start), hours, office) == utc(end)


@pytest.mark.parametrize(
    ("day", "lasts"),
    [("2026-03-07", 24), ("2026-03-08", 23), ("2026-10-31", 24), ("2026-11-01", 25)],
)
def test_day_of_a_clock_change_is_as_long_as_it_is(day, lasts):
    always = policy.BusinessHours(NEW_YORK, frozenset(range(7)), datetime.time(0), datetime.time(0))
    opens, closes = always.on(datetime.date.fromisoformat(day))
    assert closes - opens == datetime.timedelta(hours=lasts)


def test_opening_within_the_hour_that_is_left_out():
    early = policy.BusinessHours(NEW_YORK, frozenset(range(7)), datetime.time(2, 30), datetime.time(5))
    opens, closes = early.on(datetime.date(2026, 3, 8))  # 02:30 does not exist: it is 03:30 by the new clock
    assert (opens, closes) == (utc("2026-03-08 07:30"), utc("2026-03-08 09:00"))
    gone = policy.BusinessHours(NEW_YORK, frozenset(range(7)), datetime.time(2, 30), datetime.time(3))
    assert gone.on(datetime.date(2026, 3, 8)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": frozenset()},
        {"weekdays": frozenset({7})},
        {"opens": datetime.time(18), "closes": datetime.time(9)},
        {"opens": datetime.time(9), "closes": datetime.time(9)},
    ],
)
def test_hours_when_nobody_is_ever_there_are_refused(wrong):
    with pytest.raises(ValueError, match="business hours"):
        policy.BusinessHours(TAIPEI, **wrong)


def test_business_time_is_not_taken_away():
    with pytest.raises(ValueError, match="added"):
        policy.add_business_time(utc("2026-11-23 02:00"), -1, OFFICE)


HOURS = st.builds(
    policy.BusinessHours,
    st.sampled_from([TAIPEI, NEW_YORK, LORD_HOWE]),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from([datetime.time(0), datetime.time(1, 30), datetime.time(9)]),
    st.sampled_from([datetime.time(0), datetime.time(12, 15), datetime.time(18)]),
    st.frozensets(st.dates(datetime.date(2024, 1, 1), datetime.date(2031, 12, 31)), max_size=5),
)
SPANS = st.timedeltas(datetime.timedelta(0), datetime.timedelta(hours=60))


def worked(start, end, hours):
    """Count the minutes that somebody was there between two moments by asking the clock on the wall at each."""
    there = 0
    at = start
    while at < end:
        local = at.astimezone(hours.zone)
        working = local.weekday() in hours.weekdays and local.date() not in hours.holidays
        late = hours.closes != datetime.time(0) and local.time() >= hours.closes
        there += working and local.time() >= hours.opens and not late
        at += datetime.timedelta(minutes=15)
    return there * datetime.timedelta(minutes=15)


@given(MOMENTS, SPANS, HOURS)
@example(
    utc("2026-03-07 20:00"),
    datetime.timedelta(hours=30),
    policy.BusinessHours(NEW_YORK, frozenset(range(7)), datetime.time(0), datetime.time(0)),
)
def test_result_lies_within_the_hours_and_never_before_the_start(start, span, hours):
    end = policy.add_business_time(start, span, hours)
    opening = hours.on(end.astimezone(hours.zone).date()) or hours.on(
        end.astimezone(hours.zone).date() - policy.business_time.DAY
    )
    assert end >= start
    assert (
        opening[0] <= end <= opening[1]
        or end == hours.on(end.astimezone(hours.zone).date() - policy.business_time.DAY)[1]
    )


@given(
    MOMENTS.map(lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)),
    st.integers(1, 160).map(lambda quarters: quarters * datetime.timedelta(minutes=15)),
    HOURS,
)
@example(
    utc("2026-10-31 20:00"),
    datetime.timedelta(hours=30),
    policy.BusinessHours(NEW_YORK, frozenset(range(7)), datetime.time(0), datetime.time(0)),
)
def test_exactly_that_much_was_worked(start, span, hours):
    assert worked(start, policy.add_business_time(start, span, hours), hours) == span


@given(MOMENTS, SPANS, SPANS, HOURS)
def test_time_adds_up(start, first, second, hours):
    at_once = policy.add_business_time(start, first + second, hours)
    in_two = policy.add_business_time(policy.add_business_time(start, first, hours), second, hours)
    assert in_two == at_once or second == datetime.timedelta(0)


@given(MOMENTS, st.integers(1, 100))
def test_promise_without_business_hours_counts_every_hour(received_at, hours):
    assert policy.answer_by(received_at, hours) == received_at + datetime.timedelta(hours=hours)
    assert policy.answer_by(received_at) == received_at + policy.STANDARD_ANSWER_TIME
    assert policy.answer_by(received_at, hours, OFFICE) == policy.add_business_time(received_at, hours, OFFICE)
