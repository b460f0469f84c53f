"""By when a partner has to act, when it is reminded, and when customers are reminded of renewals. Times are UTC."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from requests_app.models.catalogue import TermDuration
from requests_app.models.requests import CancelWhen, DeadlineReason, Kind
from requests_app.policy.facts import Facts, blocks_needed
from requests_app.policy.terms import end_of_day
from requests_app.policy.windows import moved_forward


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a request has to be acted on, and why."""

    at: datetime.datetime
    reason: DeadlineReason


@dataclass(frozen=True, slots=True)
class Pressing:
    """What a request must not miss: the closing of an open window, or the end of the term. None: neither."""

    window_closes: datetime.datetime | None = None
    term_ends: datetime.datetime | None = None


def what_presses(
    kind: str, facts: Facts | None, now: datetime.datetime, *, when: str = "", quantity: int | None = None
) -> Pressing:
    """Return what presses on a request of ``kind`` at ``now``.

    ``when``: of a cancellation. ``quantity``: of fewer seats, how many shall stay; the window is the one that closes
    first among those of the seats that have to be given back. Purchases and more seats can wait.
    """
    if facts is None or kind in (Kind.PURCHASE, Kind.MORE_SEATS):
        return Pressing()
    if kind == Kind.CANCELLATION and when != CancelWhen.END_OF_TERM and facts.window.is_open(now):
        return Pressing(window_closes=facts.window.until)
    if kind == Kind.FEWER_SEATS and quantity is not None:
        needed = blocks_needed(facts, facts.quantity - quantity, now)
        if needed:
            return Pressing(window_closes=needed[-1].window.until)
    return Pressing(term_ends=end_of_day(facts.commitment_end_date) if facts.commitment_end_date else None)


def deadline(
    kind: str,
    facts: Facts | None,
    *,
    promised: datetime.datetime,
    now: datetime.datetime,
    when: str = "",
    quantity: int | None = None,
) -> Deadline:
    """Return by when a request filed at ``now`` has to be acted on; ``promised``: the answer time (:func:`answer_by`).

    An open window that matters for it comes first. Else what takes effect at the end of the term has until then, or
    until the promised answer if that is earlier. Else the promise counts. The partner's lead time moves windows and
    ends of terms forward.
    """
    pressing = what_presses(kind, facts, now, when=when, quantity=quantity)
    window, term = _moments(pressing, facts, now)
    if window is not None:
        return Deadline(window, DeadlineReason.WINDOW)
    if term is not None and term <= promised:
        return Deadline(term, DeadlineReason.END_OF_TERM)
    return Deadline(promised, DeadlineReason.ANSWER)


def deadline_once_approved(
    kind: str,
    facts: Facts | None,
    *,
    promised: datetime.datetime,
    now: datetime.datetime,
    when: str = "",
    quantity: int | None = None,
) -> Deadline:
    """Return by when a request approved at ``now`` has to be carried out; ``promised`` counts from the approval.

    The customer has their answer: what takes effect at the end of the term now has until then.
    """
    pressing = what_presses(kind, facts, now, when=when, quantity=quantity)
    window, term = _moments(pressing, facts, now)
    if window is not None:
        return Deadline(window, DeadlineReason.WINDOW)
    if term is not None:
        return Deadline(term, DeadlineReason.END_OF_TERM)
    return Deadline(promised, DeadlineReason.ANSWER)


def _moments(
    pressing: Pressing, facts: Facts | None, now: datetime.datetime
) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """Return until when the partner can act on each of the two, with its lead time; None where it is past."""
    lead = facts.lead_time_days if facts else 0
    window, term = pressing.window_closes, pressing.term_ends
    return (
        moved_forward(window, lead, now) if window else None,
        moved_forward(term, lead, now) if term else None,
    )


# --- Escalations and reminders ---


class EscalationLevel(StrEnum):
    """Who is told that a deadline comes near."""

    ASSIGNEE = "assignee"
    MANAGERS = "managers"


ESCALATION_DISTANCES = {
    EscalationLevel.ASSIGNEE: datetime.timedelta(hours=24),
    EscalationLevel.MANAGERS: datetime.timedelta(hours=6),
}
"""How long before a deadline."""

ESCALATION_SHARES = {EscalationLevel.ASSIGNEE: 0.5, EscalationLevel.MANAGERS: 0.75}
"""How much of the time that there was has to be gone first: a request filed late has just been announced."""


def escalation_due(
    deadline: datetime.datetime, now: datetime.datetime, level: EscalationLevel, *, since: datetime.datetime
) -> bool:
    """Return whether ``level`` is to be told at ``now`` of a request filed at ``since``.

    Once due it stays due, also after the deadline.
    """
    return now >= escalation_moment(deadline, level, since=since)


def escalation_moment(
    deadline: datetime.datetime, level: EscalationLevel, *, since: datetime.datetime
) -> datetime.datetime:
    """Return from when on ``level`` is to be told of a request filed at ``since``."""
    share = since + (deadline - since) * ESCALATION_SHARES[level]
    return max(deadline - ESCALATION_DISTANCES[level], min(share, deadline))


REMINDER_DISTANCES = (60, 30, 14, 7)
"""How many days before the last day of a term a customer is reminded."""


def reminder_due(
    commitment_end_date: datetime.date, today: datetime.date, last_distance: int | None, term: str = ""
) -> int | None:
    """Return which reminder of the end of a term is due on ``today`` (UTC); None: none.

    ``last_distance``: of the reminder sent before in this term. One that was missed is not made up for: the nearest
    takes its place, and each goes out once. A monthly term has the last one only, or its reminders would never end.
    """
    left = (commitment_end_date - today).days
    distances = REMINDER_DISTANCES[-1:] if term == TermDuration.P1M else REMINDER_DISTANCES
    reached = [distance for distance in distances if 0 <= left <= distance]
    nearest = min(reached, default=None)
    if nearest is None or (last_distance is not None and last_distance <= nearest):
        return None
    return nearest
