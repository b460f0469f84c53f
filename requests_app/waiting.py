"""What waits for a person, as numbers for the header of every page."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import BigIntegerField, F, Q, Value
from django.db.models.functions import Cast
from django.http import HttpRequest

from accounts.models import User
from accounts.permissions import Capability, partners_where, roles_of
from requests_app import queue
from requests_app.models import Status, SubscriptionRequest, SubscriptionRequestQuerySet
from requests_app.notifications.recipients import MAY_ASK

MOST = 99
"""Nobody needs to know more exactly, and nothing counts further."""


@dataclass(frozen=True)
class Waiting:
    """How many requests wait for the person's answer, by customer, and how many for their work at the desk."""

    by_customer: dict[int, int]
    at_desk: int

    @property
    def answers(self) -> int:
        return sum(self.by_customer.values())

    @property
    def answers_shown(self) -> str:
        return shown(self.answers)

    @property
    def at_desk_shown(self) -> str:
        return shown(self.at_desk)


def shown(count: int) -> str:
    """Return the number as it stands in the header."""
    return f"{MOST}+" if count > MOST else str(count)


NOTHING = Waiting({}, 0)


def for_person(user: User) -> Waiting:
    """Return what waits for ``user``, in one statement; none for people who neither ask nor work requests.

    A customer's people who may ask: requests that wait for their answer. Who works requests: open ones that are theirs
    or nobody's. Each up to ``MOST`` and one more.
    """
    asks_at = [pk for pk, role in roles_of(user).at_customers.items() if role in MAY_ASK]
    works = partners_where(user, Capability.WORK_REQUESTS) != []
    requests = SubscriptionRequest.objects.visible_to(user)
    parts = []
    if asks_at:
        answers = requests.filter(status=Status.WAITING, customer_id__in=asks_at)
        parts.append(answers.order_by().annotate(at=F("customer_id")).values_list("at", flat=True)[: MOST + 1])
    if works:
        desk = Cast(Value(None), BigIntegerField())
        parts.append(_for_their_work(user).annotate(at=desk).values_list("at", flat=True)[: MOST + 1])
    if not parts:
        return NOTHING
    found = Counter(parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True).order_by())
    at_desk = found.pop(None, 0)
    return Waiting({pk: count for pk, count in found.items() if pk is not None}, at_desk)


def at_desk(user: User) -> queue.Counted:
    """Return an annotation that counts what waits for the work of ``user``: for :func:`know`."""
    return queue.Counted(_for_their_work(user).values("pk")[: MOST + 1])


def _for_their_work(user: User) -> SubscriptionRequestQuerySet:
    return queue.worked_by(user).open().filter(Q(assignee=user) | Q(status=Status.SUBMITTED)).order_by()


def of_request(request: HttpRequest) -> Waiting:
    """Return what waits for the person behind ``request``; asked of the database once for each request at most."""
    found: Waiting | None = getattr(request, "_waiting", None)
    if found is None:
        found = for_person(request.user) if isinstance(request.user, User) else NOTHING
        request._waiting = found  # type: ignore[attr-defined]
    return found


def know(request: HttpRequest, at_desk: int) -> None:
    """Take what a page has counted for itself, the person's requests and nobody's, so that it is not asked again.

    For somebody who is asked at a customer's, too, it is asked all the same.
    """
    if isinstance(request.user, User) and not roles_of(request.user).at_customers:
        request._waiting = Waiting({}, min(at_desk, MOST + 1))  # type: ignore[attr-defined]
