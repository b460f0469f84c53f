"""Steps with many requests: a run is its starter's, with requests that its starter sees."""

import uuid

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from portal.lib.acting import SITE, acting_as
from requests_app.models import BulkItem, BulkRun, SubscriptionRequest
from tests.second_wall.sql import fetch
from tests.second_wall.test_reading import SEES


def run_of(person, of_requests):
    run = BulkRun.objects.create(
        key=uuid.uuid4(), started_by=person, step="claim", language="en", total=1, started_at=timezone.now()
    )
    for one in of_requests:
        BulkItem.objects.create(run=run, subscription_request=one, number=one.number, version=1)
    return run


@pytest.fixture
def runs(rows):
    """One run of each of the partners' people, of all requests at their partner."""
    return {
        name: run_of(getattr(rows, name), SubscriptionRequest.objects.filter(customer__partner__name=partner))
        for name, partner in (("dana", "Blue Heron Cloud"), ("max", "Blue Heron Cloud"), ("erin", "Grey Owl Cloud"))
    }


@pytest.mark.parametrize("name", SEES)
def test_person_sees_and_changes_their_own_runs(rows, runs, name):
    person = getattr(rows, name)
    own = {runs[name].pk} if name in runs else set()
    with acting_as(person.pk):
        assert {pk for (pk,) in fetch("SELECT id FROM requests_app_bulkrun")} == own
        assert {pk for (pk,) in fetch("SELECT run_id FROM requests_app_bulkitem")} == own
        with connection.cursor() as cursor:
            cursor.execute("UPDATE requests_app_bulkitem SET outcome = 'done'")
            changed = cursor.rowcount
            cursor.execute("UPDATE requests_app_bulkrun SET finished_at = now()")
            assert cursor.rowcount == len(own)
            for table in ("bulkitem", "bulkrun"):
                cursor.execute(f"DELETE FROM requests_app_{table}")
                assert cursor.rowcount == 0
    assert BulkItem.objects.filter(run__in=own).count() == changed == BulkItem.objects.filter(outcome="done").count()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests_app_bulkrun SET started_by_id = {max}",
        (
            "INSERT INTO requests_app_bulkrun (key, started_by_id, step, text, language, total, started_at)"
            " VALUES (gen_random_uuid(), {max}, 'claim', '', 'en', 1, now())"
        ),
        (
            "INSERT INTO requests_app_bulkitem (run_id, subscription_request_id, number, version, outcome, sentence)"
            " VALUES ({maxs}, {own}, 'R', 1, '', '')"
        ),
        (
            "INSERT INTO requests_app_bulkitem (run_id, subscription_request_id, number, version, outcome, sentence)"
            " VALUES ({danas}, {foreign}, 'R', 1, '', '')"
        ),
        "UPDATE requests_app_bulkitem SET run_id = {maxs}",
    ],
)
def test_nobody_writes_a_run_in_anothers_name_or_about_what_they_do_not_see(rows, runs, statement):
    requests = dict(SubscriptionRequest.objects.values_list("customer__name", "pk"))
    values = {
        "max": rows.max.pk, "maxs": runs["max"].pk, "danas": runs["dana"].pk,
        "own": requests["Victoria Dental"], "foreign": requests["Foreign Works"],
    }  # fmt: skip
    refused = pytest.raises(ProgrammingError, match="row-level security")
    with acting_as(rows.dana.pk), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(statement.format(**values))


def test_site_removes_them(rows, runs):
    with acting_as(SITE):
        BulkRun.objects.all().delete()
    assert fetch("SELECT count(*) FROM requests_app_bulkitem") == [(0,)]
