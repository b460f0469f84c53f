"""Microsoft's rules about time, as pure functions: windows, ends of terms, deadlines. Times are UTC.

Sources are named at each rule; New Commerce Experience is shortened to NCE.
"""

import calendar
import datetime

from requests_app.models.catalogue import ProductType, TermDuration
from requests_app.models.requests import CancelWhen

STANDARD_ANSWER_TIME = datetime.timedelta(days=2)
"""How soon a request is answered when no window or term presses."""

CANCELLATION_WINDOWS: dict[str, datetime.timedelta] = {
    ProductType.LICENSE_BASED: datetime.timedelta(days=7),
    ProductType.SOFTWARE_SUBSCRIPTION: datetime.timedelta(days=7),
    ProductType.PERPETUAL_SOFTWARE: datetime.timedelta(days=30),
    ProductType.MARKETPLACE_SAAS: datetime.timedelta(hours=72),
    ProductType.BUSINESS_CENTRAL: datetime.timedelta(days=7),
}
"""How long after purchase or renewal a subscription of each product type can be cancelled at once.

From Partner Center's pages on cancelling NCE subscriptions, software purchases and marketplace products. Azure usage
is not here: it has no such window, what was used is billed.
"""

WITHOUT_TERM = frozenset({ProductType.PERPETUAL_SOFTWARE, ProductType.AZURE_USAGE})
"""Product types that run on without an end: bought once, or billed by what is used."""

TERM_MONTHS = {TermDuration.P1M: 1, TermDuration.P1Y: 12, TermDuration.P3Y: 36}


def end_of_day(day: datetime.date) -> datetime.datetime:
    """Return the moment at which ``day`` is over in UTC. An NCE term's end date belongs to the term."""
    return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), tzinfo=datetime.UTC)


def commitment_end(start: datetime.date, term: str) -> datetime.date:
    """Return the last day of a term that starts on ``start``: a one-year term from 1 March ends on 28 or 29 February."""
    months = start.month - 1 + TERM_MONTHS[TermDuration(term)]
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return datetime.date(year, month, day) - datetime.timedelta(days=1)


def first_term_end(product_type: str, start: datetime.date, term: str) -> datetime.date | None:
    """Return the last day of the first term of a product bought for ``start``; None: it has no term."""
    return None if product_type in WITHOUT_TERM else commitment_end(start, term)


def cancellation_window_end(product_type: str, bought_at: datetime.datetime) -> datetime.datetime | None:
    """Return until when a purchase made at ``bought_at`` can be cancelled at once; None: there is no window.

    An estimate: Partner Center's ``cancellationAllowedUntilDate``, where known, takes its place.
    """
    window = CANCELLATION_WINDOWS.get(product_type)
    return bought_at + window if window else None


def cancellation_deadline(
    *,
    when: str,
    cancellation_allowed_until: datetime.datetime | None,
    commitment_end_date: datetime.date | None,
    lead_time_days: int,
    now: datetime.datetime,
) -> datetime.datetime:
    """Return by when the partner has to act on a cancellation asked for at ``now``.

    As soon as possible: before the window closes. At the end of the term: before the term's last day is over.
    A partner's lead time moves either forward, unless that moment has passed already: then the closing itself
    counts. Where neither presses (the window is shut, or no date is known) the standard answer time applies.
    """
    closes = cancellation_allowed_until
    if when == CancelWhen.END_OF_TERM:
        closes = end_of_day(commitment_end_date) if commitment_end_date else None
    if closes is None or closes <= now:
        return now + STANDARD_ANSWER_TIME
    early = closes - datetime.timedelta(days=lead_time_days)
    return early if early > now else closes


def purchase_deadline(now: datetime.datetime) -> datetime.datetime:
    """Return by when the partner has to answer a purchase asked for at ``now``."""
    return now + STANDARD_ANSWER_TIME
