"""The figures: right by a plain count in Python, of one partner alone, and over indexes."""

import datetime
import re
import zoneinfo
from collections import Counter, defaultdict

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.lib.acting import acting_as
from portal.lib.database_roles import database_owner
from requests_app import figures, policy
from requests_app.figures import AGES, BusinessClock, Period
from requests_app.models import OPEN, Kind, Status
from tests.conftest import make_cast
from tests.requests_app.figures import DAY, HOUR, on_file, percentile, utc

ZONES = ["Asia/Taipei", "America/New_York", "Australia/Lord_Howe", "UTC"]
FIRST, LAST = datetime.date(2026, 2, 25), datetime.date(2026, 3, 31)
NOW = utc(2026, 4, 20, 12)

moments = st.integers(0, 60 * 24 * 50).map(lambda minutes: utc(2026, 2, 20) + datetime.timedelta(minutes=minutes))
spans = st.none() | st.integers(0, 60 * 24 * 8).map(lambda minutes: datetime.timedelta(minutes=minutes))


@st.composite
def stories(draw):
    submitted_at, status = draw(moments), draw(st.sampled_from(Status))
    answered, closed, window = draw(spans), draw(spans), draw(spans)
    return {
        "kind": draw(st.sampled_from([Kind.PURCHASE, Kind.MORE_SEATS, Kind.FEWER_SEATS])),
        "status": status,
        "submitted_at": submitted_at,
        "answered_at": submitted_at + answered if answered is not None else None,
        "closed_at": submitted_at + (closed or HOUR) if status not in OPEN else None,
        "window_closes_at": submitted_at + window if window is not None else None,
        "deadline": submitted_at + draw(st.integers(1, 60)) * DAY,
        "who": draw(st.sampled_from(["dana", "max"])),
    }


def spread(values):
    """Return count, median and ninth of ten in seconds, as the figures have them; None for none."""
    seconds = [value.total_seconds() if isinstance(value, datetime.timedelta) else value for value in values]
    return (len(seconds), round(percentile(seconds, 0.5), 3), round(percentile(seconds, 0.9), 3)) if seconds else None


