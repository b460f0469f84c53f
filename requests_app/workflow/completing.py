"""What completing a request does to subscriptions. Only ``workflow.complete`` calls this, on a locked request."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
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
from requests_app.workflow.table import MOST_SEATS, WorkflowError, too_many_seats


@dataclass(frozen=True)
class BroughtBack:
    """What Partner Center shows of one subscription once the deed is done; what was not copied is empty.

    Days are UTC's; the last one belongs to the term. ``cancellation_allowed_until`` of more seats: of those seats.
    """

    external_id: str = ""
    effective_start_date: datetime.date | None = None
    commitment_end_date: datetime.date | None = None
    cancellation_allowed_until: datetime.datetime | None = None


NOTHING_BROUGHT_BACK = BroughtBack()

SCHEDULE = ["scheduled_quantity", "scheduled_term_duration", "scheduled_billing_cycle", "arranged_at_end_of_term"]


def create_subscriptions(
    locked: SubscriptionRequest, brought_back: Sequence[BroughtBack], now: datetime.datetime
) -> None:
    """Create a subscription for each line of a purchase, with what Partner Center shows of it.

    What it does not say is computed: the term starts today in UTC, and the window is an estimate. Raises WorkflowError
    where another subscription of the customer has the ID already, ValueError where there is not one for each line.
    """
    lines = list(locked.lines.select_related("offer__product"))
    for line, brought in zip(lines, brought_back or [NOTHING_BROUGHT_BACK] * len(lines), strict=True):
        product = line.offer.product
        start = brought.effective_start_date or now.date()
        end = brought.commitment_end_date or policy.first_term_end(
            product.product_type, start, line.offer.term_duration
        )
        until = brought.cancellation_allowed_until
        _require_free(brought.external_id, locked.customer_id)
        Subscription.objects.create(
            customer_id=locked.customer_id,
            product=product,
            quantity=line.quantity,
            term_duration=line.offer.term_duration,
            billing_cycle=line.offer.billing_cycle,
            effective_start_date=start,
            commitment_end_date=end,
            auto_renew_enabled=end is not None,
            cancellation_allowed_until=until or previews.estimated_window_end(product.product_type, now),
            cancellation_date_is_estimate=until is None,
            external_id=brought.external_id,
            order_id=locked.external_reference,
        )


def _require_free(external_id: str, customer_id: int) -> None:
    """Raise WorkflowError where another subscription has this ID; the database refuses it in any case."""
    if not external_id:
        return
    named = Subscription.objects.select_related("product").filter(customer_id=customer_id, external_id=external_id)
    owner = named.first()
    if owner is not None:
        raise WorkflowError(id_taken(external_id, owner))


def id_taken(external_id: str, owner: Subscription | None = None) -> str:
    """Return a sentence for whoever gives a subscription the ID of another one, which it names where it is known."""
    if owner is None:
        return _("Another subscription of this customer has the ID %(id)s already.") % {"id": external_id}
    return _("The subscription “%(name)s” has the ID %(id)s already. Look which of the two it is.") % {
        "name": owner,
        "id": external_id,
    }


def whose_id(external_ids: Sequence[str], customer_id: int) -> str:
    """Return the sentence about the one of these IDs that another subscription has, which may be gone again by now."""
    named = Subscription.objects.select_related("product").filter(customer_id=customer_id, external_id__in=external_ids)
    owner = named.first()
    return id_taken(owner.external_id, owner) if owner is not None else id_taken(", ".join(external_ids))


def change_subscription(
    locked: SubscriptionRequest, brought_back: Sequence[BroughtBack], now: datetime.datetime, *, at_renewal: bool
) -> None:
    """Do to the subscription what the request asks for; its ID is noted where none was on record.

    Raises WorkflowError where it has too few seats, would have too many, has ended, or will not renew, or where another
    subscription has the ID.
    """
    assert locked.subscription_id is not None
    subscription = (
        Subscription.objects.select_for_update(of=("self",), no_key=True)
        .select_related("product")
        .get(pk=locked.subscription_id)
    )
    [brought] = brought_back or [NOTHING_BROUGHT_BACK]
    if locked.kind == Kind.CANCELLATION:
        changed = _cancel(subscription, locked, now, at_end_of_term=at_renewal)
    elif not subscription.is_running:
        raise WorkflowError(_("The subscription has ended: nothing can be changed. Mark the request as failed."))
    elif locked.kind == Kind.MORE_SEATS:
        changed = _add_seats(subscription, locked, brought.cancellation_allowed_until, now)
    elif locked.kind == Kind.FEWER_SEATS:
        changed = _take_seats_away(subscription, locked, now, at_renewal=at_renewal)
    else:
        changed = _arrange_end_of_term(subscription, locked)
    if brought.external_id and not subscription.external_id:
        _require_free(brought.external_id, subscription.customer_id)
        subscription.external_id = brought.external_id
        changed = [*changed, "external_id"]
    subscription.save(update_fields=changed)


def _cancel(
    subscription: Subscription, locked: SubscriptionRequest, now: datetime.datetime, *, at_end_of_term: bool
) -> list[str]:
    """End it today, or note its last day: where that was asked for, and where no more was possible.

    What has ended meanwhile keeps the day on which it did.
    """
    changed = _drop_schedule(subscription)
    at_end_of_term = at_end_of_term or locked.cancel_when == CancelWhen.END_OF_TERM
    if not subscription.is_running:
        subscription.arranged_at_end_of_term = ""
    elif not at_end_of_term or subscription.commitment_end_date is None:
        subscription.status = SubscriptionStatus.DELETED
        subscription.ends_on = now.date()
        subscription.arranged_at_end_of_term = ""
    else:
        subscription.ends_on = subscription.commitment_end_date
        subscription.arranged_at_end_of_term = EndOfTermChoice.CANCEL
    subscription.auto_renew_enabled = False
    return ["status", "ends_on", "auto_renew_enabled", *changed]


def _add_seats(
    subscription: Subscription, locked: SubscriptionRequest, until: datetime.datetime | None, now: datetime.datetime
) -> list[str]:
    """Add the seats as a batch with a window of its own: Partner Center's, or an estimate.

    A change in the middle of a term deletes what was scheduled.
    """
    assert locked.seats is not None
    if subscription.quantity + locked.seats > MOST_SEATS:
        raise WorkflowError(too_many_seats())
    subscription.quantity += locked.seats
    SeatBatch.objects.create(
        subscription=subscription,
        quantity=locked.seats,
        added_at=now,
        cancellation_allowed_until=until or previews.estimated_window_end(subscription.product.product_type, now),
        cancellation_date_is_estimate=until is None,
    )
    return ["quantity", *_drop_schedule(subscription)]


def _take_seats_away(
    subscription: Subscription, locked: SubscriptionRequest, now: datetime.datetime, *, at_renewal: bool
) -> list[str]:
    assert locked.seats is not None
    planned = subscription.scheduled_quantity if at_renewal else None  # a second change counts on from the first
    left = (planned or subscription.quantity) - locked.seats
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
        _require_renewal(subscription)
        subscription.scheduled_quantity = left
        subscription.arranged_at_end_of_term = EndOfTermChoice.RENEW_CHANGED
        subscription.auto_renew_enabled = True
        return ["scheduled_quantity", "arranged_at_end_of_term", "auto_renew_enabled"]
    _shrink_batches(subscription, locked.seats, now)
    subscription.quantity = left
    return ["quantity", *_drop_schedule(subscription)]


def _require_renewal(subscription: Subscription) -> None:
    if subscription.ends_on is not None:
        raise WorkflowError(
            _("The end of the subscription is arranged: it will not renew. Mark the request as failed.")
        )


def _shrink_batches(subscription: Subscription, seats: int, now: datetime.datetime) -> None:
    """Take the seats from the batches whose window is open, the newest first, then from the first purchase.

    Where that has too few, the rest comes out of the other batches: all batches together are never more than there is.
    """
    batches = list(subscription.batches.order_by("-added_at", "-pk"))
    first_purchase = subscription.quantity - sum(batch.quantity for batch in batches)
    still_open = [batch for batch in batches if _is_open(batch, now)]
    seats = _take_from(still_open, seats)
    seats -= min(seats, max(0, first_purchase))
    _take_from([batch for batch in batches if batch not in still_open], seats)


def _is_open(batch: SeatBatch, now: datetime.datetime) -> bool:
    return batch.cancellation_allowed_until is not None and batch.cancellation_allowed_until > now


def _take_from(batches: list[SeatBatch], seats: int) -> int:
    """Shrink the batches, in this order, by ``seats`` altogether; return how many are left to take."""
    for batch in batches:
        taken = min(batch.quantity, seats)
        if taken == batch.quantity:
            batch.delete()
        elif taken:
            batch.quantity -= taken
            batch.save(update_fields=["quantity"])
        seats -= taken
    return seats


def _arrange_end_of_term(subscription: Subscription, locked: SubscriptionRequest) -> list[str]:
    """Note what was arranged. Changes at a renewal are scheduled ones: they need the renewal to be on."""
    _require_renewal(subscription)
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
