"""Filing a request: what is asked for, as things stand, with what its author was shown would happen."""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Customer, User
from accounts.permissions import Capability, require
from requests_app import policy, previews, revalidation
from requests_app.models import (
    Action,
    CancelWhen,
    EndOfTermChoice,
    Kind,
    Offer,
    RequestLine,
    Subscription,
    SubscriptionRequest,
)
from requests_app.workflow.runner import NOTHING_ELSE, Sent, record
from requests_app.workflow.table import MOST_SEATS, CannotSubmit, PictureChanged, too_many_seats


@dataclass(frozen=True)
class OrderLine:
    """What a purchase asks for: an offer and how many seats."""

    offer: Offer
    quantity: int


@dataclass(frozen=True)
class RenewalChanges:
    """What shall be different from the renewal on; None or empty: as it is."""

    quantity: int | None = None
    term_duration: str = ""
    billing_cycle: str = ""

    def __bool__(self) -> bool:
        return bool(self.quantity or self.term_duration or self.billing_cycle)


def sent_before(key: uuid.UUID | None, actor: User) -> SubscriptionRequest | None:
    """Return the request that ``actor`` has filed with this very form: after a double click, the way back, a retry."""
    return SubscriptionRequest.objects.filter(submission_key=key, author=actor).first() if key else None


