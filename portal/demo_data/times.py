"""Moments of the demonstration, told from now."""

import calendar
import datetime
from zoneinfo import ZoneInfo


def at_work(now: datetime.datetime, days_ago: int, zone: ZoneInfo) -> datetime.datetime:
    """Return a moment in working hours in ``zone``, on the day ``days_ago`` or, at a weekend, on the Friday before.

    The hour follows from ``days_ago``, so that the same words always give the same moment. In UTC.
    """
    day = now.astimezone(zone).date() - datetime.timedelta(days=days_ago)
    day -= datetime.timedelta(days=max(0, day.weekday() - 4))
    clock = datetime.time(9 + days_ago * 5 % 9, days_ago * 17 % 60)
    return datetime.datetime.combine(day, clock, tzinfo=zone).astimezone(datetime.UTC)


def months_before(day: datetime.date, months: int) -> datetime.date:
    """Return the same day ``months`` earlier; the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
