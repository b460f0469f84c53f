"""What has to hold, and what follows, when a subscription is changed to what Partner Center says: by a form or by an import.

What was entered comes as ``entered``, the values by the names of the model's fields; ``changed`` names those that differ
from what is on record.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from requests_app import estimates, policy
from requests_app.models import EndOfTermChoice, Subscription

KEPT_AS_ESTIMATE = _(
    "Is this Partner Center's own date? Then untick “the date is an estimate”. Or leave the date empty to have it computed."
)
COMPUTED_FROM = ("product", "effective_start_date", "commitment_end_date", "term_duration")
"""What an estimate of the window hangs on."""

TOO_MANY_ADDED = ngettext_lazy(
    "The additions have %(seats)d seats together, the subscription has %(owned)d. They are part of it.",
    "The additions have %(seats)d seats together, the subscription has %(owned)d. They are part of them.",
    "owned",
)


def complaints_about_dates(entered: Mapping[str, Any], changed: Collection[str]) -> dict[str, Any]:
    """Return sentences about dates that do not fit together, by field; those that were there before are left alone."""
    start, end = entered.get("effective_start_date"), entered.get("commitment_end_date")
    last, until = entered.get("ends_on"), entered.get("cancellation_allowed_until")
    moved = {"effective_start_date", "commitment_end_date", "ends_on", "cancellation_allowed_until"}
    found: dict[str, Any] = {}
    if start is None or not moved & set(changed):
        return found
    if last and last < start:
        found["ends_on"] = _("The subscription cannot end before it starts.")
    if last and end and last > end:
        found["ends_on"] = _("The last day lies after the end of the term. Look which of the two is right.")
    if until and until.astimezone(datetime.UTC).date() < start:
        found["cancellation_allowed_until"] = _("The window cannot close before the subscription was bought.")
    return found


def claims_an_estimate(entered: Mapping[str, Any], changed: Collection[str]) -> bool:
    """Return whether a date was entered and said to be an estimate: only one of the two can be meant."""
    return bool(entered.get("cancellation_allowed_until")) and "cancellation_allowed_until" in changed


def window_is_stale(entered: Mapping[str, Any], changed: Collection[str]) -> bool:
    """Return whether an estimate is empty, or what it is computed from has changed."""
    return not entered.get("cancellation_allowed_until") or bool(set(COMPUTED_FROM) & set(changed))


def estimated_window(
    entered: Mapping[str, Any], rules: Iterable[policy.Rule] | None = None
) -> datetime.datetime | None:
    """Return until when what was entered can be cancelled, by the rule of its product type."""
    as_entered = Subscription(**{name: entered[name] for name in COMPUTED_FROM})
    return estimates.of_subscription(as_entered, rules).until


def too_many_added(seats: int, owned: int | None) -> bool:
    """Return whether the additions of a term have more seats than the subscription that they are part of."""
    return bool(seats and owned and seats > owned)


def has_renewed(before: datetime.date | None, after: datetime.date | None) -> bool:
    """Return whether the end of the term was moved to a later day."""
    return before is not None and after is not None and after > before


def goes_on_after_all(before: datetime.date | None, after: datetime.date | None) -> bool:
    """Return whether the last day of a subscription that was to end was taken out."""
    return before is not None and after is None


def clear_end_of_term(subscription: Subscription) -> None:
    """Clear what was arranged, scheduled and reminded of, but not an end that still stands. Does not save."""
    if subscription.ends_on is None or subscription.arranged_at_end_of_term != EndOfTermChoice.CANCEL:
        subscription.arranged_at_end_of_term = ""
    subscription.scheduled_quantity = None
    subscription.scheduled_term_duration = subscription.scheduled_billing_cycle = ""
    subscription.reminded_of = subscription.reminded_days_before = None
