"""Business hours as a clock that PostgreSQL can read: it runs while somebody is there, and stands still otherwise."""

import datetime
from dataclasses import dataclass, field

from requests_app.policy import BusinessHours

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BusinessClock:
    """For each day of ``hours.zone`` from ``first`` to ``last``: what the clock has run before, from when, for how long.

    In seconds; the openings are counted from 1970 in UTC. Built once in Python, so that a whole table can be measured
    in one statement and by the same rule as a promise (``policy.add_business_time``).
    """

    hours: BusinessHours
    first: datetime.date
    last: datetime.date
    before: list[float] = field(init=False)
    opens: list[float] = field(init=False)
    lasts: list[float] = field(init=False)

    def __post_init__(self) -> None:
        before: list[float] = [0.0]
        opens: list[float] = []
        lasts: list[float] = []
        for number in range((self.last - self.first).days + 1):
            opening = self.hours.on(self.first + number * DAY)
            opens.append(opening[0].timestamp() if opening else 0.0)
            lasts.append((opening[1] - opening[0]).total_seconds() if opening else 0.0)
            before.append(before[-1] + lasts[-1])
        for name, values in (("before", before[:-1]), ("opens", opens), ("lasts", lasts)):
            object.__setattr__(self, name, values)

    def read(self, moment: datetime.datetime) -> float:
        """Return what the clock shows at ``moment``, in seconds; the statement of ``reading`` says the same in SQL."""
        number = (moment.astimezone(self.hours.zone).date() - self.first).days
        return self.before[number] + max(0.0, min(moment.timestamp() - self.opens[number], self.lasts[number]))
