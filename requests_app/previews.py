"""What will come of a request: the rules of ``policy`` asked about the rows that they need. Reads only."""

import dataclasses
import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Partner
from requests_app import policy
from requests_app.models import (
    Action,
    CancellationPolicy,
    EndOfTermChoice,
    Kind,
    Offer,
    Status,
    Subscription,
    SubscriptionRequest,
    TermDuration,
)


def rules() -> Iterable[policy.Rule]:
    """Return the rules that staff keep."""
    return CancellationPolicy.objects.rules()


def facts_of(subscription: Subscription, *, sold_by_the_month: bool | None = None) -> policy.Facts:
    """Return what the rules have to know about a subscription; its customer, partner and product are joined already.

    ``sold_by_the_month``: whether there are ``monthly_plans`` of its product; None: not known yet.
    """
    partner = subscription.customer.partner
    if sold_by_the_month is None:
        sold_by_the_month = monthly_plans(partner, subscription.product_id).exists()
    return dataclasses.replace(
        facts_of_row(subscription),
        batches=tuple(
            policy.Batch(
                batch.quantity, policy.Window(batch.cancellation_allowed_until, batch.cancellation_date_is_estimate)
            )
            for batch in subscription.batches.all()
        ),
        rule=rule_of(subscription),
        lead_time_days=partner.lead_time_days,
        # None: nobody has said that there is no such plan.
        has_monthly_plan=sold_by_the_month or None,
    )


def facts_of_row(subscription: Subscription) -> policy.Facts:
    """Return what the row alone tells, enough for the end of its term: no rule, no batches, no lead time."""
    return policy.Facts(
        product_type=subscription.product.product_type,
        quantity=subscription.quantity,
        term=subscription.term_duration,
        billing_cycle=subscription.billing_cycle,
        effective_start_date=subscription.effective_start_date,
        commitment_end_date=subscription.commitment_end_date,
        auto_renew_enabled=subscription.auto_renew_enabled,
        ends_on=subscription.ends_on,
        status=subscription.status,
        window=policy.Window(subscription.cancellation_allowed_until, subscription.cancellation_date_is_estimate),
    )


def rule_of(subscription: Subscription) -> policy.Rule | None:
    """Return the rule that was in force when the subscription was bought or last renewed."""
    began = policy.term_start(
        subscription.effective_start_date, subscription.commitment_end_date, subscription.term_duration
    )
    return policy.rule_for(rules(), subscription.product.product_type, began)


def monthly_plans(partner: Any, product: Any) -> QuerySet[Offer]:
    """Return the offers by which ``partner`` sells ``product`` by the month."""
    return Offer.objects.filter(partner=partner, product=product, term_duration=TermDuration.P1M, is_active=True)


def estimated_window_end(product_type: str, bought_at: datetime.datetime) -> datetime.datetime | None:
    """Return until when what is bought at ``bought_at`` can be given back, by the rule of that day; None: not at all."""
    rule = policy.rule_for(rules(), product_type, bought_at.date())
    return policy.estimated_window(rule, bought_at).until


def beside_what_is_asked_back(facts: policy.Facts, subscription: Subscription) -> policy.Facts:
    """Return the facts for giving back seats: what open requests ask back already cannot be given back twice."""
    asked = SubscriptionRequest.objects.open().filter(kind=Kind.FEWER_SEATS, subscription=subscription)
    return dataclasses.replace(facts, asked_back=asked.aggregate(seats=Sum("seats"))["seats"] or 0)


def of_purchase(lines: Iterable[Any], now: datetime.datetime) -> policy.Outcome:
    """Return what will come of a purchase; ``lines`` have an ``offer``, its product joined, and a ``quantity``."""
    in_force = rules()
    return policy.outcome_of_purchase(
        [
            policy.PurchaseLine(
                product_type=line.offer.product.product_type,
                quantity=line.quantity,
                term=line.offer.term_duration,
                rule=policy.rule_for(in_force, line.offer.product.product_type, now.date()),
            )
            for line in lines
        ],
        now,
    )


def of_end_of_term(
    facts: policy.Facts, choice: EndOfTermChoice, changes: Any, now: datetime.datetime
) -> policy.Outcome:
    """Return what will come of a choice for the end of a term; ``changes``: ``workflow.RenewalChanges``."""
    return policy.outcome_of_end_of_term(
        facts,
        choice,
        policy.Changes(changes.quantity, changes.term_duration or None, changes.billing_cycle or None),
        now,
    )


