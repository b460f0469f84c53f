"""The read side of the partner's desk: what there is to do, soonest deadline first."""

import datetime
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import QueryDict

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


# --- A stand-in, until the list has its own ---------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """What the address of the list says."""

    show: str = ""
    kind: str = ""
    customer: int | None = None
    assignee: int | None = None
    partner: int | None = None
    q: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "View":
        """Return the view that an address names; nonsense becomes the default."""

        def number(name: str) -> int | None:
            value = query.get(name, "")
            return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None

        q = query.get("q", "").replace("\0", "").strip()
        return cls(
            query.get("show", ""), query.get("kind", ""), number("customer"), number("assignee"), number("partner"), q
        )

    def query(self, **changes: object) -> str:
        """Return the query string that shows this view again."""
        values = {name: changes.get(name, value) for name, value in vars(self).items()}
        return urlencode({name: value for name, value in values.items() if value})

    def rows(self, user: User, now: datetime.datetime) -> SubscriptionRequestQuerySet:
        """Return what the view shows."""
        rows = worked_by(user)
        named = {"kind": self.kind, "customer": self.customer, "assignee": self.assignee, "partner": self.partner}
        rows = rows.filter(**{name: value for name, value in named.items() if value})
        if self.q:
            rows = rows.filter(Q(number__startswith=self.q) | Q(customer__name__icontains=self.q))
        shown = {
            "mine": Q(assignee=user),
            "unassigned": Q(status=Status.SUBMITTED),
            "overdue": Q(deadline__lt=now),
            "waiting": Q(status=Status.WAITING),
            "approved": Q(status=Status.APPROVED),
            "failed": Q(status=Status.FAILED),
        }.get(self.show, Q())
        if self.show == "closed":
            return rows.filter(closed_at__isnull=False).order_by("-submitted_at", "-pk")
        return (rows if self.show == "all" else rows.open()).filter(shown).order_by(*QUEUE_ORDER)
