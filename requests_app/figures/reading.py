"""The statements behind the figures."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    Count,
    DateTimeField,
    F,
    FloatField,
    Func,
    IntegerField,
    Min,
    Q,
    Value,
)
from django.db.models.functions import Trunc, TruncDate

from accounts.models import Partner, User
from requests_app.figures.business_clock import BusinessClock
from requests_app.figures.periods import Period
from requests_app.models import OPEN, Status, SubscriptionRequest, SubscriptionRequestQuerySet

DAY = datetime.timedelta(days=1)

AGES = (0, 1, 3, 7, 14, 30)
"""From how many whole days on an open request belongs to which group of ages."""


def _of(user: User, partner: Partner) -> SubscriptionRequestQuerySet:
    return SubscriptionRequest.objects.visible_to(user).filter(partner=partner)


def _start(moment: str, period: Period) -> Trunc:
    """The start of the column that ``moment`` belongs to, by the clock on the wall of the period's zone."""
    return Trunc(moment, period.step.value, tzinfo=period.zone, output_field=DateTimeField())


class Seconds(Func):
    """How long it is from the second moment to the first."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
    arg_joiner = " - "
    output_field = FloatField()


# --- What came in ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Windows:
    """What became of the requests that a window was open for: done before it closed, or not.

    ``missed``: still open, and the window has closed. ``ahead``: still open, and so is the window. ``given_up``: declined
    or withdrawn, so that nothing had to be done.
    """

    in_time: int = 0
    late: int = 0
    missed: int = 0
    ahead: int = 0
    given_up: int = 0

    @property
    def decided(self) -> int:
        """How many of them had to be done and were, or were not."""
        return self.in_time + self.late + self.missed

    @property
    def total(self) -> int:
        return self.decided + self.ahead + self.given_up


@dataclass(slots=True)
class Received:
    """How many requests were filed in a period: by the start of the column, and kind or present status."""

    total: int = 0
    unanswered: int = 0
    by_kind: Counter[tuple[datetime.date, str]] = field(default_factory=Counter)
    by_status: Counter[tuple[datetime.date, str]] = field(default_factory=Counter)
    windows: Windows = field(default_factory=Windows)

    def of_kind(self, kind: str) -> int:
        return sum(count for (_start, one), count in self.by_kind.items() if one == kind)

    def of_status(self, status: str) -> int:
        return sum(count for (_start, one), count in self.by_status.items() if one == status)


def received(user: User, partner: Partner, period: Period, now: datetime.datetime) -> Received:
    """Count what was filed in ``period``, over the partner's requests by their arrival."""
    closes, is_open = F("window_closes_at"), Q(status__in=OPEN)
    windows = {
        "in_time": Q(status=Status.COMPLETED, closed_at__lte=closes),
        "late": Q(status=Status.COMPLETED, closed_at__gt=closes),
        "missed": is_open & Q(window_closes_at__lt=now),
        "ahead": is_open & Q(window_closes_at__gte=now),
        "given_up": Q(status__in=[Status.DECLINED, Status.WITHDRAWN], window_closes_at__isnull=False),
    }
    groups: Any = (
        _of(user, partner)
        .filter(submitted_at__gte=period.begins, submitted_at__lt=period.ends)
        .annotate(start=_start("submitted_at", period))
        .values("start", "kind", "status")
        .annotate(
            count=Count("pk"),
            unanswered=Count("pk", filter=is_open & Q(answered_at__isnull=True)),
            **{name: Count("pk", filter=condition) for name, condition in windows.items()},
        )
        .order_by()
    )
    found = Received()
    for group in groups:
        start, count = group["start"].date(), group["count"]
        found.total += count
        found.unanswered += group["unanswered"]
        found.by_kind[start, group["kind"]] += count
        found.by_status[start, group["status"]] += count
        for name in windows:
            setattr(found.windows, name, getattr(found.windows, name) + group[name])
    return found


# --- How long it takes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something takes: half of them at most the ``median``, nine of ten at most ``ninth``."""

    count: int
    median: datetime.timedelta
    ninth: datetime.timedelta


def _spread(count: int, percentiles: Any) -> Spread | None:
    """Return a spread from the two percentiles in seconds; None where there is nothing to spread."""
    if not count or percentiles is None:
        return None
    median, ninth = (datetime.timedelta(seconds=one) for one in percentiles)
    return Spread(count, median, ninth)


@dataclass(slots=True)
class Answers:
    """The times to the first answer of what came in in a period, by the calendar and in the partner's business hours.

    ``kept``: how many were answered within the time that the partner promises today.
    """

    kept: int = 0
    calendar: Spread | None = None
    business: Spread | None = None
    business_by_start: dict[datetime.date, Spread] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.calendar.count if self.calendar else 0


ANSWERS = """
WITH clock AS (SELECT %s::date AS first, %s::float8[] AS before, %s::float8[] AS opens, %s::float8[] AS lasts),
times AS (
  SELECT start, elapsed,
    before[answered_on - first + 1]
      + greatest(0, least(answered - opens[answered_on - first + 1], lasts[answered_on - first + 1]))
    - before[submitted_on - first + 1]
      - greatest(0, least(submitted - opens[submitted_on - first + 1], lasts[submitted_on - first + 1])) AS worked
  FROM ({rows}) AS asked CROSS JOIN clock
)
SELECT grouping(start) = 1, start, count(*), count(*) FILTER (WHERE worked <= %s),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY elapsed),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY worked)
FROM times GROUP BY GROUPING SETS ((start), ())
"""


