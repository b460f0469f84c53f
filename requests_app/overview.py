"""What needs a customer's attention: answers, windows that close, terms that end."""

import datetime
from dataclasses import dataclass

from accounts.models import Customer
from requests_app.models import Status, Subscription, SubscriptionRequest

CLOSED_RECENTLY = datetime.timedelta(days=7)
RENEWS_SOON = datetime.timedelta(days=60)
SHOWN = 5


@dataclass(frozen=True)
class Overview:
    """Short lists for the home page; each holds at most ``SHOWN`` rows."""

    answered: list[SubscriptionRequest]
    open: list[SubscriptionRequest]
    windows: list[Subscription]
    renewals: list[Subscription]

    @property
    def is_empty(self) -> bool:
        return not (self.answered or self.open or self.windows or self.renewals)


def of_customer(customer: Customer, now: datetime.datetime) -> Overview:
    """Return what is worth a look at ``now``: four short lists, each in a constant number of statements."""
    requests = (
        SubscriptionRequest.objects.filter(customer=customer)
        .select_related("customer", "partner", "subscription__product")
        .with_lines()
    )
    subscriptions = Subscription.objects.filter(customer=customer).cancellable().select_related("product")
    return Overview(
        answered=list(
            requests.filter(
                status__in=[Status.COMPLETED, Status.DECLINED], closed_at__gte=now - CLOSED_RECENTLY
            ).order_by("-closed_at")[:SHOWN]
        ),
        open=list(requests.open().order_by("deadline", "pk")[:SHOWN]),
        windows=list(
            subscriptions.filter(cancellation_allowed_until__gt=now).order_by("cancellation_allowed_until")[:SHOWN]
        ),
        renewals=list(
            subscriptions.filter(
                commitment_end_date__gte=now.date(), commitment_end_date__lte=(now + RENEWS_SOON).date()
            ).order_by("commitment_end_date")[:SHOWN]
        ),
    )
