"""How a request moves: one table, one public function for each step, one runner. The only writer of a status.

Every step opens a transaction, locks the row, asks for the permission, checks the state, changes, appends the
RequestEvent and enqueues the job that tells people, in this order and in that one transaction.
"""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from accounts.permissions import Capability, can, require
from portal.lib import jobs
from portal.lib.display import moment
from requests_app import policy
from requests_app.models import (
    Action,
    CancelWhen,
    Kind,
    Offer,
    RequestEvent,
    RequestLine,
    Status,
    Subscription,
    SubscriptionRequest,
    SubscriptionStatus,
)


@dataclass(frozen=True)
class Transition:
    """From which states a step leads to which, and what it takes to take it."""

    sources: frozenset[Status]
    target: Status
    capability: Capability


TRANSITIONS: dict[Action, Transition] = {
    Action.CLAIM: Transition(frozenset({Status.SUBMITTED}), Status.IN_REVIEW, Capability.WORK_REQUESTS),
    Action.RELEASE: Transition(frozenset({Status.IN_REVIEW}), Status.SUBMITTED, Capability.WORK_REQUESTS),
    Action.APPROVE: Transition(frozenset({Status.IN_REVIEW}), Status.APPROVED, Capability.WORK_REQUESTS),
    Action.DECLINE: Transition(frozenset({Status.IN_REVIEW}), Status.DECLINED, Capability.WORK_REQUESTS),
    Action.COMPLETE: Transition(frozenset({Status.APPROVED}), Status.COMPLETED, Capability.WORK_REQUESTS),
    Action.WITHDRAW: Transition(frozenset({Status.SUBMITTED, Status.IN_REVIEW}), Status.WITHDRAWN, Capability.ASK),
}

CLOSING = frozenset({Status.COMPLETED, Status.DECLINED, Status.WITHDRAWN})


class WorkflowError(Exception):
    """A step that cannot be taken; its text is a sentence for the reader, in their language."""


class StepNotAllowed(WorkflowError):
    """The request is in a state that this step does not start from: somebody else was quicker."""


class CannotSubmit(WorkflowError):
    """What was asked for cannot be asked for (any more)."""


@dataclass(frozen=True)
class OrderLine:
    """What a purchase asks for: an offer and how many seats."""

    offer: Offer
    quantity: int


def available_actions(subscription_request: SubscriptionRequest, user: User) -> list[Action]:
    """Return the steps that ``user`` may take now, in the order of the table. Pages, buttons and tests all ask here."""
    status = Status(subscription_request.status)
    return [
        action
        for action, transition in TRANSITIONS.items()
        if status in transition.sources and can(user, transition.capability, subscription_request.customer)
    ]


# --- Asking ----------------------------------------------------------------------------------------------------


def sent_before(key: uuid.UUID | None, actor: User) -> SubscriptionRequest | None:
    """Return the request that ``actor`` has filed with this very form: after a double click, the way back, a retry."""
    return SubscriptionRequest.objects.filter(submission_key=key, author=actor).first() if key else None


def submit_purchase(
    customer: Customer, lines: Sequence[OrderLine], *, actor: User, note: str = "", key: uuid.UUID | None = None
) -> SubscriptionRequest:
    """File a purchase with the price of each offer as it is now; tell the partner's people and the author.

    The same ``key`` again returns the request that was filed with it. Raises PermissionDenied without the
    capability to ask, CannotSubmit where there is no line or where an offer is not sold to this customer (any more).
    """
    return _once(key, actor, lambda: _submit_purchase(customer, lines, actor, note, key))


def _submit_purchase(
    customer: Customer, lines: Sequence[OrderLine], actor: User, note: str, key: uuid.UUID | None
) -> SubscriptionRequest:
    require(actor, Capability.ASK, customer)
    if not lines:
        raise CannotSubmit(_("Say what you would like to buy: choose at least one product."))
    wanted = [line.offer.pk for line in lines]
    on_sale = {offer.pk: offer for offer in Offer.objects.available_to(customer).filter(pk__in=wanted)}
    for line in lines:
        if line.offer.pk not in on_sale:
            raise CannotSubmit(_("“%(offer)s” is no longer sold. Choose another one.") % {"offer": line.offer})
    now = timezone.now()
    subscription_request = SubscriptionRequest.objects.create(
        kind=Kind.PURCHASE,
        customer=customer,
        partner_id=customer.partner_id,
        author=actor,
        note=note,
        submission_key=key,
        submitted_at=now,
        deadline=policy.purchase_deadline(now),
    )
    RequestLine.objects.bulk_create(
        RequestLine(
            subscription_request=subscription_request,
            partner_id=customer.partner_id,
            offer=on_sale[line.offer.pk],
            quantity=line.quantity,
            unit_price=on_sale[line.offer.pk].unit_price,
            currency=on_sale[line.offer.pk].currency,
        )
        for line in lines
    )
    _record(subscription_request, Action.SUBMIT, actor, now, from_status="", note=note)
    return subscription_request