def submit_purchase(
    customer: Customer, lines: Sequence[OrderLine], *, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """File a purchase with the price of each offer as it is now; tell the partner's people and the author.

    The same form again returns the request that was filed with it. Raises PermissionDenied without the capability to
    ask, CannotSubmit where there is no line or where an offer is not sold to this customer (any more), PictureChanged.
    """

    def submit() -> SubscriptionRequest:
        require(actor, Capability.ASK, customer)
        now = timezone.now()
        offered = _on_sale(customer, lines)
        outcome = previews.of_purchase(offered, now)
        filed = _create(
            Kind.PURCHASE, customer, actor, now, outcome, sent, note=note, facts=revalidation.facts_of_lines(offered)
        )
        RequestLine.objects.bulk_create(
            RequestLine(
                subscription_request=filed,
                partner_id=customer.partner_id,
                offer=line.offer,
                quantity=line.quantity,
                unit_price=line.offer.unit_price,
                currency=line.offer.currency,
            )
            for line in offered
        )
        record(filed, Action.SUBMIT, actor, now, from_status="", note=note)
        return filed

    return _once(sent.key, actor, submit)


def _on_sale(customer: Customer, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Return the lines with their offers as the database has them now. Raises CannotSubmit."""
    if not lines:
        raise CannotSubmit(_("Say what you would like to buy: choose at least one product."))
    wanted = [line.offer.pk for line in lines]
    on_sale = {offer.pk: offer for offer in Offer.objects.available_to(customer).filter(pk__in=wanted)}
    for line in lines:
        if line.offer.pk not in on_sale:
            raise CannotSubmit(_("“%(offer)s” is no longer sold. Choose another one.") % {"offer": line.offer})
    return [OrderLine(on_sale[line.offer.pk], line.quantity) for line in lines]


def submit_cancellation(
    subscription: Subscription, *, when: CancelWhen, actor: User, reason: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """File the cancellation of a subscription; tell the partner's people and the author.

    The same form again returns the request that was filed with it. Raises PermissionDenied without the capability to
    ask, CannotSubmit where the subscription has ended or its end is being dealt with already, PictureChanged.
    """

    def check(locked: Subscription) -> None:
        if not locked.is_cancellable:
            raise CannotSubmit(_("This subscription has been cancelled or has ended already."))
        if when == CancelWhen.END_OF_TERM and locked.commitment_end_date is None:
            raise CannotSubmit(_("This subscription has no term that ends. Choose “As soon as possible”."))

    return _submit_about(
        subscription,
        Kind.CANCELLATION,
        check,
        lambda facts, now: policy.outcome_of_cancellation(facts, when, now),
        actor=actor,
        note=reason,
        sent=sent,
        cancel_when=when,
    )


def submit_more_seats(
    subscription: Subscription, *, seats: int, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Ask for ``seats`` more of what is there. Raises as :func:`submit_cancellation` does, CannotSubmit also for too many."""

    def check(locked: Subscription) -> None:
        if not locked.is_cancellable:
            raise CannotSubmit(_("This subscription has been cancelled or has ended: ask to buy a new one instead."))
        if locked.quantity + seats > MOST_SEATS:
            raise CannotSubmit(too_many_seats())

    return _submit_about(
        subscription,
        Kind.MORE_SEATS,
        check,
        lambda facts, now: policy.outcome_of_more_seats(facts, facts.quantity + seats, now),
        actor=actor,
        note=note,
        sent=sent,
        seats=seats,
    )


def submit_fewer_seats(
    subscription: Subscription, *, seats: int, actor: User, note: str = "", sent: Sent = NOTHING_ELSE
) -> SubscriptionRequest:
    """Ask to take ``seats`` away. Raises as :func:`submit_cancellation` does, CannotSubmit also where none would be left."""

    def check(locked: Subscription) -> None:
        if not locked.is_cancellable:
            raise CannotSubmit(_("This subscription has been cancelled or has ended already."))
        if seats >= locked.quantity:
            raise CannotSubmit(
                ngettext(
                    "The subscription has %(quantity)d seat. To give all of them back, ask to cancel it.",
                    "The subscription has %(quantity)d seats. To give all of them back, ask to cancel it.",
                    locked.quantity,
                )
                % {"quantity": locked.quantity}
            )

    return _submit_about(
        subscription,
        Kind.FEWER_SEATS,
        check,
        lambda facts, now: policy.outcome_of_fewer_seats(
            previews.beside_what_is_asked_back(facts, subscription), facts.quantity - seats, now
        ),
        actor=actor,
        note=note,
        sent=sent,
        seats=seats,
    )


def submit_end_of_term(
    subscription: Subscription,
    *,
    choice: EndOfTermChoice,
    actor: User,
    changes: RenewalChanges = RenewalChanges(),
    note: str = "",
    sent: Sent = NOTHING_ELSE,
) -> SubscriptionRequest:
    """Say what shall happen when the term is over. To cancel then is a cancellation at the end of the term.

    Raises as :func:`submit_cancellation` does, CannotSubmit also where there is no end of a term, or no change.
    """
    if choice == EndOfTermChoice.CANCEL:
        return submit_cancellation(subscription, when=CancelWhen.END_OF_TERM, actor=actor, reason=note, sent=sent)
    wanted = changes if choice == EndOfTermChoice.RENEW_CHANGED else RenewalChanges()

    def check(locked: Subscription) -> None:
        if not locked.is_cancellable:
            raise CannotSubmit(_("This subscription has been cancelled or has ended already."))
        if locked.commitment_end_date is None:
            raise CannotSubmit(_("This subscription has no term that ends: there is nothing to renew."))
        if choice == EndOfTermChoice.RENEW_CHANGED and not wanted:
            raise CannotSubmit(_("Say what shall change at the renewal, or choose to renew it as it is."))

    return _submit_about(
        subscription,
        Kind.END_OF_TERM,
        check,
        lambda facts, now: previews.of_end_of_term(facts, choice, wanted, now),
        actor=actor,
        note=note,
        sent=sent,
        at_end_of_term=choice,
        renewal_quantity=wanted.quantity,
        renewal_term_duration=wanted.term_duration,
        renewal_billing_cycle=wanted.billing_cycle,
    )


def _submit_about(
    subscription: Subscription,
    kind: Kind,
    check: Callable[[Subscription], None],
    preview: Callable[[policy.Facts, datetime.datetime], policy.Outcome],
    *,
    actor: User,
    note: str,
    sent: Sent,
    **fields: Any,
) -> SubscriptionRequest:
    """File a request about a subscription, with its row locked: what it is based on cannot change meanwhile."""

    def submit() -> SubscriptionRequest:
        locked = (
            Subscription.objects.select_for_update(of=("self",), no_key=True)
            .select_related("customer__partner", "product")
            .get(pk=subscription.pk)
        )
        require(actor, Capability.ASK, locked.customer)
        check(locked)
        now = timezone.now()
        facts = previews.facts_of(locked)
        filed = _create(
            kind,
            locked.customer,
            actor,
            now,
            preview(facts, now),
            sent,
            about=facts,
            note=note,
            facts=revalidation.facts_of_subscription(locked),
            subscription=locked,
            **fields,
        )
        record(filed, Action.SUBMIT, actor, now, from_status="", note=note)
        return filed

    return _once(sent.key, actor, submit)


def _create(
    kind: Kind,
    customer: Customer,
    actor: User,
    now: datetime.datetime,
    outcome: policy.Outcome,
    sent: Sent,
    about: policy.Facts | None = None,
    **fields: Any,
) -> SubscriptionRequest:
    if sent.seen is not None and sent.seen != outcome.digest():
        raise PictureChanged(
            _(
                "What would happen has changed while this form was open. "
                "Look at it below as it is now, then send the form again if you still want it."
            )
        )
    filed = SubscriptionRequest(
        kind=kind,
        customer=customer,
        partner_id=customer.partner_id,
        author=actor,
        submission_key=sent.key,
        submitted_at=now,
        preview=outcome.to_json(),
        read_before=list(sent.read_before),
        **fields,
    )
    deadline = previews.deadline_of(filed, about, now)
    filed.deadline, filed.deadline_reason = deadline.at, deadline.reason
    filed.window_closes_at = previews.window_of(filed, about, now)
    filed.save()
    return filed


def _once(key: uuid.UUID | None, actor: User, submit: Callable[[], SubscriptionRequest]) -> SubscriptionRequest:
    """Run ``submit`` in a transaction; where it fails because the database has the request already, return that."""
    try:
        with transaction.atomic():
            return submit()
    except (IntegrityError, CannotSubmit, PictureChanged) as error:
        if before := sent_before(key, actor):  # whichever it was that the second of two posts ran into
            return before
        if isinstance(error, IntegrityError) and "requests_app_one_open_ending" in str(error):
            raise CannotSubmit(_("There is an open request about the end of this subscription already.")) from error
        if isinstance(error, IntegrityError) and "submission_key" in str(error):
            raise CannotSubmit(_("This form cannot be sent again. Open it anew.")) from error
        raise
