"""What the pages about subscriptions and requests share."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django import template

from accounts.models import Partner
from requests_app import outcome_text, policy, previews
from requests_app.models import SeatBatch, Subscription, SubscriptionRequest
from requests_app.outcome_text.facts import changes_of, surcharge, window_line

register = template.Library()


@register.simple_tag
def told(
    outcome: policy.Outcome,
    partner: Partner,
    now: datetime.datetime | None = None,
    names: Sequence[object] | None = None,
) -> outcome_text.Told:
    """What will happen, in sentences; without ``now`` as it was at the time."""
    return outcome_text.tell(outcome, partner, now=now, names=names or ())


@register.simple_tag
def stored_outcome(subscription_request: SubscriptionRequest) -> policy.Outcome | None:
    """What the author of a request was shown would happen."""
    return previews.stored(subscription_request)


@register.simple_tag
def line_names(subscription_request: SubscriptionRequest) -> list[object]:
    """What each line of a purchase is called, in their order; the lines are fetched already."""
    return [line.offer for line in subscription_request.lines.all()]


@dataclass(frozen=True, slots=True)
class AtEndOfTerm:
    """What will happen when a term is over: its code, what it costs more, and what is scheduled for the renewal."""

    code: policy.AfterTerm
    price: str
    scheduled: list[str]


@register.simple_tag
def after_term(subscription: Subscription, now: datetime.datetime) -> AtEndOfTerm:
    """What will happen when the term is over, as things stand; from the row alone, without a statement."""
    facts = previews.facts_of_row(subscription)
    return AtEndOfTerm(
        code=policy.end_of_term(facts, now),
        price=surcharge(policy.est_of(facts)),
        scheduled=changes_of(
            subscription.scheduled_quantity,
            subscription.scheduled_term_duration,
            subscription.scheduled_billing_cycle,
        ),
    )


@register.simple_tag
def seat_window(batch: SeatBatch, now: datetime.datetime) -> str:
    """Until when seats that were added later can be given back."""
    until = batch.cancellation_allowed_until
    state = policy.WindowState(
        batch.quantity, until, batch.cancellation_date_is_estimate, until is not None and now < until
    )
    return window_line(state, now, with_seats=True)