def stored(subscription_request: SubscriptionRequest) -> policy.Outcome | None:
    """Return what the author was shown; None for requests from before previews were kept."""
    return policy.Outcome.from_json(subscription_request.preview) if subscription_request.preview else None


# --- Deadlines -------------------------------------------------------------------------------------------------


def business_hours_of(partner: Partner, now: datetime.datetime) -> policy.BusinessHours:
    """Return a partner's business hours with the holidays of the year that ``now`` begins."""
    upcoming = partner.holidays.filter(date__gte=now.date() - datetime.timedelta(days=1))
    return policy.BusinessHours(
        zone=partner.zone,
        weekdays=frozenset(partner.business_days),
        opens=partner.opens_at,
        closes=partner.closes_at,
        holidays=frozenset(
            upcoming.filter(date__lte=now.date() + datetime.timedelta(days=366)).values_list("date", flat=True)
        ),
    )


def promised_answer(partner: Partner, now: datetime.datetime) -> datetime.datetime:
    """Return by when the partner has promised to answer what it receives at ``now``, in UTC."""
    return policy.answer_by(now, partner.answer_hours, business_hours_of(partner, now))


def deadline_of(
    subscription_request: SubscriptionRequest, facts: policy.Facts | None, now: datetime.datetime
) -> policy.Deadline:
    """Return by when a request that is filed at ``now`` has to be acted on."""
    return policy.deadline(
        subscription_request.kind,
        facts,
        promised=promised_answer(subscription_request.customer.partner, now),
        now=now,
        **_asked(subscription_request, facts),
    )


def window_of(
    subscription_request: SubscriptionRequest, facts: policy.Facts | None, now: datetime.datetime
) -> datetime.datetime | None:
    """Return when the window closes that is open at ``now`` and that a request has to be done before; None: there is none."""
    return policy.what_presses(
        subscription_request.kind, facts, now, **_asked(subscription_request, facts)
    ).window_closes


def deadline_once_approved(subscription_request: SubscriptionRequest, now: datetime.datetime) -> policy.Deadline:
    """Return by when a request that is approved at ``now`` has to be carried out."""
    subscription = subscription_request.subscription
    if subscription is not None:
        subscription.customer = subscription_request.customer  # with its partner, which is joined there
    facts = facts_of(subscription) if subscription is not None else None
    return policy.deadline_once_approved(
        subscription_request.kind,
        facts,
        promised=promised_answer(subscription_request.customer.partner, now),
        now=now,
        **_asked(subscription_request, facts),
    )


def facts_as_things_stand(subscription_request: SubscriptionRequest) -> policy.Facts:
    """Return what the rules have to know now about the subscription that a request is about."""
    subscription = subscription_request.subscription
    assert subscription is not None
    subscription.customer = subscription_request.customer
    return facts_of(subscription)


def deadline_as_things_stand(
    subscription_request: SubscriptionRequest, facts: policy.Facts, now: datetime.datetime
) -> policy.Deadline:
    """Return by when an open request about a subscription has to be acted on, after what it hangs on was corrected.

    The promise to answer counts from when it was made: from the filing, or from the approval.
    """
    approval = subscription_request.events.filter(action=Action.APPROVE).last()
    approved = approval is not None and subscription_request.status in (Status.APPROVED, Status.FAILED)
    since = approval.created_at if approval is not None and approved else subscription_request.submitted_at
    reckon = policy.deadline_once_approved if approved else policy.deadline
    return reckon(
        subscription_request.kind,
        facts,
        promised=promised_answer(subscription_request.customer.partner, since),
        now=now,
        **_asked(subscription_request, facts),
    )


def _asked(subscription_request: SubscriptionRequest, facts: policy.Facts | None) -> dict[str, Any]:
    """Return what decides on the deadline besides the kind: when it shall end, or how many seats shall stay."""
    left = None
    if subscription_request.kind == Kind.FEWER_SEATS and facts is not None and subscription_request.seats:
        left = facts.quantity - subscription_request.seats
    return {"when": subscription_request.cancel_when, "quantity": left}
