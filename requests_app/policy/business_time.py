"""A partner's hours: when somebody is there, and when an answer that was promised in working hours falls due."""

import datetime
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

STANDARD_ANSWER_TIME = datetime.timedelta(days=2)
"""How soon a request is answered when no window or term presses, and the partner has promised nothing else."""

MIDNIGHT = datetime.time()
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """From when to when somebody is there, by the clock on the wall of ``zone``.

    ``weekdays``: 0 is Monday. ``closes`` at midnight is the end of the day. Raises ValueError where nobody would ever
    be there.
    """

    zone: zoneinfo.ZoneInfo
    weekdays: frozenset[int] = frozenset(range(5))
    opens: datetime.time = datetime.time(9)
    closes: datetime.time = datetime.time(18)
    holidays: frozenset[datetime.date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("business hours need weekdays between 0, Monday, and 6, Sunday")
        if self.closes not in (MIDNIGHT,) and self.closes <= self.opens:
            raise ValueError("business hours close after they open")

    def on(self, day: datetime.date) -> tuple[datetime.datetime, datetime.datetime] | None:
        """Return when they open and close on ``day``, in UTC; None where they do not open.

        Where the clock leaves out the hour of opening, they open as it would have been without; where it shows the
        hour twice, the first counts.
        """
        if day.weekday() not in self.weekdays or day in self.holidays:
            return None
        opens = self._utc(day, self.opens)
        closes = self._utc(day if self.closes != MIDNIGHT else day + DAY, self.closes)
        return (opens, closes) if opens < closes else None

    def _utc(self, day: datetime.date, time: datetime.time) -> datetime.datetime:
        return datetime.datetime.combine(day, time, tzinfo=self.zone).astimezone(datetime.UTC)

    def openings(self, start: datetime.datetime) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
        """Yield the openings from ``start`` on, in UTC, without end; the first begins at ``start`` if it is within."""
        day = start.astimezone(self.zone).date() - DAY
        while True:
            if opening := self.on(day):
                opens, closes = opening
                if closes > start:
                    yield max(opens, start.astimezone(datetime.UTC)), closes
            day += DAY


def add_business_time(
    start: datetime.datetime, hours: datetime.timedelta | float, business_hours: BusinessHours
) -> datetime.datetime:
    """Return the moment, in UTC, at which somebody has been there for ``hours`` since ``start``.

    A day on which the clocks change is as long as it is. An answer that falls due with the closing is due then, not at
    the next opening. Raises ValueError for a negative time.
    """
    left = hours if isinstance(hours, datetime.timedelta) else datetime.timedelta(hours=hours)
    if left < datetime.timedelta(0):
        raise ValueError("business time is added, not taken away")
    for opens, closes in business_hours.openings(start):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("openings do not end")


def answer_by(
    received_at: datetime.datetime, hours: float | None = None, business_hours: BusinessHours | None = None
) -> datetime.datetime:
    """Return by when what was received at ``received_at`` is answered, in UTC: the partner's promise.

    Without a number of hours it is the standard answer time; without business hours every hour counts.
    """
    received_at = received_at.astimezone(datetime.UTC)
    if hours is None:
        return received_at + STANDARD_ANSWER_TIME
    if business_hours is None:
        return received_at + datetime.timedelta(hours=hours)
    return add_business_time(received_at, hours, business_hours)
