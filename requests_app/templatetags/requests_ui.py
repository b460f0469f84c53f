"""What the pages about subscriptions and requests share."""

import datetime
from collections.abc import Sequence

from django import template

from accounts.models import Partner
from requests_app import outcome_text, policy, previews
from requests_app.models import SubscriptionRequest

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
