"""The clock that PostgreSQL reads shows what the rule for promises says."""

import datetime
import zoneinfo

from hypothesis import given
from hypothesis import strategies as st

from requests_app import policy
from requests_app.figures import BusinessClock
from tests.requests_app.figures import DAY, HOUR, utc

FIRST, LAST = datetime.date(2026, 2, 20), datetime.date(2028, 1, 1)


@given(
    zone=st.sampled_from(["Asia/Taipei", "America/New_York", "Australia/Lord_Howe"]).map(zoneinfo.ZoneInfo),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    opens=st.sampled_from([datetime.time(0), datetime.time(1, 30), datetime.time(9)]),
    closes=st.sampled_from([datetime.time(17, 45), datetime.time(0)]),
    holidays=st.frozensets(st.dates(datetime.date(2026, 3, 1), datetime.date(2026, 4, 10)), max_size=5),
    start=st.integers(0, 60 * 24 * 260).map(lambda minutes: utc(2026, 2, 22) + datetime.timedelta(minutes=minutes)),
    minutes=st.integers(0, 60 * 60),
)
def test_clock_runs_for_as_long_as_business_time_was_added(zone, weekdays, opens, closes, holidays, start, minutes):
    """Also over days on which the clocks change, on holidays and at weekends."""
    hours = policy.BusinessHours(zone, weekdays, opens, closes, holidays)
    clock = BusinessClock(hours, FIRST, LAST)
    due = policy.add_business_time(start, datetime.timedelta(minutes=minutes), hours)
    assert round(clock.read(due) - clock.read(start), 3) == minutes * 60


def test_clock_stands_still_where_nobody_is_there():
    hours = policy.BusinessHours(zoneinfo.ZoneInfo("Asia/Taipei"))
    clock = BusinessClock(hours, FIRST, LAST)
    friday_evening, monday_morning = utc(2026, 3, 6, 10), utc(2026, 3, 9, 1)
    assert clock.read(friday_evening) == clock.read(monday_morning) == clock.read(friday_evening + DAY)
    assert clock.read(monday_morning + HOUR) - clock.read(friday_evening - HOUR) == 2 * 3600
