"""Previews: what will come of each kind of request, from the facts of a subscription and the moment of asking.

From Partner Center's pages on New Commerce Experience (cancelling, changing seats, renewing, scheduled changes) and
its announcements of the Extended Service Term. Where a quantity is asked for it is the number of seats afterwards.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from requests_app.models.catalogue import TermDuration
from requests_app.models.requests import CancelWhen, EndOfTermChoice, Kind
from requests_app.models.subscriptions import SubscriptionStatus
from requests_app.policy.end_of_term import AfterTerm, end_of_term, est_of, extended_service_term
from requests_app.policy.facts import Facts, blocks_needed, refundable_seats
from requests_app.policy.outcome import Caution, Changes, LineOutcome, Outcome, Possible, WindowState
from requests_app.policy.rules import Afterwards, CountedFrom, Refund, Rule
from requests_app.policy.terms import commitment_end, end_of_day, first_term_end
from requests_app.policy.windows import NO_WINDOW, Window, estimated_window, moved_forward

BILLED_AFTERWARDS = {
    Afterwards.WHOLE_TERM_BILLED: Caution.WHOLE_TERM_BILLED,
    Afterwards.USAGE_BILLED: Caution.USAGE_BILLED,
    Afterwards.NOT_REFUNDED: Caution.NOT_REFUNDED,
}


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """A line of a purchase: what it is, how many, on which term, and the rule of today for it."""

    product_type: str
    quantity: int
    term: str
    rule: Rule | None
    has_monthly_plan: bool | None = None


def outcome_of_cancellation(facts: Facts, when: str, now: datetime.datetime) -> Outcome:
    """Return what comes of asking at ``now`` to cancel, as soon as possible or at the end of the term (CancelWhen).

    What is cancelled loses access at once and cannot be had back. Outside the window it is the end of the term that
    counts, and the whole term is billed whatever the billing plan.
    """
    return _cancellation(Kind.CANCELLATION, facts, when, now, choice=when)


def _cancellation(kind: Kind, facts: Facts, when: str, now: datetime.datetime, *, choice: str) -> Outcome:
    preview = _Preview(kind, facts, now, choice=choice, loses_access_at_once=True, recoverable=False)
    if preview.is_over():
        return preview.outcome(Possible.NO)
    if when == CancelWhen.NOW and _bills_usage(facts):
        return preview.outcome(Possible.AT_ONCE, Caution.USAGE_BILLED, refund=Refund.NONE, earliest_end=preview.today)
    if when == CancelWhen.NOW and facts.window.is_open(now):
        return preview.at_once_within(facts.window, *_usage_stays_billed(facts), earliest_end=preview.today)
    if facts.ends_on is not None:
        return preview.outcome(Possible.NO, earliest_end=facts.ends_on, still_billed_until=facts.ends_on)
    if when == CancelWhen.NOW:
        return _cancellation_outside_the_window(preview)
    cautions = [Caution.WINDOW_OPEN] if facts.window.is_open(now) else []
    return preview.at_end_of_term(*cautions, *_billed_afterwards(facts))


def _cancellation_outside_the_window(preview: "_Preview") -> Outcome:
    facts = preview.facts
    shut = Caution.WINDOW_SHUT if facts.window.until else Caution.WINDOW_NOT_KNOWN
    cautions = [shut, *_billed_afterwards(facts)]
    if facts.commitment_end_date is None:
        nothing_given_back = facts.rule is not None and facts.rule.afterwards == Afterwards.NOT_REFUNDED
        possible = Possible.NO if nothing_given_back else Possible.NOT_KNOWN
        return preview.outcome(possible, *cautions, refund=Refund.NONE if nothing_given_back else None)
    if refundable_seats(facts, preview.now):
        cautions.append(Caution.SEATS_STILL_REFUNDABLE)
    return preview.at_end_of_term(*cautions)


def outcome_of_more_seats(facts: Facts, quantity: int, now: datetime.datetime) -> Outcome:
    """Return what comes of asking at ``now`` for ``quantity`` seats instead of the fewer there are.

    Seats can be added at any time. They end with the term, and have a window of their own from the day they are added.
    """
    preview = _Preview(Kind.MORE_SEATS, facts, now, quantity=quantity)
    if preview.is_over():
        return preview.outcome(Possible.NO)
    if _bills_usage(facts):
        return preview.outcome(Possible.NO, Caution.NO_SEATS)
    if quantity <= facts.quantity:
        return preview.outcome(Possible.NO, Caution.NOTHING_CHANGES)
    return preview.outcome(
        Possible.AT_ONCE,
        *_deletes_scheduled_changes(facts),
        seats_at_once=quantity - facts.quantity,
        still_billed_until=facts.ends_on or facts.commitment_end_date,
        new_window=estimated_window(facts.rule, now),
    )


def outcome_of_fewer_seats(facts: Facts, quantity: int, now: datetime.datetime) -> Outcome:
    """Return what comes of asking at ``now`` for ``quantity`` seats instead of the more there are.

    Seats are given back within their window: the base within the subscription's, each addition within its own. What
    is outside goes at renewal, which takes auto-renew. Raises ValueError for fewer seats than none.
    """
    if quantity < 0:
        raise ValueError("a subscription cannot have fewer seats than none")
    preview = _Preview(Kind.FEWER_SEATS, facts, now, quantity=quantity)
    if preview.is_over():
        return preview.outcome(Possible.NO)
    if _bills_usage(facts):
        return preview.outcome(Possible.NO, Caution.NO_SEATS)
    if quantity >= facts.quantity:
        return preview.outcome(Possible.NO, Caution.NOTHING_CHANGES)
    if quantity == 0:
        return preview.outcome(Possible.NO, Caution.ALL_SEATS_IS_CANCELLATION)
    return _fewer_seats(preview, facts.quantity - quantity)


def _fewer_seats(preview: "_Preview", seats: int) -> Outcome:
    """Divide ``seats`` to give back into those that are within an open window and those that have to wait."""
    facts, now = preview.facts, preview.now
    at_once = min(seats, refundable_seats(facts, now))
    later = seats - at_once
    blocks = blocks_needed(facts, at_once, now)
    cautions = [] if facts.rule is None or facts.rule.partial_reduction else [Caution.ONLY_AS_A_WHOLE]
    if later:
        cautions += [Caution.SEATS_NOT_REFUNDABLE, *preview.cautions_of_renewal(changes=True)]
    if not blocks:
        if facts.rule is not None and facts.rule.afterwards == Afterwards.NOT_REFUNDED:
            return preview.outcome(Possible.NO, *cautions, Caution.NOT_REFUNDED, refund=Refund.NONE)
        if facts.ends_on is not None:
            return preview.outcome(Possible.NO, *cautions, still_billed_until=facts.ends_on)
        return preview.at_end_of_term(
            *cautions, *_billed_afterwards(facts), seats_at_once=0, seats_at_end_of_term=later
        )
    return preview.at_once_within(
        blocks[-1].window,
        *cautions,
        *_deletes_scheduled_changes(facts),
        *([Caution.WINDOW_IS_ESTIMATE] if any(block.window.is_estimate for block in blocks) else []),
        possible=Possible.PARTLY_AT_ONCE if later else Possible.AT_ONCE,
        seats_at_once=at_once,
        seats_at_end_of_term=later,
        earliest_end=preview.today,
        still_billed_until=facts.commitment_end_date if later else None,
    )


def outcome_of_end_of_term(facts: Facts, choice: str, changes: Changes | None, now: datetime.datetime) -> Outcome:
    """Return what comes of asking at ``now`` for an EndOfTermChoice; ``changes``: of a renewal with changes.

    The three outcomes of a term: renew, cancel at its end, go on month to month. Switching auto-renew off is none of
    them.
    """
    if choice == EndOfTermChoice.CANCEL:
        return _cancellation(Kind.END_OF_TERM, facts, CancelWhen.END_OF_TERM, now, choice=choice)
    preview = _Preview(Kind.END_OF_TERM, facts, now, choice=choice, changes=changes)
    if preview.is_over():
        return preview.outcome(Possible.NO)
    if facts.commitment_end_date is None:
        return preview.outcome(Possible.NO, Caution.NO_TERM)
    if choice == EndOfTermChoice.MONTH_TO_MONTH:
        return _month_to_month(preview)
    return _renewal(preview, changes if choice == EndOfTermChoice.RENEW_CHANGED else None, choice)


def _month_to_month(preview: "_Preview") -> Outcome:
    facts = preview.facts
    cautions = [Caution.ALREADY_MONTHLY] if facts.term == TermDuration.P1M else []
    if not est_of(facts).applies:
        return preview.outcome(Possible.NO, *cautions, Caution.EST_DOES_NOT_APPLY)
    if facts.auto_renew_enabled:
        cautions.append(Caution.AUTO_RENEW_GOES_OFF)
    return preview.at_end_of_term(*cautions, earliest_end=None, still_billed_until=None, refund=None)


def _renewal(preview: "_Preview", changes: Changes | None, choice: str) -> Outcome:
    """A renewal; the next term opens a window anew where the rule counts from renewals."""
    facts = preview.facts
    assert facts.commitment_end_date is not None
    if choice == EndOfTermChoice.RENEW_CHANGED:
        if _changes_nothing(facts, changes):
            return preview.outcome(Possible.NO, Caution.NOTHING_CHANGES)
        if changes is not None and changes.quantity == 0:
            return preview.outcome(Possible.NO, Caution.ALL_SEATS_IS_CANCELLATION)
    begins = facts.commitment_end_date + datetime.timedelta(days=1)
    opens_anew = facts.rule is not None and facts.rule.counted_from == CountedFrom.PURCHASE_OR_RENEWAL
    return preview.at_end_of_term(
        *preview.cautions_of_renewal(changes=choice == EndOfTermChoice.RENEW_CHANGED),
        earliest_end=None,
        still_billed_until=None,
        refund=None,
        quantity=changes.quantity if changes else None,
        new_term_end=commitment_end(begins, (changes.term if changes else None) or facts.term),
        new_window=estimated_window(facts.rule, begins) if opens_anew else NO_WINDOW,
    )


def _changes_nothing(facts: Facts, changes: Changes | None) -> bool:
    return changes is None or (
        changes.quantity in (None, facts.quantity)
        and changes.term in (None, facts.term)
        and changes.billing_cycle in (None, facts.billing_cycle)
    )


def outcome_of_purchase(lines: Sequence[PurchaseLine], now: datetime.datetime) -> Outcome:
    """Return what comes of buying ``lines``: the windows that open, and the first terms, were it done at ``now``."""
    return Outcome(
        asked_for=Kind.PURCHASE,
        as_of=now,
        possible=Possible.AT_ONCE if lines else Possible.NO,
        lines=tuple(_line(line, now) for line in lines),
    )


def _line(line: PurchaseLine, now: datetime.datetime) -> LineOutcome:
    today = now.astimezone(datetime.UTC).date()
    end = first_term_end(line.product_type, today, line.term)
    length = line.rule.window if line.rule else None
    return LineOutcome(
        product_type=line.product_type,
        quantity=line.quantity,
        term=line.term,
        window_hours=length // datetime.timedelta(hours=1) if length is not None else None,
        window=estimated_window(line.rule, now),
        refund=line.rule.refund if line.rule else None,
        afterwards=line.rule.afterwards if line.rule else None,
        first_term_end=end,
        est=extended_service_term(today, end, line.has_monthly_plan),
    )


# --- What the kinds share ---


def _bills_usage(facts: Facts) -> bool:
    return facts.rule is not None and facts.rule.afterwards == Afterwards.USAGE_BILLED


def _usage_stays_billed(facts: Facts) -> list[Caution]:
    without_usage = facts.rule is not None and facts.rule.refund == Refund.FULL_WITHOUT_USAGE
    return [Caution.USAGE_BILLED] if without_usage else []


def _billed_afterwards(facts: Facts) -> list[Caution]:
    return [BILLED_AFTERWARDS[facts.rule.afterwards]] if facts.rule else []


def _deletes_scheduled_changes(facts: Facts) -> list[Caution]:
    return [Caution.SCHEDULED_CHANGES_DELETED] if facts.auto_renew_enabled and facts.commitment_end_date else []


def _in_order(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    given = set(cautions)
    return tuple(caution for caution in Caution if caution in given)


class _Preview:
    """What all previews of one subscription share: its windows, what becomes of it anyway, and what it suffers from."""

    def __init__(self, kind: Kind, facts: Facts, now: datetime.datetime, **fields: Any) -> None:
        self.kind, self.facts, self.now, self.fields = kind, facts, now, fields
        self.today = now.astimezone(datetime.UTC).date()
        self.after_term = end_of_term(facts, now)
        end = facts.commitment_end_date
        self.term_ends = end_of_day(end) if end else None

    def is_over(self) -> bool:
        """Return whether the subscription does not run any more: nothing can come of a request."""
        return self.after_term == AfterTerm.OVER

    def outcome(self, possible: Possible, *cautions: Caution, **fields: Any) -> Outcome:
        facts = self.facts
        given: dict[str, Any] = {
            "asked_for": self.kind,
            "as_of": self.now,
            "possible": possible,
            "quantity_now": facts.quantity,
            "window": self._state(facts.base_quantity, facts.window),
            "batches": tuple(self._state(batch.quantity, batch.window) for batch in facts.batches),
            "afterwards": facts.rule.afterwards if facts.rule else None,
            "ends_on": facts.ends_on,
            "term_end": facts.commitment_end_date,
            "est": est_of(facts),
            "if_nothing_is_done": self.after_term,
            "warnings": _in_order([*self._cautions_of_state(), *cautions]),
        }
        return Outcome(**(given | self.fields | fields))

    def at_once_within(self, window: Window, *cautions: Caution, **fields: Any) -> Outcome:
        """What takes effect at once and is refunded by the rule, because ``window`` is open."""
        assert window.until is not None
        given: dict[str, Any] = {
            "possible": Possible.AT_ONCE,
            "refund": self.facts.rule.refund if self.facts.rule else None,
            "last_moment_to_act": moved_forward(window.until, self.facts.lead_time_days, self.now),
        } | fields
        more = [Caution.WINDOW_IS_ESTIMATE] if window.is_estimate else []
        return self.outcome(given.pop("possible"), *cautions, *more, *self._too_late(window.until), **given)

    def at_end_of_term(self, *cautions: Caution, **fields: Any) -> Outcome:
        """What takes effect when the term is over, and is billed until then."""
        if self.term_ends is None:
            return self.outcome(Possible.NO, *cautions, Caution.NO_TERM)
        if self.term_ends <= self.now:
            return self.outcome(Possible.NOT_KNOWN, *cautions)
        end = self.facts.commitment_end_date
        given: dict[str, Any] = {
            "refund": Refund.NONE,
            "earliest_end": end,
            "still_billed_until": end,
            "last_moment_to_act": moved_forward(self.term_ends, self.facts.lead_time_days, self.now),
        }
        return self.outcome(Possible.AT_END_OF_TERM, *cautions, *self._too_late(self.term_ends), **(given | fields))

    def cautions_of_renewal(self, *, changes: bool) -> list[Caution]:
        """Return what stands in the way of a renewal, and of changes that are scheduled for it."""
        cautions = []
        if self.after_term != AfterTerm.RENEWS:
            cautions.append(Caution.ONLY_IF_RENEWED)
        if not self.facts.auto_renew_enabled:
            cautions.append(Caution.NEEDS_AUTO_RENEW)
        if changes:
            cautions.append(Caution.LATER_CHANGES_DELETE_IT)
        return cautions

    def _too_late(self, closes: datetime.datetime) -> list[Caution]:
        lead = datetime.timedelta(days=self.facts.lead_time_days)
        return [Caution.LEAD_TIME_PASSED] if closes - lead <= self.now < closes and lead else []

    def _state(self, quantity: int, window: Window) -> WindowState:
        return WindowState(quantity, window.until, window.is_estimate, window.is_open(self.now))

    def _cautions_of_state(self) -> Iterable[Caution]:
        if self.is_over():
            yield Caution.OVER
            return
        if self.facts.ends_on is not None:
            yield Caution.ALREADY_ENDING
        if self.facts.status == SubscriptionStatus.PENDING:
            yield Caution.BEING_SET_UP
        if self.facts.status == SubscriptionStatus.SUSPENDED:
            yield Caution.SUSPENDED_STILL_BILLED
        if self.term_ends is not None and self.term_ends <= self.now:
            yield Caution.TERM_DATE_PASSED
        if self.after_term == AfterTerm.MONTH_TO_MONTH:
            yield Caution.AUTO_RENEW_OFF_IS_NO_CANCELLATION
