"""The read side of the partner's desk: what there is to do, soonest deadline first."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import User
from accounts.permissions import Capability, partners_where
from requests_app.models import Status, SubscriptionRequest, SubscriptionRequestQuerySet

QUEUE_ORDER = ("deadline", "pk")
SOON = datetime.timedelta(days=1)
"""From so long before a deadline on it is a warning."""


def worked_by(user: User) -> SubscriptionRequestQuerySet:
    """Return the requests of the partners where ``user`` works requests; what they asked elsewhere is not among them."""
    partners = partners_where(user, Capability.WORK_REQUESTS)
    requests = SubscriptionRequest.objects.visible_to(user)
    return requests if partners is None else requests.filter(partner_id__in=partners)


@dataclass(frozen=True)
class QueueCounts:
    """How much there is to do."""

    open: int
    unassigned: int
    mine: int
    overdue: int
    to_complete: int
    waiting: int
    failed: int


def counts(user: User, now: datetime.datetime) -> QueueCounts:
    """Return the numbers at the head of the desk, in one statement over the open requests alone."""
    return QueueCounts(
        **worked_by(user)
        .open()
        .aggregate(
            open=Count("pk"),
            unassigned=Count("pk", filter=Q(status=Status.SUBMITTED)),
            mine=Count("pk", filter=Q(assignee=user)),
            overdue=Count("pk", filter=Q(deadline__lt=now)),
            to_complete=Count("pk", filter=Q(status=Status.APPROVED)),
            waiting=Count("pk", filter=Q(status=Status.WAITING)),
            failed=Count("pk", filter=Q(status=Status.FAILED)),
        )
    )


def most_urgent(user: User, limit: int) -> SubscriptionRequestQuerySet:
    """Return the open requests whose deadline comes first, with what a line of the desk shows."""
    return (
        worked_by(user)
        .open()
        .select_related("customer__partner", "assignee", "subscription__product")
        .with_lines()
        .order_by(*QUEUE_ORDER)[:limit]
    )
