"""Terms: on which days they start and end. Days are UTC's, and a last day belongs to its term."""

import calendar
import datetime

from requests_app.models.catalogue import ProductType, TermDuration

WITHOUT_TERM = frozenset({ProductType.PERPETUAL_SOFTWARE, ProductType.AZURE_USAGE})
"""Product types that run on without an end: bought once, or billed by what is used."""

TERM_MONTHS = {TermDuration.P1M: 1, TermDuration.P1Y: 12, TermDuration.P3Y: 36}


def start_of_day(day: datetime.date) -> datetime.datetime:
    """Return the first moment of ``day`` in UTC."""
    return datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC)


def end_of_day(day: datetime.date) -> datetime.datetime:
    """Return the moment at which ``day`` is over in UTC. An NCE term's end date belongs to the term."""
    return start_of_day(day + datetime.timedelta(days=1))


def in_months(day: datetime.date, months: int) -> datetime.date:
    """Return the same day ``months`` later, or earlier where negative; the month's last where it is too short."""
    months += day.month - 1
    year, month = day.year + months // 12, months % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def commitment_end(start: datetime.date, term: str) -> datetime.date:
    """Return the last day of a term that starts on ``start``: a one-year term from 1 March ends on 28 or 29 February."""
    return in_months(start, TERM_MONTHS[TermDuration(term)]) - datetime.timedelta(days=1)


def first_term_end(product_type: str, start: datetime.date, term: str) -> datetime.date | None:
    """Return the last day of the first term of a product bought for ``start``; None: it has no term."""
    return None if product_type in WITHOUT_TERM else commitment_end(start, term)


def term_start(
    effective_start_date: datetime.date, commitment_end_date: datetime.date | None, term: str
) -> datetime.date:
    """Return the first day of the term that ends on ``commitment_end_date``: of the purchase, or of the last renewal.

    Counted back from the end. Where several days lead to the same end (29 to 31 January and one month, say) it is the
    earliest of them, so that a window counted from it never closes too late.
    """
    if commitment_end_date is None or commitment_end_date <= commitment_end(effective_start_date, term):
        return effective_start_date
    next_term = commitment_end_date + datetime.timedelta(days=1)
    return max(effective_start_date, in_months(next_term, -TERM_MONTHS[TermDuration(term)]))
