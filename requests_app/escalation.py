"""Requests whose deadline comes near: who works them is told, then their managers, and customers who are being waited for.

A job asks for what is due, batch after batch, and then takes each request on its own (``tasks.escalate_requests``).
"""

import datetime

from django.db.models import Q

from requests_app import notifications, policy, workflow
from requests_app.models import Action, Status, SubscriptionRequest

LEVELS = {1: policy.EscalationLevel.ASSIGNEE, 2: policy.EscalationLevel.MANAGERS}
"""``SubscriptionRequest.escalation``, and what it means."""

BATCH = 100

QUESTION_IS_FRESH = datetime.timedelta(hours=6)
"""So soon after the partner's question nobody is reminded of it a first time: the mail that asked named the deadline."""

type Key = tuple[datetime.datetime, int]


def due(now: datetime.datetime, after: Key | None = None) -> list[Key]:
    """Return deadline and primary key of the open requests near their deadline with a level to come, soonest first.

    Those filed late are among them before they are due (:func:`level_due`). At most ``BATCH`` of them, behind ``after``. One statement, over an index of open requests alone.
    """
    first, last = (now + policy.ESCALATION_DISTANCES[LEVELS[level]] for level in (1, 2))
    requests = SubscriptionRequest.objects.open().filter(
        Q(escalation=0) | Q(deadline__lte=last), escalation__lt=max(LEVELS), deadline__lte=first
    )
    if after is not None:
        deadline, pk = after
        requests = requests.filter(Q(deadline__gt=deadline) | Q(deadline=deadline, pk__gt=pk), deadline__gte=deadline)
    return list(requests.order_by("deadline", "pk").values_list("deadline", "pk")[:BATCH])


def level_due(subscription_request: SubscriptionRequest, now: datetime.datetime) -> int:
    """Return the highest level that is due at ``now``: after a missed hour the first one is not made up for."""
    deadline, since = subscription_request.deadline, subscription_request.submitted_at
    return max(
        (number for number, level in LEVELS.items() if policy.escalation_due(deadline, now, level, since=since)),
        default=0,
    )


def escalate(pk: int, now: datetime.datetime) -> bool:
    """Escalate one request as far as is due, in the caller's transaction; return whether there was anything to do.

    A row that somebody else holds is left to them: another worker does the same, or a person has just acted on it, and
    the next run looks again.
    """
    locked = (
        SubscriptionRequest.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("customer", "partner", "subscription__product")
        .filter(pk=pk)
        .first()
    )
    if locked is None:
        return False
    level = level_due(locked, now)
    if not workflow.escalate(locked, level=level):
        return False
    if locked.status == Status.WAITING and (level > 1 or not _was_just_asked(locked, now)):
        notifications.remind_of_question(locked, now)
    return True


def _was_just_asked(locked: SubscriptionRequest, now: datetime.datetime) -> bool:
    return locked.events.filter(action=Action.ASK_CUSTOMER, created_at__gt=now - QUESTION_IS_FRESH).exists()
