"""What happens when a term is over."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from requests_app.policy.facts import Facts

EST_BOUGHT_FROM = datetime.date(2025, 4, 1)
EST_ENDS_FROM = datetime.date(2026, 5, 4)
EST_WITH_MONTHLY_PLAN = 3
"""Per cent more than the monthly rate, where the product has a monthly plan."""
EST_WITHOUT_MONTHLY_PLAN = 23


@dataclass(frozen=True, slots=True)
class ExtendedServiceTerm:
    """Whether a subscription goes on, month by month, when its term is over, and how much more that costs.

    ``surcharges``: per cent on the monthly rate; two where it is not known which of them applies, none where it does
    not apply.
    """

    applies: bool
    surcharges: tuple[int, ...] = ()


class AfterTerm(StrEnum):
    """What will happen when the term is over, as things stand."""

    RENEWS = "renews"
    CANCELLED = "cancelled"
    """The end has been arranged."""
    MONTH_TO_MONTH = "month_to_month"
    """Auto-renew is off, nobody has cancelled: it goes on, dearer, as an Extended Service Term."""
    EXPIRES = "expires"
    """Auto-renew is off, and it is too old for an Extended Service Term."""
    NO_TERM = "no_term"
    OVER = "over"
    """It does not run any more."""


def extended_service_term(
    bought_or_renewed_on: datetime.date, commitment_end_date: datetime.date | None, has_monthly_plan: bool | None
) -> ExtendedServiceTerm:
    """Return what the Extended Service Term (EST) means for a term.

    From Partner Center's announcements of EST, enforced since 4 May 2026: what was bought or renewed on or after
    1 April 2025 and ends on or after 4 May 2026 goes on as a paid monthly term unless it is cancelled explicitly, at
    the monthly rate and 3 %, or 23 % where there is no monthly plan.
    """
    if commitment_end_date is None or bought_or_renewed_on < EST_BOUGHT_FROM or commitment_end_date < EST_ENDS_FROM:
        return ExtendedServiceTerm(applies=False)
    surcharges = {True: (EST_WITH_MONTHLY_PLAN,), False: (EST_WITHOUT_MONTHLY_PLAN,)}
    either = (EST_WITH_MONTHLY_PLAN, EST_WITHOUT_MONTHLY_PLAN)
    return ExtendedServiceTerm(True, either if has_monthly_plan is None else surcharges[has_monthly_plan])


def est_of(facts: Facts) -> ExtendedServiceTerm:
    """Return what the Extended Service Term means for a subscription."""
    return extended_service_term(facts.bought_or_renewed_on, facts.commitment_end_date, facts.has_monthly_plan)


def end_of_term(facts: Facts, now: datetime.datetime) -> AfterTerm:
    """Return what will happen when the term is over, as things stand at ``now``.

    Auto-renew that is off never stands for a cancellation: only an arranged end does.
    """
    if not facts.is_running or (facts.ends_on is not None and facts.ends_on < now.astimezone(datetime.UTC).date()):
        return AfterTerm.OVER
    if facts.ends_on is not None:
        return AfterTerm.CANCELLED
    if facts.commitment_end_date is None:
        return AfterTerm.NO_TERM
    if facts.auto_renew_enabled:
        return AfterTerm.RENEWS
    return AfterTerm.MONTH_TO_MONTH if est_of(facts).applies else AfterTerm.EXPIRES