def submit_cancellation(
    subscription: Subscription, *, when: CancelWhen, actor: User, reason: str = "", key: uuid.UUID | None = None
) -> SubscriptionRequest:
    """File the cancellation of a subscription; tell the partner's people and the author.

    The deadline follows the closing window or the end of the term (``policy.cancellation_deadline``). The same
    ``key`` again returns the request that was filed with it. Raises
    PermissionDenied without the capability to ask, CannotSubmit where the subscription has ended or where there is
    an open cancellation already.
    """
    return _once(key, actor, lambda: _submit_cancellation(subscription, when, actor, reason, key))


def _once(key: uuid.UUID | None, actor: User, submit: Callable[[], SubscriptionRequest]) -> SubscriptionRequest:
    """Run ``submit`` in a transaction; where the database has the request already, say so or return it."""
    if before := sent_before(key, actor):
        return before
    try:
        with transaction.atomic():
            return submit()
    except IntegrityError as error:
        if "submission_key" in str(error) and (before := sent_before(key, actor)):
            return before
        if "requests_app_one_open_cancellation" in str(error):
            raise CannotSubmit(_("There is an open request to cancel this subscription already.")) from error
        if "submission_key" in str(error):
            raise CannotSubmit(_("This form cannot be sent again. Open it anew.")) from error
        raise


def _submit_cancellation(
    subscription: Subscription, when: CancelWhen, actor: User, reason: str, key: uuid.UUID | None
) -> SubscriptionRequest:
    locked = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("customer__partner", "product")
        .get(pk=subscription.pk)
    )
    require(actor, Capability.ASK, locked.customer)
    if not locked.is_cancellable:
        raise CannotSubmit(_("This subscription has been cancelled or has ended already."))
    if when == CancelWhen.END_OF_TERM and locked.commitment_end_date is None:
        raise CannotSubmit(_("This subscription has no term that ends. Choose “As soon as possible”."))
    now = timezone.now()
    subscription_request = SubscriptionRequest.objects.create(
        kind=Kind.CANCELLATION,
        customer=locked.customer,
        partner_id=locked.customer.partner_id,
        author=actor,
        subscription=locked,
        cancel_when=when,
        note=reason,
        submission_key=key,
        submitted_at=now,
        deadline=policy.cancellation_deadline(
            when=when,
            cancellation_allowed_until=locked.cancellation_allowed_until,
            commitment_end_date=locked.commitment_end_date,
            lead_time_days=locked.customer.partner.lead_time_days,
            now=now,
        ),
    )
    _record(subscription_request, Action.SUBMIT, actor, now, from_status="", note=reason)
    return subscription_request


# --- Working ---------------------------------------------------------------------------------------------------


def claim(subscription_request: SubscriptionRequest, *, actor: User) -> SubscriptionRequest:
    """Take the request over: it is in review with ``actor``. Raises PermissionDenied, StepNotAllowed."""

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.assignee = actor
        return ["assignee"]

    return _run(Action.CLAIM, subscription_request, actor, change)


def release(subscription_request: SubscriptionRequest, *, actor: User, note: str = "") -> SubscriptionRequest:
    """Give the request back to all of the partner's people. Raises PermissionDenied, StepNotAllowed."""

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.assignee = None
        return ["assignee"]

    return _run(Action.RELEASE, subscription_request, actor, change, note=note)


def approve(subscription_request: SubscriptionRequest, *, actor: User, note: str = "") -> SubscriptionRequest:
    """Promise the customer that it will be done; nothing is done yet. Raises PermissionDenied, StepNotAllowed."""
    return _run(Action.APPROVE, subscription_request, actor, _change_nothing, note=note)


def decline(subscription_request: SubscriptionRequest, *, actor: User, reason: str) -> SubscriptionRequest:
    """Refuse, with a reason that the customer reads. Raises PermissionDenied, StepNotAllowed, ValueError without one."""
    if not reason.strip():
        raise ValueError("a request is declined with a reason")

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.decline_reason = reason
        return ["decline_reason"]

    return _run(Action.DECLINE, subscription_request, actor, change, note=reason)