class Epoch(Func):
    """A moment as seconds since 1970."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
    output_field = FloatField()


def answers(user: User, partner: Partner, period: Period, clock: BusinessClock) -> Answers:
    """Measure how long what was filed in ``period`` waited for its first answer, over the requests by their arrival.

    ``clock`` runs by the partner's business hours, from the first day of the period to today.
    """
    rows = (
        _of(user, partner)
        .filter(submitted_at__gte=period.begins, submitted_at__lt=period.ends, answered_at__isnull=False)
        .order_by()
        .values(
            start=_start("submitted_at", period),
            elapsed=Seconds("answered_at", "submitted_at"),
            submitted=Epoch("submitted_at"),
            submitted_on=TruncDate("submitted_at", tzinfo=period.zone),
            answered=Epoch("answered_at"),
            answered_on=TruncDate("answered_at", tzinfo=period.zone),
        )
    )
    found = Answers()
    given = [clock.first, clock.before, clock.opens, clock.lasts]
    for whole, start, count, kept, calendar, business in _groups(ANSWERS, rows, given, [partner.answer_hours * 3600]):
        if whole:
            found.kept = kept
            found.calendar, found.business = _spread(count, calendar), _spread(count, business)
        elif spread := _spread(count, business):
            found.business_by_start[start.date()] = spread
    return found


@dataclass(slots=True)
class Done:
    """What was done in a period, how long it had taken since it was filed, and by whom, by their primary keys."""

    whole: Spread | None = None
    by_start: dict[datetime.date, Spread] = field(default_factory=dict)
    by_person: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.whole.count if self.whole else 0


DONE = """
SELECT grouping(start, person), start, person, count(*),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY elapsed)
FROM ({rows}) AS asked GROUP BY GROUPING SETS ((start), (person), ())
"""
BY_PERSON, BY_START, WHOLE = 0b10, 0b01, 0b11
"""Which of the two columns a group is not about, as ``grouping`` tells it."""


def done(user: User, partner: Partner, period: Period) -> Done:
    """Measure what was done in ``period``, over the partner's requests by their closing."""
    rows = (
        _of(user, partner)
        .filter(closed_at__gte=period.begins, closed_at__lt=period.ends, status=Status.COMPLETED)
        .order_by()
        .values(
            start=_start("closed_at", period), person=F("assignee_id"), elapsed=Seconds("closed_at", "submitted_at")
        )
    )
    found = Done()
    for group, start, person_id, count, percentiles in _groups(DONE, rows, [], []):
        if group == BY_PERSON:
            found.by_person[person_id] = count
        elif group == WHOLE:
            found.whole = _spread(count, percentiles)
        elif spread := _spread(count, percentiles):
            found.by_start[start.date()] = spread
    return found


def _groups(statement: str, rows: Any, before: list[Any], after: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Run ``statement`` over ``rows``, whose SQL Django writes: the first wall is in it, and no text of anybody's.

    Grouping sets and percentiles of several kinds at once are what Django's aggregates cannot say.
    """
    inner, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(rows=inner), [*before, *parameters, *after])
        yield from cursor.fetchall()


# --- What is open ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class OpenNow:
    """What is open at this moment, whenever it came in: by age (the index in ``AGES``), and by who has it.

    Each pair: how many there are, and how many of them are overdue. Nobody has those under None.
    """

    total: int = 0
    overdue: int = 0
    oldest: datetime.datetime | None = None
    by_age: dict[int, tuple[int, int]] = field(default_factory=dict)
    by_person: dict[int | None, tuple[int, int]] = field(default_factory=dict)


def open_now(user: User, partner: Partner, now: datetime.datetime) -> OpenNow:
    """Count what is open, over the index of the queue. A day of age has 24 hours."""
    limits = Value([float(days * 86_400) for days in AGES[1:]], output_field=ArrayField(FloatField()))
    age = Func(Seconds(Value(now), "submitted_at"), limits, function="width_bucket", output_field=IntegerField())
    groups = (
        _of(user, partner)
        .open()
        .annotate(age=age)
        .values("age", "assignee")
        .annotate(count=Count("pk"), overdue=Count("pk", filter=Q(deadline__lt=now)), oldest=Min("submitted_at"))
        .order_by()
    )
    found = OpenNow()
    by_age: defaultdict[int, Counter[str]] = defaultdict(Counter)
    by_person: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    for group in groups:
        found.total += group["count"]
        found.overdue += group["overdue"]
        found.oldest = min(filter(None, (found.oldest, group["oldest"])))
        for counts in (by_age[group["age"]], by_person[group["assignee"]]):
            counts.update(count=group["count"], overdue=group["overdue"])
    found.by_age = {one: (counts["count"], counts["overdue"]) for one, counts in by_age.items()}
    found.by_person = {one: (counts["count"], counts["overdue"]) for one, counts in by_person.items()}
    return found
