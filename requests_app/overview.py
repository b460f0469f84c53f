"""What needs a customer's attention: answers, windows that close, terms that end."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Customer
from requests_app.models import Action, RequestEvent, Status, Subscription, SubscriptionRequest
from requests_app.renewals import Renewal, not_asked_about, outlook, undecided

CLOSED_RECENTLY = datetime.timedelta(days=7)
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

    waiting: Shortlist[SubscriptionRequest]
    windows: Shortlist[Subscription]
    renewals: Shortlist[Renewal]
    open: Shortlist[SubscriptionRequest]
    answered: Shortlist[SubscriptionRequest]

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.answered or self.open or self.windows or self.renewals)


def of_customer(customer: Customer, now: datetime.datetime) -> Overview:
    """Return what is worth a look at ``now``: five short lists, each in a constant number of statements.

    The requests in ``waiting`` carry the partner's ``question``.
    """
    requests = (
        SubscriptionRequest.objects.filter(customer=customer)
        .select_related("customer", "partner", "assignee", "subscription__product")
        .with_lines()
    )
    subscriptions = Subscription.objects.filter(customer=customer)
    windows = (
        not_asked_about(subscriptions.cancellable())
        .select_related("product")
        .filter(cancellation_allowed_until__gt=now)
    )
    ahead = undecided(subscriptions, now.astimezone(datetime.UTC).date()).order_by("commitment_end_date", "pk")
    answered = requests.filter(
        status__in=[Status.COMPLETED, Status.DECLINED], closed_at__gte=now - CLOSED_RECENTLY
    ).order_by("-closed_at")
    by_deadline = requests.open().order_by("deadline", "pk")
    waiting = by_deadline.filter(status=Status.WAITING).annotate(question=Subquery(_last_question()))
    return Overview(
        waiting=Shortlist.of(waiting[: SHOWN + 1]),
        windows=Shortlist.of(windows.order_by("cancellation_allowed_until")[: SHOWN + 1]),
        renewals=Shortlist.of(outlook(list(ahead[: SHOWN + 1]), now)),
        open=Shortlist.of(by_deadline.exclude(status=Status.WAITING)[: SHOWN + 1]),
        answered=Shortlist.of(answered[: SHOWN + 1]),
    )


def _last_question() -> QuerySet[RequestEvent, str]:
    asked = RequestEvent.objects.filter(subscription_request=OuterRef("pk"), action=Action.ASK_CUSTOMER)
    return asked.order_by("-created_at", "-pk").values_list("note", flat=True)[:1]
