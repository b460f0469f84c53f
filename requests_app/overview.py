"""What needs a customer's attention: answers, windows that close, terms that end."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from accounts.models import Customer
from requests_app.models import Status, Subscription, SubscriptionRequest

CLOSED_RECENTLY = datetime.timedelta(days=7)
RENEWS_SOON = datetime.timedelta(days=60)
SHOWN = 3


@dataclass(frozen=True)
class Shortlist[Row]:
    """The first few rows of a list, and whether there are more."""

    rows: list[Row]
    more: bool

    @classmethod
    def of(cls, queryset: Iterable[Row]) -> Self:
        """Keep ``SHOWN`` of the rows; the queryset reads one more than that."""
        found = list(queryset)
        return cls(found[:SHOWN], len(found) > SHOWN)

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True)
class Overview:
    """Short lists for the home page, most pressing first."""

    windows: Shortlist[Subscription]
    renewals: Shortlist[Subscription]
    open: Shortlist[SubscriptionRequest]
    answered: Shortlist[SubscriptionRequest]

    @property
    def is_empty(self) -> bool:
        return not (self.answered or self.open or self.windows or self.renewals)

    @property
    def subscriptions(self) -> list[Subscription]:
        return [*self.windows.rows, *self.renewals.rows]


def of_customer(customer: Customer, now: datetime.datetime) -> Overview:
    """Return what is worth a look at ``now``: four short lists, each in a constant number of statements."""
    requests = (
        SubscriptionRequest.objects.filter(customer=customer)
        .select_related("customer", "partner", "subscription__product")
        .with_lines()
    )
    subscriptions = Subscription.objects.filter(customer=customer).cancellable().select_related("product")
    windows = subscriptions.filter(cancellation_allowed_until__gt=now).order_by("cancellation_allowed_until")
    renewals = subscriptions.filter(
        commitment_end_date__gte=now.date(), commitment_end_date__lte=(now + RENEWS_SOON).date()
    ).order_by("commitment_end_date")
    answered = requests.filter(
        status__in=[Status.COMPLETED, Status.DECLINED], closed_at__gte=now - CLOSED_RECENTLY
    ).order_by("-closed_at")
    return Overview(
        windows=Shortlist.of(windows[: SHOWN + 1]),
        renewals=Shortlist.of(renewals[: SHOWN + 1]),
        open=Shortlist.of(requests.open().order_by("deadline", "pk")[: SHOWN + 1]),
        answered=Shortlist.of(answered[: SHOWN + 1]),
    )