def plain(one):
    return (one.count, round(one.median.total_seconds(), 3), round(one.ninth.total_seconds(), 3)) if one else None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    filed=st.lists(stories(), max_size=25),
    elsewhere=st.lists(stories(), max_size=3),
    zone=st.sampled_from(ZONES).map(zoneinfo.ZoneInfo),
    length=st.sampled_from([0, 3, 30, 34]),
)
def test_figures_are_those_of_a_plain_count(cast, filed, elsewhere, zone, length):
    """Days of each zone, over a day on which the clocks change; what other partners have never counts."""
    period = Period(FIRST, FIRST + length * DAY, zone)
    hours = policy.BusinessHours(zone, holidays=frozenset({datetime.date(2026, 3, 4)}))
    clock = BusinessClock(hours, period.first, NOW.astimezone(zone).date())
    with transaction.atomic():
        for customer, author, agent, many in (
            (cast.customer, cast.alice, cast.dana, filed), (cast.foreign_customer, cast.frank, cast.erin, elsewhere),
        ):  # fmt: skip
            rows = [dict(story) for story in many]
            for row in rows:
                who = row.pop("who")
                if row["status"] not in (Status.SUBMITTED, Status.WITHDRAWN):
                    row["assignee"] = getattr(cast, who) if customer is cast.customer else agent
            on_file(customer, author, agent, *rows)
        came = figures.received(cast.max, cast.partner, period, NOW)
        answers = figures.answers(cast.max, cast.partner, period, clock)
        done = figures.done(cast.max, cast.partner, period)
        is_open = figures.open_now(cast.max, cast.partner, NOW)
        transaction.set_rollback(True)

    def start(moment):
        return period.start_of(moment.astimezone(zone).date())

    def within(moment):
        return moment is not None and period.first <= moment.astimezone(zone).date() <= period.last

    arrived = [one for one in filed if within(one["submitted_at"])]
    assert came.total == len(arrived)
    assert came.unanswered == sum(one["status"] in OPEN and one["answered_at"] is None for one in arrived)
    for name, found in (("kind", came.by_kind), ("status", came.by_status)):
        assert found == Counter((start(one["submitted_at"]), one[name]) for one in arrived)
    became = Counter(map(what_became, arrived))
    windows = came.windows
    assert {name: getattr(windows, name) for name in ("in_time", "late", "missed", "ahead", "given_up")} == {
        name: became[name] for name in ("in_time", "late", "missed", "ahead", "given_up")
    }
    answered = [one for one in arrived if one["answered_at"] is not None]
    worked = [clock.read(one["answered_at"]) - clock.read(one["submitted_at"]) for one in answered]
    assert plain(answers.calendar) == spread([one["answered_at"] - one["submitted_at"] for one in answered])
    assert plain(answers.business) == spread(worked)
    assert answers.kept == sum(seconds <= 18 * 3600 for seconds in worked)
    by_start = defaultdict(list)
    for one, seconds in zip(answered, worked, strict=True):
        by_start[start(one["submitted_at"])].append(seconds)
    assert {day: plain(one) for day, one in answers.business_by_start.items()} == {
        day: spread(values) for day, values in by_start.items()
    }
    completed = [one for one in filed if one["status"] == Status.COMPLETED and within(one["closed_at"])]
    assert plain(done.whole) == spread([one["closed_at"] - one["submitted_at"] for one in completed])
    assert done.by_person == Counter(getattr(cast, one["who"]).pk for one in completed)
    by_start = defaultdict(list)
    for one in completed:
        by_start[start(one["closed_at"])].append(one["closed_at"] - one["submitted_at"])
    assert {day: plain(one) for day, one in done.by_start.items()} == {
        day: spread(values) for day, values in by_start.items()
    }
    still = [one for one in filed if one["status"] in OPEN]
    overdue = [one for one in still if one["deadline"] < NOW]
    assert (is_open.total, is_open.overdue) == (len(still), len(overdue))
    assert is_open.oldest == min((one["submitted_at"] for one in still), default=None)
    for found, of in ((is_open.by_age, age), (is_open.by_person, lambda one: has_it(cast, one))):
        late = Counter(map(of, overdue))
        assert found == {key: (count, late[key]) for key, count in Counter(map(of, still)).items()}


def what_became(one):
    closes = one["window_closes_at"]
    if closes is None:
        return "without"
    if one["status"] == Status.COMPLETED:
        return "in_time" if one["closed_at"] <= closes else "late"
    if one["status"] in OPEN:
        return "missed" if closes < NOW else "ahead"
    return "given_up"


def age(one):
    return sum(NOW - one["submitted_at"] >= days * DAY for days in AGES[1:])


def has_it(cast, one):
    return None if one["status"] == Status.SUBMITTED else getattr(cast, one["who"]).pk


# --- Walls -----------------------------------------------------------------------------------------------------


def read_all(user, partner):
    period = Period(FIRST, LAST, zoneinfo.ZoneInfo("UTC"))
    clock = BusinessClock(policy.BusinessHours(period.zone), FIRST, NOW.date())
    return (
        figures.received(user, partner, period, NOW).total,
        figures.answers(user, partner, period, clock).count,
        figures.done(user, partner, period).count,
        figures.open_now(user, partner, NOW).total,
    )


@pytest.fixture
def two_partners(cast):
    return two_partners_of(cast)


def two_partners_of(cast):
    """Two of the partner's customers have a request that is done, the other partner's has three; each an open one."""
    story = {"submitted_at": utc(2026, 3, 3), "answered_at": utc(2026, 3, 3, 1)}
    completed = story | {"status": Status.COMPLETED}
    on_file(cast.customer, cast.alice, cast.dana, completed, story)
    on_file(cast.sibling, cast.charlie, cast.dana, completed)
    on_file(cast.foreign_customer, cast.frank, cast.erin, completed, completed, completed, story)
    return cast


COUNTS = {"max": (3, 3, 2, 1), "erin": (4, 4, 3, 1)}
NOTHING = (0, 0, 0, 0)


