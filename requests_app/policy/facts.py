"""What has to be known of a subscription to say what will come of a request, and which seats can be given back."""

import datetime
from dataclasses import dataclass

from requests_app.models.subscriptions import RUNNING
from requests_app.policy.rules import Rule
from requests_app.policy.terms import term_start
from requests_app.policy.windows import Batch, Window


@dataclass(frozen=True, slots=True)
class Facts:
    """A subscription in Partner Center's words, with its rule, its windows and its partner's lead time.

    ``commitment_end_date`` and ``ends_on`` are last days, in UTC. ``ends_on``: the end is arranged already.
    ``batches`` are the additions of the current term and part of ``quantity``. ``rule`` is the one in force at
    ``bought_or_renewed_on``. ``asked_back``: seats that open requests want to give back already. ``has_monthly_plan``: whether the product is sold by the month; None: not known.
    """

    product_type: str
    quantity: int
    term: str
    billing_cycle: str
    effective_start_date: datetime.date
    commitment_end_date: datetime.date | None
    auto_renew_enabled: bool
    ends_on: datetime.date | None
    status: str
    window: Window
    batches: tuple[Batch, ...] = ()
    rule: Rule | None = None
    lead_time_days: int = 0
    has_monthly_plan: bool | None = None
    asked_back: int = 0

    @property
    def bought_or_renewed_on(self) -> datetime.date:
        """The first day of the current term: the rule of that day applies, and the Extended Service Term's dates."""
        return term_start(self.effective_start_date, self.commitment_end_date, self.term)

    @property
    def is_running(self) -> bool:
        """Whether the subscription is in use or billed: active, being set up, suspended."""
        return self.status in RUNNING

    @property
    def base_quantity(self) -> int:
        """The seats that were there when the term began: what no batch accounts for."""
        return max(0, self.quantity - sum(batch.quantity for batch in self.batches))

    @property
    def blocks(self) -> tuple[Batch, ...]:
        """The base and the batches alike: how many seats share a window."""
        return (Batch(self.base_quantity, self.window), *self.batches)


def open_blocks(facts: Facts, now: datetime.datetime) -> list[Batch]:
    """Return the blocks of seats that can be given back at ``now``, the one that closes last first.

    From Partner Center's pages on NCE: seats are reduced only within a window or at renewal; a software subscription
    is cancelled as a whole or not at all. Without a known rule, what Partner Center has on record counts.
    """
    if not facts.is_running or (facts.rule is not None and not facts.rule.partial_reduction):
        return []
    blocks = [block for block in facts.blocks if block.quantity > 0 and block.window.is_open(now)]
    return sorted(blocks, key=lambda block: block.window.until or now, reverse=True)


def refundable_seats(facts: Facts, now: datetime.datetime) -> int:
    """Return how many seats can be given back at ``now`` without a cancellation, besides those asked back; one stays.

    Giving back all of them is a cancellation, and has the main window alone.
    """
    seats = sum(block.quantity for block in open_blocks(facts, now))
    return max(0, min(seats, facts.quantity - 1) - facts.asked_back)


def blocks_needed(facts: Facts, seats: int, now: datetime.datetime) -> list[Batch]:
    """Return the open blocks that giving back ``seats`` draws on: those that stay open longest, as few as will do.

    The last of them closes first. From then on fewer than ``seats`` can be given back. What was asked back before
    draws on the first of them.
    """
    needed, before = [], facts.asked_back
    for block in open_blocks(facts, now):
        if seats <= 0:
            break
        left = block.quantity - min(before, block.quantity)
        before -= block.quantity - left
        if left:
            needed.append(block)
            seats -= left
    return needed