def complete(
    subscription_request: SubscriptionRequest,
    *,
    actor: User,
    external_reference: str,
    effective_start_date: datetime.date | None = None,
    note: str = "",
) -> SubscriptionRequest:
    """Record what was done in Partner Center: the one place that creates or ends subscriptions.

    A purchase creates a subscription for each line, from ``effective_start_date`` on (default: today in UTC). A
    cancellation ends the subscription at once, or notes its last day where it was asked for the end of the term.
    Raises PermissionDenied, StepNotAllowed, ValueError without the reference.
    """
    if not external_reference.strip():
        raise ValueError("a request is completed with its reference in Partner Center")

    def change(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
        locked.external_reference = external_reference
        if locked.kind == Kind.PURCHASE:
            _create_subscriptions(locked, effective_start_date or now.date(), now)
        else:
            _end_subscription(locked, now)
        return ["external_reference"]

    return _run(Action.COMPLETE, subscription_request, actor, change, note=note)


def withdraw(subscription_request: SubscriptionRequest, *, actor: User, note: str = "") -> SubscriptionRequest:
    """Take the request back, on the customer's side, until it is approved. Raises PermissionDenied, StepNotAllowed."""
    return _run(Action.WITHDRAW, subscription_request, actor, _change_nothing, note=note)


# --- The runner ------------------------------------------------------------------------------------------------

type Change = Callable[[SubscriptionRequest, datetime.datetime], list[str]]


def _change_nothing(locked: SubscriptionRequest, now: datetime.datetime) -> list[str]:
    return []


@transaction.atomic
def _run(
    action: Action, subscription_request: SubscriptionRequest, actor: User, change: Change, note: str = ""
) -> SubscriptionRequest:
    transition = TRANSITIONS[action]
    locked = (
        SubscriptionRequest.objects.select_for_update(of=("self",))
        .select_related("customer__partner", "assignee", "subscription")
        .get(pk=subscription_request.pk)
    )
    require(actor, transition.capability, locked.customer)
    if locked.status not in transition.sources:
        raise StepNotAllowed(why_not(locked, actor))
    now = timezone.now()
    from_status = locked.status
    changed = change(locked, now)
    locked.status = transition.target
    if transition.target in CLOSING:
        locked.closed_at = now
        changed = [*changed, "closed_at"]
    locked.save(update_fields=["status", *changed])
    _record(locked, action, actor, now, from_status=from_status, note=note)
    return locked


def why_not(locked: SubscriptionRequest, actor: User) -> str:
    """Return a sentence for somebody who came too late: where the request stands, since when, and by whom."""
    last = locked.events.select_related("actor").last()
    values = {"status": locked.get_status_display(), "who": "", "when": ""}
    if last is None:
        return _("This step is not possible: the request is “%(status)s”.") % values
    values["who"] = _("you") if last.actor_id == actor.pk else str(last.actor)
    values["when"] = moment(last.created_at)
    return _("This step is not possible any more: the request is “%(status)s” since %(when)s (%(who)s).") % values


def _record(
    subscription_request: SubscriptionRequest,
    action: Action,
    actor: User,
    now: datetime.datetime,
    *,
    from_status: str,
    note: str,
) -> None:
    from requests_app.tasks import notify_people  # noqa: PLC0415 - the task needs the notifications, they this module

    event = RequestEvent.objects.create(
        subscription_request=subscription_request,
        action=action,
        from_status=from_status,
        to_status=subscription_request.status,
        actor=actor,
        note=note,
        created_at=now,
    )
    jobs.enqueue(notify_people, event_id=event.pk)


def _create_subscriptions(locked: SubscriptionRequest, start: datetime.date, now: datetime.datetime) -> None:
    for line in locked.lines.select_related("offer__product"):
        product = line.offer.product
        end = policy.first_term_end(product.product_type, start, line.offer.term_duration)
        Subscription.objects.create(
            customer_id=locked.customer_id,
            product=product,
            quantity=line.quantity,
            term_duration=line.offer.term_duration,
            billing_cycle=line.offer.billing_cycle,
            effective_start_date=start,
            commitment_end_date=end,
            auto_renew_enabled=end is not None,
            cancellation_allowed_until=policy.cancellation_window_end(product.product_type, now),
            order_id=locked.external_reference,
        )


def _end_subscription(locked: SubscriptionRequest, now: datetime.datetime) -> None:
    assert locked.subscription_id is not None
    subscription = Subscription.objects.select_for_update(of=("self",)).get(pk=locked.subscription_id)
    if locked.cancel_when == CancelWhen.NOW or subscription.commitment_end_date is None:
        subscription.status = SubscriptionStatus.DELETED
        subscription.ends_on = now.date()
    else:
        subscription.ends_on = subscription.commitment_end_date
    subscription.auto_renew_enabled = False
    subscription.save(update_fields=["status", "ends_on", "auto_renew_enabled"])
