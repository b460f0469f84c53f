"""Many at once: ten thousand requests in one run, half of them moved meanwhile, and its worker killed again and again."""

import time
from collections import Counter

import pytest

from requests_app import bulk
from requests_app.models import Action, RequestEvent, RequestLine, SubscriptionRequest
from tests import factories
from tests.conftest import make_cast
from tests.drill import DRILL
from tests.requests_app.bulk import outcomes
from tests.requests_app.bulk import started as start
from tests.smtp import wait_until
from tests.workers import run_workers, sweep_after_dead_workers, worker_process

pytestmark = pytest.mark.usefixtures("committed_for_workers")

MANY = 10_000 if DRILL else 100
KILLS = 20 if DRILL else 2


def file_many(cast, count):
    """File one purchase and copy it: filing is not what is tried here."""
    first = factories.purchase(cast.customer, cast.alice)
    line = first.lines.get()
    copies = [SubscriptionRequest.objects.get(pk=first.pk) for _ in range(count - 1)]
    for copy in copies:
        copy.pk, copy.submission_key = None, None
        copy.number = SubscriptionRequest._meta.get_field("number").get_default()
    made = SubscriptionRequest.objects.bulk_create(copies, batch_size=1000)
    RequestLine.objects.bulk_create(
        RequestLine(
            subscription_request=one, partner_id=one.partner_id, offer_id=line.offer_id, quantity=line.quantity,
            unit_price=line.unit_price, currency=line.currency,
        )
        for one in made
    )  # fmt: skip
    return list(SubscriptionRequest.objects.order_by("pk"))


def test_run_whose_worker_is_killed_again_and_again_acts_once_and_reports_every_refusal(tmp_path):
    cast = make_cast()
    requests = file_many(cast, MANY)
    run = start(cast.dana, "claim", requests)
    half = [one.pk for one in requests[::2]]
    SubscriptionRequest.objects.filter(pk__in=half).update(status="in_review", assignee=cast.max, version=2)
    with (tmp_path / "log").open("wb") as log:
        for _kill in range(KILLS):
            before = run.items.filter(outcome="").count()
            with worker_process(log=log) as process:
                wait_until(lambda before=before: run.items.filter(outcome="").count() <= before - MANY // (3 * KILLS))
                process.kill()
                process.wait(timeout=30)
            assert run.items.filter(outcome="").exists()  # it was in the middle
            sweep_after_dead_workers()
            run_workers(queues=("cleaning",))
    began, left = time.monotonic(), run.items.filter(outcome="").count()
    bulk.go_on(run.pk, cast.dana.pk, seconds=3600)
    print(f"{1000 * (time.monotonic() - began) / left:.1f} ms a request")  # noqa: T201 - what pytest -s shows
    run.refresh_from_db()
    assert outcomes(run) == ["moved", "done"] * (MANY // 2)
    assert run.finished_at is not None
    assert run.items.filter(outcome="moved", sentence="").count() == 0
    claims = RequestEvent.objects.filter(action=Action.CLAIM).values_list("subscription_request_id", flat=True)
    assert Counter(claims) == {one.pk: 1 for one in requests[1::2]}
