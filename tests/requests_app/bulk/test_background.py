"""Many steps in the background: by real workers, killed midway, beside others who work; nothing is done twice."""

import signal
import time
import uuid
from contextlib import suppress

import pytest

from accounts.models import PartnerMembership, User
from portal.lib.acting import acting_as
from requests_app import bulk, workflow
from requests_app.models import Action, BulkItem, BulkRun, RequestEvent, SubscriptionRequest
from tests import factories
from tests.at_once import at_once
from tests.conftest import make_cast
from tests.requests_app.bulk import outcomes, started
from tests.workers import fetch, run_workers, sweep_after_dead_workers, worker_process

pytestmark = pytest.mark.usefixtures("committed_for_workers")

MANY = 12


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr("requests_app.bulk.running.TAKEN_AT_ONCE", 5)


@pytest.fixture
def cast():
    return make_cast()


def filed(cast, count=MANY):
    offer = factories.offer(cast.partner)
    return [factories.purchase(cast.customer, cast.alice, offer) for _ in range(count)]


def claims():
    return RequestEvent.objects.filter(action=Action.CLAIM).count()


def test_more_than_a_page_takes_go_on_in_the_background(cast):
    run = started(cast.dana, "claim", filed(cast))
    assert (claims(), run.finished_at) == (0, None)
    run_workers(queues=("bulk",))
    run.refresh_from_db()
    assert outcomes(run) == ["done"] * MANY
    assert run.finished_at is not None
    assert claims() == MANY
    assert set(SubscriptionRequest.objects.values_list("status", "assignee")) == {("in_review", cast.dana.pk)}


def test_half_that_has_moved_meanwhile_is_refused_with_its_reason(cast):
    requests = filed(cast)
    cast.dana.language = "zh-hant"
    cast.dana.save()
    run = started(cast.dana, "claim", requests)
    BulkRun.objects.update(language="zh-hant")
    for one in requests[::2]:
        workflow.claim(one, actor=cast.max)
    run_workers(queues=("bulk",))
    assert outcomes(run) == ["moved", "done"] * (MANY // 2)
    [said] = {one.split("：")[0] for one in run.items.filter(outcome="moved").values_list("sentence", flat=True)}
    assert said == "已無法執行此步驟"
    assert claims() == MANY


def test_role_that_is_lost_meanwhile_takes_the_rest_with_it(cast):
    run = started(cast.dana, "claim", filed(cast))
    with acting_as(cast.dana.pk):  # some are done before
        for item in run.items.all()[:7]:
            bulk.take(item, cast.dana)
    PartnerMembership.objects.filter(user=cast.dana).delete()
    run_workers(queues=("bulk",))
    run.refresh_from_db()
    assert outcomes(run) == ["done"] * 7 + ["gone"] * (MANY - 7)
    assert run.finished_at is not None


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": True, "is_active": False}])
def test_who_may_not_sign_in_any_more_does_nothing_more(cast, change):
    run = started(cast.dana, "claim", filed(cast))
    User.objects.filter(pk=cast.dana.pk).update(**change)
    run_workers(queues=("bulk",))
    assert outcomes(run) == ["gone"] * MANY
    assert claims() == 0


def test_workers_side_by_side_do_nothing_twice(cast):
    run = started(cast.dana, "claim", filed(cast))
    results = at_once(lambda _: bulk.go_on(run.pk, cast.dana.pk), people=4)
    assert results == [None] * 4
    run.refresh_from_db()
    assert outcomes(run) == ["done"] * MANY
    assert run.finished_at is not None
    assert claims() == MANY


def test_turn_that_is_over_leaves_the_rest_to_a_job_of_its_own(cast):
    run = started(cast.dana, "claim", filed(cast))
    run_workers(queues=("bulk",), delete_jobs="always")
    [[before]] = fetch("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE %s", "%take_bulk_steps")
    second = started(cast.max, "release", SubscriptionRequest.objects.all())
    bulk.go_on(second.pk, cast.max.pk, seconds=0.03)
    done = outcomes(second).count("done")
    assert 0 < done < MANY
    [[jobs]] = fetch("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE %s", "%take_bulk_steps")
    assert (before, jobs) == (0, 2)  # the one of the start, and the one for the rest
    run_workers(queues=("bulk",))
    assert outcomes(second) == ["done"] * MANY
    assert RequestEvent.objects.filter(action=Action.RELEASE).count() == MANY
    assert outcomes(run) == ["done"] * MANY


def test_error_of_ours_is_about_one_request_alone(cast, monkeypatch):
    requests = filed(cast)
    run = started(cast.dana, "claim", requests)
    SubscriptionRequest.objects.filter(pk=requests[3].pk).update(version=2**31 - 1)
    BulkItem.objects.filter(subscription_request=requests[3]).update(version=2**31 - 1)  # one more is too many
    run_workers(queues=("bulk",))
    assert [item.number for item in run.items.exclude(outcome="done")] == [requests[3].number]
    assert outcomes(run)[3] == "error"


def test_worker_that_is_killed_midway_goes_on_where_it_was(cast):
    """The job is put back by the sweep; what was done stays done, and nothing is done twice."""
    run = started(cast.dana, "claim", filed(cast, 60))
    with worker_process() as process:
        until = time.monotonic() + 60
        while outcomes(run).count("done") < 5 and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    done = outcomes(run).count("done")
    assert 5 <= done < 60
    assert claims() == done  # neither without the other
    sweep_after_dead_workers()
    run_workers(queues=("cleaning",))
    run_workers(queues=("bulk",))
    run.refresh_from_db()
    assert outcomes(run) == ["done"] * 60
    assert run.finished_at is not None
    assert claims() == 60
    keys = RequestEvent.objects.filter(action=Action.CLAIM).values_list("key", flat=True)
    assert len(set(keys)) == 60


def test_two_who_claim_the_same_at_once_share_them(cast):
    """Both lock the rows in the same order: nobody waits for the other for ever."""
    requests = filed(cast, 5)
    people = [cast.dana, cast.max]
    chosen = bulk.selected(cast.dana, [one.pk for one in requests])

    def attempt(number):
        person = User.objects.get(pk=people[number].pk)
        return bulk.start(person, BulkRun.Step.CLAIM, chosen, key=uuid.uuid4())

    runs = at_once(attempt, [person.pk for person in people], people=2)
    won = [outcomes(run).count("done") for run in runs]
    assert sum(won) == 5
    assert sorted(outcomes(runs[0]) + outcomes(runs[1])) == ["done"] * 5 + ["moved"] * 5
    assert claims() == 5


def test_same_form_at_once_runs_once(cast):
    requests = filed(cast, 3)
    chosen, key = bulk.selected(cast.dana, [one.pk for one in requests]), uuid.uuid4()

    def attempt(_):
        with suppress(bulk.RunsAlready):
            return bulk.start(User.objects.get(pk=cast.dana.pk), BulkRun.Step.CLAIM, chosen, key=key)

    results = at_once(attempt, [cast.dana.pk], people=4)
    assert sum(isinstance(one, BulkRun) for one in results) == 1
    assert results.count(None) == 3
    assert claims() == 3