@pytest.mark.parametrize("wall", ["first", "second"])
def test_other_partners_requests_are_never_counted_by_either_wall(two_partners, wall):
    cast = two_partners
    for name, own, other in (("max", cast.partner, cast.other_partner), ("erin", cast.other_partner, cast.partner)):
        person = getattr(cast, name)
        if wall == "first":  # the tests act as the site: the database shows everything
            assert (read_all(person, own), read_all(person, other)) == (COUNTS[name], NOTHING)
        else:  # the queryset's wall is down: a superuser asks, and the database knows who really acts
            with acting_as(person.pk):
                assert (read_all(cast.root, own), read_all(cast.root, other)) == (COUNTS[name], NOTHING)


def test_whoever_sees_everything_reads_one_partner_at_a_time(two_partners):
    cast = two_partners
    with acting_as(cast.root.pk):
        assert [read_all(cast.root, one) for one in (cast.partner, cast.other_partner)] == list(COUNTS.values())


def test_customer_who_belongs_to_nothing_here_reads_nothing(two_partners):
    with acting_as(two_partners.frank.pk):
        assert read_all(two_partners.frank, two_partners.partner) == NOTHING


# --- Statements ------------------------------------------------------------------------------------------------


def period_of_a_month():
    return Period(FIRST, LAST, zoneinfo.ZoneInfo("Asia/Taipei"))


STATEMENTS = {
    "received": (lambda user, of: figures.received(user, of, period_of_a_month(), NOW), "requests_app_req_partner"),
    "answers": (
        lambda user, of: figures.answers(
            user, of, period_of_a_month(),
            BusinessClock(policy.BusinessHours(zoneinfo.ZoneInfo("Asia/Taipei")), FIRST, NOW.date()),
        ),
        "requests_app_req_partner",
    ),
    "done": (lambda user, of: figures.done(user, of, period_of_a_month()), "requests_app_req_closed"),
    "open_now": (lambda user, of: figures.open_now(user, of, NOW), "requests_app_(?:req_queue|open_age)"),
}  # fmt: skip


@pytest.fixture
def years_on_file(transactional_db):
    """Many old requests and few of the period, of two partners, and what the planner then knows about them."""
    cast = two_partners_of(make_cast())
    old = {"submitted_at": utc(2024, 1, 1), "answered_at": utc(2024, 1, 1, 1), "status": Status.COMPLETED}
    on_file(cast.customer, cast.alice, cast.dana, *[old] * 1500)
    on_file(cast.foreign_customer, cast.frank, cast.erin, *[{"submitted_at": utc(2026, 3, 3)}] * 300)
    with database_owner() as owner, owner.cursor() as cursor:
        # What earlier tests have taken back still fills the indexes, and makes the right one look dear.
        cursor.execute("REINDEX TABLE requests_app_subscriptionrequest")
        cursor.execute("ANALYZE requests_app_subscriptionrequest")
    return cast


@pytest.mark.parametrize("name", STATEMENTS)
def test_figure_is_one_statement_over_an_index_and_the_period_alone(years_on_file, name):
    """Asked behind the second wall."""
    read, index = STATEMENTS[name]
    person = years_on_file.max
    with acting_as(person.pk):
        with CaptureQueriesContext(connection) as asked:
            read(person, years_on_file.partner)
        assert len(asked) == 1
        with connection.cursor() as cursor:
            for way in ("seqscan", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN (COSTS OFF) {asked[0]['sql']}")
            plan = [row[0].strip() for row in cursor.fetchall()]
    used = re.compile(f"using {index} on requests_app_subscriptionrequest")
    at = next((place for place, line in enumerate(plan) if used.search(line)), None)
    assert at is not None, "\n".join(plan)
    condition = plan[at + 1]
    assert re.match(r"Index Cond: \(+partner_id = \d", condition), "\n".join(plan)
    if name != "open_now":
        column = "closed_at" if name == "done" else "submitted_at"
        assert (condition.count(f"{column} >="), condition.count(f"{column} <")) == (1, 1), "\n".join(plan)
