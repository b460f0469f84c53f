"""Background jobs about requests. Each takes ids, fetches again and is safe to run twice."""

import logging
from collections.abc import Callable

from django.utils import timezone
from procrastinate.contrib.django import app

from portal.lib.acting import SITE, acting_as
from portal.lib.jobs import Backoff
from requests_app import attachments, bulk, escalation, estimates, notifications, renewals
from requests_app.imports import runs
from requests_app.models import ImportStatus, RequestEvent, Subscription, SubscriptionStatus

logger = logging.getLogger(__name__)


@app.task(queue="notifications", retry=Backoff())
def notify_people(event_id: int) -> None:
    """Queue the mails about one event."""
    with acting_as(SITE):
        event = (
            RequestEvent.objects.select_related(
                "actor",
                "subscription_request__author",
                "subscription_request__assignee",
                "subscription_request__customer",
                "subscription_request__partner",
                "subscription_request__subscription__product",
            )
            .filter(pk=event_id)
            .first()
        )
        if event is not None:
            notifications.notify(event)


@app.periodic(cron="5 0 * * *")
@app.task(queue="subscriptions", queueing_lock="end_cancelled_subscriptions")
def end_cancelled_subscriptions(timestamp: int) -> None:
    """Mark the subscriptions as cancelled whose last day (UTC) is over, as the partner arranged it."""
    today = timezone.now().date()
    with acting_as(SITE):
        Subscription.objects.running().filter(ends_on__lt=today).update(status=SubscriptionStatus.DELETED)


@app.task(queue="subscriptions")
def refresh_estimates() -> None:
    """Bring the windows that were estimated up to the rules as they are now; deferred when a rule changes."""
    with acting_as(SITE):
        estimates.refresh()


@app.periodic(cron="41 3 * * *")
@app.task(queue="cleaning", queueing_lock="sweep_orphaned_attachments")
def sweep_orphaned_attachments(timestamp: int) -> None:
    """Delete what was stored for a message that then was not written."""
    with acting_as(SITE):
        attachments.sweep(timezone.now())


@app.task(queue="imports", priority=-2, retry=Backoff())
def check_import(run_id: int, person_id: int) -> None:
    """Look what each line of an import would change, as the person who asked for it."""
    runs.check(run_id, person_id)
    with acting_as(SITE):
        runs.give_up_for(run_id, person_id, ImportStatus.CHECKING, ImportStatus.MAPPING)


@app.task(queue="imports", priority=-2, retry=Backoff())
def write_import(run_id: int, person_id: int) -> None:
    """Write what somebody has confirmed, as that person."""
    runs.write(run_id, person_id)
    with acting_as(SITE):
        runs.give_up_for(run_id, person_id, ImportStatus.WRITING, ImportStatus.CHECKED)
        runs.give_up_for(run_id, person_id, ImportStatus.CHECKING, ImportStatus.MAPPING)


@app.periodic(cron="53 3 * * *")
@app.task(queue="cleaning", queueing_lock="remove_old_imports")
def remove_old_imports(timestamp: int) -> None:
    """Remove imports with their files a month after they were started."""
    with acting_as(SITE):
        runs.remove_old(timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queue="escalations", queueing_lock="escalate_requests")
def escalate_requests(timestamp: int) -> None:
    """Tell whoever works them, then managers, of open requests whose deadline is near; remind customers who are asked."""
    now = timezone.now()
    _one_by_one(lambda after: escalation.due(now, after), lambda key: escalation.escalate(key[1], now))


@app.task(queue="bulk", retry=Backoff())
def take_bulk_steps(run_id: int, person_id: int) -> None:
    """Go on with one step for many requests, as the person who has started it."""
    bulk.go_on(run_id, person_id)


@app.task(queue="notifications", retry=Backoff())
def notify_of_hand_over(run_id: int) -> None:
    """Queue the mails about all that one run has handed over."""
    with acting_as(SITE):
        bulk.tell(run_id)


@app.periodic(cron="49 3 * * *")
@app.task(queue="cleaning", queueing_lock="remove_old_bulk_runs")
def remove_old_bulk_runs(timestamp: int) -> None:
    """Remove what is told about steps with many requests once it is 90 days old."""
    with acting_as(SITE):
        bulk.remove_old(timezone.now())


@app.periodic(cron="0 1 * * *")
@app.task(queue="renewals", queueing_lock="remind_of_renewals")
def remind_of_renewals(timestamp: int) -> None:
    """Write to customers whose terms end in 60, 30, 14 or 7 days, one mail for each person and customer."""
    now = timezone.now()
    _one_by_one(lambda after: renewals.customers_to_remind(now, after), lambda pk: renewals.remind(pk, now))


def _one_by_one[Key](batch: Callable[[Key | None], list[Key]], work: Callable[[Key], object]) -> None:
    """Do the work for each key in a transaction of its own, batch after batch, each behind the last key of the one before.

    One that fails is logged and does not keep the others from their turn; the job then fails, and the next run tries
    it again.
    """
    after: Key | None = None
    failed: list[Key] = []
    while True:
        with acting_as(SITE):
            keys = batch(after)
        if not keys:
            break
        for key in keys:
            try:
                with acting_as(SITE):
                    work(key)
            except Exception:
                logger.exception("One of many could not be done: %s", key)
                failed.append(key)
        after = keys[-1]
    if failed:
        raise RuntimeError(f"{len(failed)} could not be done; the log says why")
