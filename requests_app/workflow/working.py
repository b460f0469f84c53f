"""The steps that move a request once it is filed, on both sides."""

import datetime
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import Capability, can
from requests_app import previews, queue
from requests_app.models import Action, Kind, Subscription, SubscriptionRequest
from requests_app.workflow import completing
from requests_app.workflow.completing import BroughtBack
from requests_app.workflow.runner import NOTHING_ELSE, Sent, record, run
from requests_app.workflow.table import WorkflowError

HOUR = datetime.timedelta(hours=1)

MOST_MESSAGES = 30
"""By one person about one request within an hour."""

# --- Who has it ------------------------------------------------------------------------------------------------


def claim(subscription_request: SubscriptionRequest, *, actor: User, sent: Sent = NOTHING_ELSE) -> SubscriptionRequest:
    """Take the request over: it is in review with ``actor``. Raises PermissionDenied, StepNotAllowed."""

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.assignee = actor
        return ["assignee"]

    return run(Action.CLAIM, subscription_request, actor, change, sent=sent)


def claim_next(*, actor: User) -> SubscriptionRequest | None:
    """Claim the most urgent request that ``actor`` may claim; None where there is none.

    Whoever asks at the same moment gets another one: a row that somebody has locked is passed over.
    """
    with transaction.atomic():
        found = queue.claimable(actor).select_for_update(skip_locked=True, of=("self",), no_key=True).first()
        return claim(found, actor=actor) if found is not None else None


