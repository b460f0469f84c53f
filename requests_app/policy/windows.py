"""Cancellation windows: of a subscription, and of each addition of seats. Times are UTC.

Partner Center's ``cancellationAllowedUntilDate`` and the dates in ``refundableQuantity``, where on record, always win.
What is computed here is an estimate, and is labelled as one.
"""

import datetime
from dataclasses import dataclass

from requests_app.policy.rules import CountedFrom, Rule
from requests_app.policy.standard import CANCELLATION_WINDOWS
from requests_app.policy.terms import start_of_day, term_start


@dataclass(frozen=True, slots=True)
class Window:
    """Until when something can be given back; ``until`` None: not at all, or not as far as is known.

    The moment itself does not belong to the window.
    """

    until: datetime.datetime | None
    is_estimate: bool = False

    def is_open(self, now: datetime.datetime) -> bool:
        """Return whether something can be given back at ``now``."""
        return self.until is not None and now < self.until

    def acts_by(self, lead_time_days: int, now: datetime.datetime) -> datetime.datetime | None:
        """Return by when a partner has to act at ``now``; None where the window is not open. See :func:`moved_forward`."""
        return moved_forward(self.until, lead_time_days, now) if self.until else None


NO_WINDOW = Window(None)


@dataclass(frozen=True, slots=True)
class Batch:
    """Seats that were added within a term; they have a window of their own.

    From Partner Center's pages on NCE: "each mid-term addition has its own 7 days"; ``refundableQuantity`` lists them.
    """

    quantity: int
    window: Window


def moved_forward(closes: datetime.datetime, lead_time_days: int, now: datetime.datetime) -> datetime.datetime | None:
    """Return the last moment before ``closes`` at which the partner can act in time; None where it has closed.

    The partner's lead time moves it forward, unless that moment has passed: then the closing itself counts.
    """
    if closes <= now:
        return None
    early = closes - datetime.timedelta(days=lead_time_days)
    return early if early > now else closes


def estimated_window(rule: Rule | None, started: datetime.date | datetime.datetime) -> Window:
    """Return the window that ``rule`` opens for what began at ``started``: a moment, or a day where no more is known.

    A day counts from its first moment in UTC, so that the estimate is never late. A day of a window is 24 hours; no
    zone's clock changes play a role (vendors count 168 hours for Microsoft's 7 days).
    """
    if rule is None or rule.window is None:
        return NO_WINDOW
    moment = started.astimezone(datetime.UTC) if isinstance(started, datetime.datetime) else start_of_day(started)
    return Window(moment + rule.window, is_estimate=True)


def current_window(
    rule: Rule | None,
    *,
    on_record: datetime.datetime | None,
    effective_start_date: datetime.date,
    commitment_end_date: datetime.date | None,
    term: str,
) -> Window:
    """Return a subscription's window: Partner Center's where it is ``on_record``, else an estimate by the rule.

    The window counts from the purchase, and again from each renewal where the rule says so.
    """
    if on_record is not None:
        return Window(on_record)
    if rule is None or rule.counted_from == CountedFrom.PURCHASE:
        return estimated_window(rule, effective_start_date)
    return estimated_window(rule, term_start(effective_start_date, commitment_end_date, term))


def cancellation_window_end(
    product_type: str, bought_at: datetime.datetime, rule: Rule | None = None
) -> datetime.datetime | None:
    """Return until when a purchase made at ``bought_at`` can be cancelled at once; None: there is no window.

    An estimate by ``rule``, or by what holds as standard for the product type. Partner Center's
    ``cancellationAllowedUntilDate``, where known, takes its place.
    """
    window = rule.window if rule else CANCELLATION_WINDOWS.get(product_type)
    return bought_at.astimezone(datetime.UTC) + window if window else None
