"""The period that is looked at, and the days, weeks or months that it is drawn in."""

import datetime
import zoneinfo
from dataclasses import dataclass
from enum import StrEnum

LONGEST = datetime.timedelta(days=731)
"""How many days a period has at most: two years, one of them a leap year."""

DAY = datetime.timedelta(days=1)


class Step(StrEnum):
    """What one column of a picture stands for."""

    DAY = "day"
    WEEK = "week"  # from Monday on
    MONTH = "month"


MOST_DAYS, MOST_WEEKS = 31, 26


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both included, by the calendar of ``zone``.

    Raises ValueError where it ends before it begins, or is longer than ``LONGEST``.
    """

    first: datetime.date
    last: datetime.date
    zone: zoneinfo.ZoneInfo

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period does not end before it begins")
        if self.days * DAY > LONGEST:
            raise ValueError("a period is at most two years long")

    @classmethod
    def last_days(cls, days: int, now: datetime.datetime, zone: zoneinfo.ZoneInfo) -> "Period":
        """Return the ``days`` that end with today."""
        today = now.astimezone(zone).date()
        return cls(today - (days - 1) * DAY, today, zone)

    @classmethod
    def last_quarter(cls, now: datetime.datetime, zone: zoneinfo.ZoneInfo) -> "Period":
        """Return the quarter of a calendar year that is over."""
        today = now.astimezone(zone).date()
        last = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1) - DAY
        return cls(last.replace(month=last.month - 2, day=1), last, zone)

    @classmethod
    def this_year(cls, now: datetime.datetime, zone: zoneinfo.ZoneInfo) -> "Period":
        """Return the days from the first of January to today."""
        today = now.astimezone(zone).date()
        return cls(today.replace(month=1, day=1), today, zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def begins(self) -> datetime.datetime:
        """The first moment of the period, in UTC. Where the clock leaves out midnight, it is the moment of the change."""
        return self._midnight(self.first)

    @property
    def ends(self) -> datetime.datetime:
        """The first moment after the period, in UTC."""
        return self._midnight(self.last + DAY)

    def _midnight(self, day: datetime.date) -> datetime.datetime:
        return datetime.datetime.combine(day, datetime.time(), tzinfo=self.zone).astimezone(datetime.UTC)

    @property
    def step(self) -> Step:
        """What the period is drawn in: few enough columns to be told apart on a phone."""
        if self.days <= MOST_DAYS:
            return Step.DAY
        return Step.WEEK if self.days <= 7 * MOST_WEEKS else Step.MONTH

    def start_of(self, day: datetime.date) -> datetime.date:
        """Return the first day of the column that ``day`` belongs to; it may lie before the period."""
        if self.step == Step.WEEK:
            return day - day.weekday() * DAY
        return day.replace(day=1) if self.step == Step.MONTH else day

    def starts(self) -> list[datetime.date]:
        """Return the first day of each column, in order; of a week or month that is cut off, of the whole of it."""
        every_day = (self.first + number * DAY for number in range(self.days))
        return list(dict.fromkeys(self.start_of(day) for day in every_day))