def release(
    subscription_request: SubscriptionRequest, *, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Give the request back to all of the partner's people. Raises PermissionDenied, StepNotAllowed."""

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.assignee = None
        return ["assignee"]

    return run(Action.RELEASE, subscription_request, actor, change, note=note, sent=sent)


def reassign(
    subscription_request: SubscriptionRequest,
    *,
    actor: User,
    assignee: User,
    note: str = "",
    sent: Sent = NOTHING_ELSE,
) -> SubscriptionRequest:
    """Give the request to a colleague; the note is for the partner's people alone.

    Raises PermissionDenied, StepNotAllowed, WorkflowError where ``assignee`` may not work it.
    """

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        if not can(assignee, Capability.WORK_REQUESTS, locked.customer):
            raise WorkflowError(
                _("%(who)s does not work your partner's requests. Choose somebody else.") % {"who": assignee}
            )
        if assignee.pk == locked.author_id:
            raise WorkflowError(
                _("%(who)s has filed this request and cannot decide on it. Choose somebody else.") % {"who": assignee}
            )
        locked.assignee = assignee
        return ["assignee"]

    return run(Action.REASSIGN, subscription_request, actor, change, note=note, sent=sent)


# --- Asking back -----------------------------------------------------------------------------------------------


def ask_customer(
    subscription_request: SubscriptionRequest, *, actor: User, question: str, sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Ask the customer, and wait for the answer. Raises PermissionDenied, StepNotAllowed, ValueError without a question."""
    if not question.strip():
        raise ValueError("the customer is asked something")
    return run(Action.ASK_CUSTOMER, subscription_request, actor, note=question, sent=sent)


def answer(
    subscription_request: SubscriptionRequest, *, actor: User, text: str, sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Answer what the partner has asked: the request is in review again, with whom it was.

    Raises PermissionDenied, StepNotAllowed, ValueError without an answer.
    """
    if not text.strip():
        raise ValueError("an answer says something")
    return run(Action.ANSWER, subscription_request, actor, note=text, sent=sent)


def resume(
    subscription_request: SubscriptionRequest, *, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Go on without an answer on the page, after a phone call for example. Raises PermissionDenied, StepNotAllowed."""
    return run(Action.RESUME, subscription_request, actor, note=note, sent=sent)


# --- Deciding --------------------------------------------------------------------------------------------------


def approve(
    subscription_request: SubscriptionRequest, *, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Promise the customer that it will be done; nothing is done yet. The deadline is now the one of the deed.

    Raises PermissionDenied, StepNotAllowed, PictureChanged.
    """

    return run(Action.APPROVE, subscription_request, actor, _deadline_of_the_deed, note=note, sent=sent)


def _deadline_of_the_deed(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
    deadline = previews.deadline_once_approved(locked, now)
    if deadline.at != locked.deadline:  # of the same one everybody has been told
        locked.escalation = 0
    locked.deadline, locked.deadline_reason = deadline.at, deadline.reason
    return ["deadline", "deadline_reason", "escalation"]


def decline(
    subscription_request: SubscriptionRequest, *, actor: User, reason: str, sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Refuse, with a reason that the customer reads.

    Raises PermissionDenied, StepNotAllowed, PictureChanged, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a request is declined with a reason")

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.decline_reason = reason
        return ["decline_reason"]

    return run(Action.DECLINE, subscription_request, actor, change, note=reason, sent=sent)


def complete(
    subscription_request: SubscriptionRequest,
    *,
    actor: User,
    external_reference: str,
    brought_back: Sequence[BroughtBack] = (),
    at_renewal: bool = False,
    note: str = "",
    sent: Sent = NOTHING_ELSE,
) -> SubscriptionRequest:
    """Record what was done in Partner Center: the one place that creates, changes or ends subscriptions.

    A purchase creates a subscription for each line. A cancellation ends the subscription at once; asked for the end of
    the term, or done with ``at_renewal`` because its window has shut, it notes the last day. Seats are added or taken
    away, with ``at_renewal`` from the renewal on; what was chosen for the end of the term is noted.
    ``brought_back``: what Partner Center shows, for each line of a purchase in their order, else for the subscription;
    empty: what is not known is computed (see ``BroughtBack``).
    Raises PermissionDenied, StepNotAllowed, PictureChanged, ValueError without the reference, and WorkflowError where
    the subscription has ended or will not renew, does not have that many seats (any more), or has another one's ID.
    """
    if not external_reference.strip():
        raise ValueError("a request is completed with its reference in Partner Center")

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.external_reference = external_reference
        if locked.kind == Kind.PURCHASE:
            completing.create_subscriptions(locked, brought_back, now)
        else:
            completing.change_subscription(locked, brought_back, now, at_renewal=at_renewal)
        return ["external_reference"]

    try:
        return run(Action.COMPLETE, subscription_request, actor, change, note=note, sent=sent)
    except IntegrityError as error:  # somebody else has just given another subscription the same ID
        if "requests_app_subscription_external_id" in str(error):
            ids = [one.external_id for one in brought_back if one.external_id]
            raise WorkflowError(completing.whose_id(ids, subscription_request.customer_id)) from error
        raise


def fail(
    subscription_request: SubscriptionRequest, *, actor: User, reason: str, sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Note that it could not be done in Partner Center, with a reason that the customer reads; it can be tried again.

    Raises PermissionDenied, StepNotAllowed, PictureChanged, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a request fails for a reason")

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.failure_reason = reason
        return ["failure_reason"]

    return run(Action.FAIL, subscription_request, actor, change, note=reason, sent=sent)


def retry(
    subscription_request: SubscriptionRequest, *, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Try again what had failed: it is approved, as before, with the time that an approval gives from now on.

    Raises PermissionDenied, StepNotAllowed, PictureChanged.
    """
    return run(Action.RETRY, subscription_request, actor, _deadline_of_the_deed, note=note, sent=sent)


def withdraw(
    subscription_request: SubscriptionRequest, *, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Take the request back, on the customer's side, unless it is approved. Raises PermissionDenied, StepNotAllowed."""
    return run(Action.WITHDRAW, subscription_request, actor, note=note, sent=sent)


# --- Talking ---------------------------------------------------------------------------------------------------


def message(
    subscription_request: SubscriptionRequest, *, actor: User, text: str, sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Write a message that both sides see, each of which is mailed: so many in an hour and no more.

    Raises PermissionDenied, WorkflowError where there were too many, ValueError without a text.
    """
    if not text.strip():
        raise ValueError("a message says something")

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        lately = locked.events.filter(action=Action.MESSAGE, actor=actor, created_at__gt=now - HOUR)
        if lately[:MOST_MESSAGES].count() == MOST_MESSAGES:
            raise WorkflowError(
                ngettext(
                    "You have written %(count)d message within the last hour. Wait a little, then send this one.",
                    "You have written %(count)d messages within the last hour. Wait a little, then send this one.",
                    MOST_MESSAGES,
                )
                % {"count": MOST_MESSAGES}
            )
        return []

    return run(Action.MESSAGE, subscription_request, actor, change, note=text, sent=sent)


def note(
    subscription_request: SubscriptionRequest, *, actor: User, text: str, sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Write a note that the partner's people alone see. Raises PermissionDenied, ValueError without a text."""
    if not text.strip():
        raise ValueError("a note says something")
    return run(Action.NOTE, subscription_request, actor, note=text, sent=sent)


def move_deadlines(subscription: Subscription) -> int:
    """Bring the deadlines of the open requests about a subscription up to its dates, after these were corrected.

    Runs in the caller's transaction. A deadline that moves can be escalated anew. A window that is open by the new dates
    is the one to be done before; one that has shut stays what it was. Returns how many deadlines have moved.
    """
    now, moved = timezone.now(), 0
    requests = (
        SubscriptionRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer__partner", "subscription__product")
        .filter(subscription=subscription)
        .open()
        .order_by("pk")
    )
    for locked in requests:
        facts = previews.facts_as_things_stand(locked)
        deadline = previews.deadline_as_things_stand(locked, facts, now)
        window = previews.window_of(locked, facts, now)
        if window is not None and window != locked.window_closes_at:
            locked.window_closes_at = window
            locked.save(update_fields=["window_closes_at"])
        if (deadline.at, deadline.reason) != (locked.deadline, locked.deadline_reason):
            locked.deadline, locked.deadline_reason, locked.escalation = deadline.at, deadline.reason, 0
            locked.save(update_fields=["deadline", "deadline_reason", "escalation"])
            moved += 1
    return moved


def escalate(subscription_request: SubscriptionRequest, *, level: int) -> bool:
    """Note that the deadline is near, as the site itself: 1 tells who works it, 2 its managers too.

    Runs in the caller's transaction, which has locked the row. Returns whether anything was done: each level once for
    each deadline.
    """
    if not subscription_request.is_open or subscription_request.escalation >= level:
        return False
    subscription_request.escalation = level
    subscription_request.save(update_fields=["escalation"])
    record(
        subscription_request,
        Action.ESCALATE,
        None,
        timezone.now(),
        from_status=subscription_request.status,
        changes=[{"code": "escalated", "level": level}],
    )
    return True
