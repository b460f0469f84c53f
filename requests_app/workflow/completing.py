"""What completing a request does to subscriptions. Only ``workflow.complete`` calls this, on a locked request."""

import datetime

from django.utils.translation import ngettext

from requests_app import policy, previews
from requests_app.models import (
    CancelWhen,
    EndOfTermChoice,
    Kind,
    SeatBatch,
    Subscription,
    SubscriptionRequest,
    SubscriptionStatus,
)
from requests_app.workflow.table import WorkflowError

SCHEDULE = ["scheduled_quantity", "scheduled_term_duration", "scheduled_billing_cycle", "arranged_at_end_of_term"]


def create_subscriptions(locked: SubscriptionRequest, start: datetime.date, now: datetime.datetime) -> None:
    """Create a subscription for each line of a purchase, from ``start`` on; its window is an estimate."""
    for line in locked.lines.select_related("offer__product"):
        product = line.offer.product
        end = policy.first_term_end(product.product_type, start, line.offer.term_duration)
        Subscription.objects.create(
            customer_id=locked.customer_id,
            product=product,
            quantity=line.quantity,
            term_duration=line.offer.term_duration,
            billing_cycle=line.offer.billing_cycle,
            effective_start_date=start,
            commitment_end_date=end,
            auto_renew_enabled=end is not None,
            cancellation_allowed_until=previews.estimated_window_end(product.product_type, now),
            cancellation_date_is_estimate=True,
            order_id=locked.external_reference,
        )


def change_subscription(locked: SubscriptionRequest, now: datetime.datetime, *, at_renewal: bool) -> None:
    """Do to the subscription what the request asks for. Raises WorkflowError where it has too few seats."""
    assert locked.subscription_id is not None
    subscription = (
        Subscription.objects.select_for_update(of=("self",)).select_related("product").get(pk=locked.subscription_id)
    )
    if locked.kind == Kind.CANCELLATION:
        changed = _cancel(subscription, locked, now)
    elif locked.kind == Kind.MORE_SEATS:
        changed = _add_seats(subscription, locked, now)
    elif locked.kind == Kind.FEWER_SEATS:
        changed = _take_seats_away(subscription, locked, now, at_renewal=at_renewal)
    else:
        changed = _arrange_end_of_term(subscription, locked)
    subscription.save(update_fields=changed)


def _cancel(subscription: Subscription, locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
    changed = _drop_schedule(subscription)
    if locked.cancel_when == CancelWhen.NOW or subscription.commitment_end_date is None:
        subscription.status = SubscriptionStatus.DELETED
        subscription.ends_on = now.date()
    else:
        subscription.ends_on = subscription.commitment_end_date
        subscription.arranged_at_end_of_term = EndOfTermChoice.CANCEL
    subscription.auto_renew_enabled = False
    return ["status", "ends_on", "auto_renew_enabled", *changed]


def _add_seats(subscription: Subscription, locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
    """Add the seats as a batch with a window of its own. A change in the middle of a term deletes what was scheduled."""
    assert locked.seats is not None
    subscription.quantity += locked.seats
    SeatBatch.objects.create(
        subscription=subscription,
        quantity=locked.seats,
        added_at=now,
        cancellation_allowed_until=previews.estimated_window_end(subscription.product.product_type, now),
        cancellation_date_is_estimate=True,
    )
    return ["quantity", *_drop_schedule(subscription)]


def _take_seats_away(
    subscription: Subscription, locked: SubscriptionRequest, now: datetime.datetime, *, at_renewal: bool
) -> list[str]:
    assert locked.seats is not None
    left = subscription.quantity - locked.seats
    if left < 1:
        raise WorkflowError(
            ngettext(
                "The subscription has %(quantity)d seat now: so many cannot be taken away.",
                "The subscription has %(quantity)d seats now: so many cannot be taken away.",
                subscription.quantity,
            )
            % {"quantity": subscription.quantity}
        )
    if at_renewal:
        subscription.scheduled_quantity = left
        subscription.auto_renew_enabled = True
        if subscription.arranged_at_end_of_term:  # to renew as it is, or month to month: neither holds any more
            subscription.arranged_at_end_of_term = EndOfTermChoice.RENEW_CHANGED
        return ["scheduled_quantity", "auto_renew_enabled", "arranged_at_end_of_term"]
    subscription.quantity = left
    _shrink_batches(subscription, locked.seats, now)
    return ["quantity", *_drop_schedule(subscription)]


def _shrink_batches(subscription: Subscription, seats: int, now: datetime.datetime) -> None:
    """Take the seats from the batches whose window is open, the newest first, and the rest from the first purchase."""
    for batch in subscription.batches.filter(cancellation_allowed_until__gt=now).order_by("-added_at", "-pk"):
        taken = min(batch.quantity, seats)
        seats -= taken
        if taken == batch.quantity:
            batch.delete()
        else:
            batch.quantity -= taken
            batch.save(update_fields=["quantity"])
        if not seats:
            return


def _arrange_end_of_term(subscription: Subscription, locked: SubscriptionRequest) -> list[str]:
    """Note what was arranged. Changes at a renewal are scheduled ones: they need the renewal to be on."""
    changed = _drop_schedule(subscription)
    subscription.arranged_at_end_of_term = locked.at_end_of_term
    subscription.auto_renew_enabled = locked.at_end_of_term != EndOfTermChoice.MONTH_TO_MONTH
    if locked.at_end_of_term == EndOfTermChoice.RENEW_CHANGED:
        subscription.scheduled_quantity = locked.renewal_quantity
        subscription.scheduled_term_duration = locked.renewal_term_duration
        subscription.scheduled_billing_cycle = locked.renewal_billing_cycle
    return ["auto_renew_enabled", *changed]


def _drop_schedule(subscription: Subscription) -> list[str]:
    """Any change in the middle of a term deletes the changes that were scheduled for its end, as in Partner Center."""
    subscription.scheduled_quantity = None
    subscription.scheduled_term_duration = ""
    subscription.scheduled_billing_cycle = ""
    if subscription.arranged_at_end_of_term == EndOfTermChoice.RENEW_CHANGED:
        subscription.arranged_at_end_of_term = ""
    return SCHEDULE
