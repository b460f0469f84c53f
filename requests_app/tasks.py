"""Background jobs about requests. Each takes ids, fetches again and is safe to run twice."""

from django.utils import timezone
from procrastinate.contrib.django import app

from portal.lib.acting import SITE, acting_as
from portal.lib.jobs import Backoff
from requests_app import attachments, notifications
from requests_app.models import RequestEvent, Subscription, SubscriptionStatus


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


@app.periodic(cron="41 3 * * *")
@app.task(queue="attachments", queueing_lock="sweep_orphaned_attachments")
def sweep_orphaned_attachments(timestamp: int) -> None:
    """Delete what was stored for a message that then was not written."""
    with acting_as(SITE):
        attachments.sweep(timezone.now())
