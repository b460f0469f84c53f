"""What will come of a request: one type for all kinds, in codes and values that no language is in.

Never a sum of money: sources disagree on how proration is computed. It is stored with the request as JSON, so that
what the customer saw can be shown again in any language.
"""

import datetime
import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from requests_app.models.requests import Kind
from requests_app.policy.end_of_term import AfterTerm, ExtendedServiceTerm
from requests_app.policy.rules import Afterwards, Refund
from requests_app.policy.stored import from_plain, to_plain
from requests_app.policy.windows import NO_WINDOW, Window

VERSION = 1
"""Of the stored form. Whoever changes the types below counts it up and teaches ``Outcome.from_json`` the old one."""


class Possible(StrEnum):
    """Whether, and when, what is asked for can be done. It can be asked for in any case."""

    AT_ONCE = "at_once"
    PARTLY_AT_ONCE = "partly_at_once"
    """The rest at the end of the term."""
    AT_END_OF_TERM = "at_end_of_term"
    NO = "no"
    NOT_KNOWN = "not_known"
    """The partner has to find out: dates are missing, or have passed."""


class Caution(StrEnum):
    """What the reader has to know before asking; shown in this order."""

    OVER = "over"
    """The subscription does not run any more."""
    ALREADY_ENDING = "already_ending"
    """Its end has been arranged; ``ends_on`` says for when."""
    BEING_SET_UP = "being_set_up"
    SUSPENDED_STILL_BILLED = "suspended_still_billed"
    TERM_DATE_PASSED = "term_date_passed"
    """The end of the term on record lies in the past: the record is out of date."""
    NO_TERM = "no_term"
    NO_SEATS = "no_seats"
    """Billed by what is used: there are no seats to add or to give back."""
    NOTHING_CHANGES = "nothing_changes"
    ALL_SEATS_IS_CANCELLATION = "all_seats_is_cancellation"
    WINDOW_OPEN = "window_open"
    """Asked for the end of the term, but it could be cancelled at once and refunded."""
    WINDOW_SHUT = "window_shut"
    WINDOW_NOT_KNOWN = "window_not_known"
    WINDOW_IS_ESTIMATE = "window_is_estimate"
    SEATS_STILL_REFUNDABLE = "seats_still_refundable"
    """The main window is shut, but added seats can still be given back."""
    SEATS_NOT_REFUNDABLE = "seats_not_refundable"
    """Some of the seats, or all, are outside any window: they go at renewal only."""
    ONLY_AS_A_WHOLE = "only_as_a_whole"
    """This type of product is cancelled as a whole or not at all."""
    LEAD_TIME_PASSED = "lead_time_passed"
    """The partner needs longer than is left; it may still succeed."""
    WHOLE_TERM_BILLED = "whole_term_billed"
    USAGE_BILLED = "usage_billed"
    NOT_REFUNDED = "not_refunded"
    ONLY_IF_RENEWED = "only_if_renewed"
    """Takes effect at a renewal, and as things stand there will be none."""
    NEEDS_AUTO_RENEW = "needs_auto_renew"
    """Changes are scheduled only where auto-renew is on: the partner switches it on first."""
    AUTO_RENEW_GOES_OFF = "auto_renew_goes_off"
    SCHEDULED_CHANGES_DELETED = "scheduled_changes_deleted"
    """It changes something within the term, and so deletes whatever is scheduled for the term's end."""
    LATER_CHANGES_DELETE_IT = "later_changes_delete_it"
    """It is scheduled for the term's end, and any change before then deletes it."""
    AUTO_RENEW_OFF_IS_NO_CANCELLATION = "auto_renew_off_is_no_cancellation"
    EST_DOES_NOT_APPLY = "est_does_not_apply"
    ALREADY_MONTHLY = "already_monthly"


@dataclass(frozen=True, slots=True)
class WindowState:
    """A window as it stood: for how many seats, until when, open or not."""

    quantity: int
    until: datetime.datetime | None
    is_estimate: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What a renewal shall change; None: stays."""

    quantity: int | None = None
    term: str | None = None
    billing_cycle: str | None = None


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What comes of one line of a purchase, were it done at the moment of asking.

    ``window_hours``: how long it can be cancelled from then on; None: not at all, or not known. ``window``: the same
    as a moment.
    """

    product_type: str
    quantity: int
    term: str
    window_hours: int | None
    window: Window
    refund: Refund | None
    afterwards: Afterwards | None
    first_term_end: datetime.date | None
    est: ExtendedServiceTerm


@dataclass(frozen=True, slots=True)
class Outcome:
    """What will come of a request, as it was at ``as_of``. Dates are last days, in UTC; None: not known or none.

    ``choice``: of a cancellation its ``when``, of an end of term its choice. ``quantity``: the seats that were asked
    for. ``refund``: for what takes effect at once; None: not known. ``earliest_end``: the last day of what is
    cancelled or given back. ``still_billed_until``: set where it is billed for longer than until today.
    ``loses_access_at_once``: without days of grace, in the moment it takes effect. ``recoverable``: whether what has
    ended can be had back. ``est`` and ``if_nothing_is_done``: what becomes of the subscription if nobody acts.
    ``last_moment_to_act``: for the partner, with its lead time. ``new_window``, ``new_term_end``: what seats that are
    added, or a renewal, begin; both estimates.
    """

    asked_for: Kind
    as_of: datetime.datetime
    possible: Possible
    choice: str = ""
    quantity_now: int | None = None
    quantity: int | None = None
    seats_at_once: int | None = None
    seats_at_end_of_term: int | None = None
    window: WindowState | None = None
    batches: tuple[WindowState, ...] = ()
    refund: Refund | None = None
    afterwards: Afterwards | None = None
    earliest_end: datetime.date | None = None
    still_billed_until: datetime.date | None = None
    ends_on: datetime.date | None = None
    term_end: datetime.date | None = None
    loses_access_at_once: bool = False
    recoverable: bool = True
    est: ExtendedServiceTerm | None = None
    if_nothing_is_done: AfterTerm | None = None
    last_moment_to_act: datetime.datetime | None = None
    new_window: Window | None = None
    new_term_end: datetime.date | None = None
    changes: Changes | None = None
    lines: tuple[LineOutcome, ...] = ()
    warnings: tuple[Caution, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what a JSONField can hold; :meth:`from_json` gives an equal outcome back."""
        return {"version": VERSION, **to_plain(self)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the outcome that was stored. Raises ValueError for what :meth:`to_json` has not made."""
        if not isinstance(stored, dict) or stored.get("version") != VERSION:
            raise ValueError("this outcome was stored in a form that is not known")
        return from_plain(cls, {key: value for key, value in stored.items() if key != "version"})

    def digest(self) -> str:
        """Return a short hash of the picture the reader gets: windows, dates, refund, what is possible.

        It stays the same while time passes and no window shuts: a form whose hash is no longer this one showed another
        picture. What merely counts on from the moment of asking is left out.
        """
        plain = to_plain(self._without_the_clock())
        del plain["as_of"]
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _without_the_clock(self) -> "Outcome":
        at_once = self.possible in (Possible.AT_ONCE, Possible.PARTLY_AT_ONCE)
        return replace(
            self,
            earliest_end=None if at_once else self.earliest_end,
            new_window=None if self.asked_for == Kind.MORE_SEATS else self.new_window,
            lines=tuple(replace(line, window=NO_WINDOW, first_term_end=None) for line in self.lines),
        )
