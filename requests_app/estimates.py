"""Until when something can be cancelled, by the rule that applies: for as long as Partner Center's date is not known."""

import datetime
from collections.abc import Iterable

from requests_app import policy, previews, workflow
from requests_app.models import SeatBatch, Subscription

SAME_DAY = datetime.timedelta(days=1)
"""An estimate that counts from the moment of a purchase is better than one that counts from the start of its day."""


def of_subscription(subscription: Subscription, in_force: Iterable[policy.Rule] | None = None) -> policy.Window:
    """Return the window by the rule in force when the subscription was bought or last renewed."""
    start, end, term = (
        subscription.effective_start_date,
        subscription.commitment_end_date,
        subscription.term_duration,
    )
    rules = previews.rules() if in_force is None else in_force
    rule = policy.rule_for(rules, subscription.product.product_type, policy.term_start(start, end, term))
    return policy.current_window(rule, on_record=None, effective_start_date=start, commitment_end_date=end, term=term)


def of_addition(
    product_type: str, added_at: datetime.datetime, in_force: Iterable[policy.Rule] | None = None
) -> policy.Window:
    """Return the window of seats that were added at ``added_at``, by the rule of that day."""
    rules = previews.rules() if in_force is None else in_force
    return policy.estimated_window(
        policy.rule_for(rules, product_type, added_at.astimezone(datetime.UTC).date()), added_at
    )


def refresh() -> int:
    """Bring what was estimated up to the rules as they are now; return how many dates have changed.

    Dates from Partner Center stay. A row that somebody changes at the same time is left to them.
    """
    rules, changed = list(previews.rules()), 0
    subscriptions = Subscription.objects.running().filter(cancellation_date_is_estimate=True).select_related("product")
    for subscription in subscriptions.iterator():
        stored, estimate = subscription.cancellation_allowed_until, of_subscription(subscription, rules).until
        if not _says_the_same(stored, estimate):
            changed += _replace(subscription, stored, estimate)
            workflow.move_deadlines(subscription)
    batches = SeatBatch.objects.filter(
        cancellation_date_is_estimate=True, subscription__in=Subscription.objects.running()
    ).select_related("subscription__product")
    for batch in batches.iterator():
        stored = batch.cancellation_allowed_until
        estimate = of_addition(batch.subscription.product.product_type, batch.added_at, rules).until
        if stored != estimate:
            changed += _replace(batch, stored, estimate)
            workflow.move_deadlines(batch.subscription)
    return changed


def _says_the_same(stored: datetime.datetime | None, estimate: datetime.datetime | None) -> bool:
    if stored is None or estimate is None:
        return stored == estimate
    return estimate <= stored < estimate + SAME_DAY


def _replace(
    row: Subscription | SeatBatch, stored: datetime.datetime | None, estimate: datetime.datetime | None
) -> int:
    rows = type(row)._default_manager.filter(
        pk=row.pk, cancellation_date_is_estimate=True, cancellation_allowed_until=stored
    )
    return rows.update(cancellation_allowed_until=estimate)
