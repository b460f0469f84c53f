"""What support resources have answered: in the period, at one partner's customers, behind both walls, over an index."""

import datetime
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.figures.help_answers import helped
from portal.lib.acting import acting_as
from portal.models import HelpAnswer, SupportResource
from requests_app.figures import Period
from tests.requests_app.figures import DAY

TAIPEI = zoneinfo.ZoneInfo("Asia/Taipei")


@pytest.fixture
def period(cast):
    """Three days; an answer on each and on the days beside, at the partner's customer and at the other partner's."""
    of_days = Period(datetime.date(2026, 3, 2), datetime.date(2026, 3, 4), TAIPEI)
    resource = SupportResource.objects.create(key="x", title={"en": "Free licences"})
    moments = [
        of_days.begins - DAY / 86_400,
        of_days.begins,
        of_days.begins + DAY,
        of_days.ends - DAY / 86_400,
        of_days.ends,
    ]
    for customer, reader in ((cast.customer, cast.alice), (cast.foreign_customer, cast.frank)):
        for moment in moments:
            HelpAnswer.objects.create(
                resource=resource,
                kind="purchase",
                customer=customer,
                partner=customer.partner,
                user=reader,
                created_at=moment,
            )
    return of_days


def counts(user, partner, period):
    return [(one.name, one.count) for one in helped(user, partner, period)]


def test_answers_of_the_days_are_counted(cast, period):
    assert counts(cast.max, cast.partner, period) == [("Free licences", 3)]


@pytest.mark.parametrize("wall", ["first", "second"])
def test_other_partners_answers_are_never_counted_by_either_wall(cast, period, wall):
    for person, own, other in (
        (cast.max, cast.partner, cast.other_partner),
        (cast.erin, cast.other_partner, cast.partner),
    ):
        if wall == "first":
            found = counts(person, own, period), counts(person, other, period)
        else:
            with acting_as(person.pk):
                found = counts(cast.root, own, period), counts(cast.root, other, period)
        assert found == ([("Free licences", 3)], [])


def test_answers_are_read_over_an_index(cast, period):
    with acting_as(cast.max.pk):
        with CaptureQueriesContext(connection) as asked:
            helped(cast.max, cast.partner, period)
        assert len(asked) == 1
        with connection.cursor() as cursor:
            for way in ("seqscan", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN (COSTS OFF) {asked[0]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "using portal_answer_partner on portal_helpanswer" in plan, plan
